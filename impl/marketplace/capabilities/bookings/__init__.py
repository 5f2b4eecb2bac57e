"""What takes the time of a provider, and the promise that nothing takes it twice."""
