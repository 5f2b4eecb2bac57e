"""What homeowners own: their properties, with the exact address for their eyes only."""
