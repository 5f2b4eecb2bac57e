"""Capability `reviews`: the table of reviews, and until when one is changed, which reviews and photos share."""
