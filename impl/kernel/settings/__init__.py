"""Settings of the service, a module for each group of them; `service` has them all."""
