"""What the published reviews of a provider come to, kept as sums."""
