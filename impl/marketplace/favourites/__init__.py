"""Services and businesses that homeowners keep."""
