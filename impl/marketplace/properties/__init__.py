"""Feature `properties`: the properties of homeowners, with an exact address that only the owner sees."""
