"""Domain events of the marketplace, for subscribers such as webhooks."""
