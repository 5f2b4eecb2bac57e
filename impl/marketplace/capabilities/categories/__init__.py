"""Tree of categories under which services are listed."""
