"""Feature `categories`: the tree of categories, kept by staff."""
