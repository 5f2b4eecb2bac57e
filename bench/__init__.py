"""Benchmarks: the service beside two hand-written baselines over the same database."""
