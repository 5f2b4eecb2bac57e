"""What serves the operators: health now, audit and usage later."""
