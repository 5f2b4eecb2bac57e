"""Migrations of the database, from empty to the present tables, on both engines."""
