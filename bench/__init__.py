"""How fast the service is, beside two hand-written baselines over the same database."""
