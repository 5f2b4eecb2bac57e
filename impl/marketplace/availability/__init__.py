"""Working hours of businesses, as their providers say, and the free times that everybody sees."""
