"""All that is held of a person, for them."""
