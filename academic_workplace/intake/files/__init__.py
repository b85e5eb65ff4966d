"""Files of every kind to tables, and tables back to files."""
