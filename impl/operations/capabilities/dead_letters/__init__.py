"""Dead letters of the outbox: listed and sent again by an operator."""
