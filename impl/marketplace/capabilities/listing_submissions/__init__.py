"""Capability `listing_submissions`: what a service says goes to staff, with hints of what they should look at."""
