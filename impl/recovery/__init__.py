"""Backups of the database and the files in one encrypted archive, and their restoration."""
