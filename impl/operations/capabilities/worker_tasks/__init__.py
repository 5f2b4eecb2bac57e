"""Tasks of the worker: when each ran last, whichever process did it, for staff who ask another process."""
