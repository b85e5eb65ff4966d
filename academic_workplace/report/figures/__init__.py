"""The pictures: one file a subject, one house style (`style.py`)."""
