"""Inquiries in the inboxes of providers, who see nothing by which the homeowner could be found."""
