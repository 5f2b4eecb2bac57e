"""Feature `logs`: warnings and errors of all processes, for staff, for some days."""
