"""The writers: one document, and a module for every kind of file."""
