"""Providers who would fit an inquiry, each with the reasons."""
