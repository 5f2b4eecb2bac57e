"""Archive of PostgreSQL's write-ahead log in a bucket, and recovery to a point in time from it."""
