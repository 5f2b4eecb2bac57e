"""Feature `property_areas`: where properties are, to about a kilometre, for providers and staff."""
