"""Questions to libphonenumber about what one text may name."""
