"""Feature `places`: towns and postal codes to choose from, of a gazetteer that comes with the program."""
