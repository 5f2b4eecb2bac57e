"""Feature `export`: all data that is held of a person, given to that person."""
