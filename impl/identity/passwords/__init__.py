"""Feature `passwords`: reset of a forgotten password, and change of a known one."""
