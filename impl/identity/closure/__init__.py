"""Feature `closure`: owners close and restore accounts; closed and unverified ones are erased in the end."""
