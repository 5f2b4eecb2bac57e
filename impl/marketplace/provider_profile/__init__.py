"""Feature `provider_profile`: the business profile of a service provider."""
