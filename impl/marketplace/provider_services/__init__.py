"""Feature `provider_services`: the services of a provider, from draft to published listing."""
