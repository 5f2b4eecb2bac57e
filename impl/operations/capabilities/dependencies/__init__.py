"""Dependencies of the service: whether Redis, the storage, mail and the worker do their part."""
