"""When a business works, as its provider says, and when it is free, as everybody sees."""
