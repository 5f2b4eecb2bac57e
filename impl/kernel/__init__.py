"""The few words that every part of the service shares; a closed list."""
