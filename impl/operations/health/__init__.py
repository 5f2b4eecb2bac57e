"""Feature `health`: liveness and readiness of the service."""
