"""Reports of listings and businesses, and what staff decide about them."""
