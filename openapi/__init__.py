"""The contract and the generator that turns it into code."""
