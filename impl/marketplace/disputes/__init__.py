"""Disputes about jobs, which staff decide."""
