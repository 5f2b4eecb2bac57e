"""Device tokens, by which an account's earlier devices are recognised."""
