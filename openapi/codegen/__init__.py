"""Generator that turns the contract into the generated package."""
