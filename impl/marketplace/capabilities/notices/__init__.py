"""Notices to people about what others have done: in the application, and by mail."""
