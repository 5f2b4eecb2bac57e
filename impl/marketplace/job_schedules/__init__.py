"""Times of jobs, as both parties agree on them."""
