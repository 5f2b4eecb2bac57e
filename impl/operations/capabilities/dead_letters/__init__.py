"""Messages that were given up: what an operator sees of them, and how they are sent again."""
