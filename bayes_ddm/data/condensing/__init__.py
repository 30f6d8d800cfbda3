"""How a few hundred weighted rows are made of any number: in memory, and by DuckDB from files."""
