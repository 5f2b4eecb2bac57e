"""Jobs: the table, the states, and what both parties and staff change in them."""
