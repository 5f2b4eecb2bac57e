"""Domain of the marketplace: properties of homeowners, profiles and services of providers, and the catalogue."""
