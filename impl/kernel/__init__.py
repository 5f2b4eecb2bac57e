"""Kernel: the few modules that every part of the service shares; a closed list."""
