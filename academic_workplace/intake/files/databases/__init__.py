"""Tables of databases: DuckDB and SQLite files, and PostgreSQL servers; they are only ever read.

No password, and no value of a pupil, stands in a note or an error.
"""

from academic_workplace.intake.files.databases.address import (
    is_connection,
    name_of,
    recognises_database,
    source_name,
)
from academic_workplace.intake.files.databases.connect import from_database

__all__ = ["from_database", "is_connection", "name_of", "recognises_database", "source_name"]
