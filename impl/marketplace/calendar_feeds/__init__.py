"""Secret addresses at which calendar programs read what a provider has agreed to do when."""
