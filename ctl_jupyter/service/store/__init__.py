"""The database: tables, and one module for each noun that is kept in it."""
