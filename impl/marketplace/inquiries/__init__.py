"""Inquiries of homeowners: who is asked, what about, and until when."""
