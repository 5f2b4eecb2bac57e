"""Capability `geography`: public areas on the sphere, and the distances between them."""
