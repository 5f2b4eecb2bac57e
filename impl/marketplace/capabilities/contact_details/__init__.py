"""Contact details in what people write to each other, which are masked until they have agreed."""
