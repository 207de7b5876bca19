"""S2: who may see and do what in the read database, by PostgreSQL's own catalogue."""
