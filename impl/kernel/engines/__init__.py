"""PostgreSQL and SQLite behind `Database` and `Reader`: connections, transactions and reads."""
