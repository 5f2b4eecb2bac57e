"""How the database became what the tables say, step by step, on both engines."""
