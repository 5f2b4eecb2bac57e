"""Secret addresses at which calendar programs read a provider's agreed jobs."""
