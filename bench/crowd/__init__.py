"""Many people at once, of whom nine requests in ten read: visitors of the catalogue, and signed-in homeowners."""
