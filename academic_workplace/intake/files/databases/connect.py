"""One function for a table of any database."""

from __future__ import annotations

from academic_workplace.intake.files.content import Content, refuse
from academic_workplace.intake.files.databases.address import POSTGRES, Wish, address_of, name_of
from academic_workplace.intake.files.databases.embedded import from_file
from academic_workplace.intake.files.databases.postgres import from_postgres
from academic_workplace.language import Text


def from_database(
    connection: str, *, table: str | None = None, query: str | None = None
) -> Content:
    """One table of a database, or the answer to one SELECT; rows are counted from 0.

    connection: ``duckdb:///name.duckdb``, ``sqlite:///name.db`` (four slashes before a full path),
    ``postgresql://user@host/database``, or the name of a DuckDB or SQLite file. The table may
    stand in it: ``...?table=name``. Without table or query it is the only table there is.

    Raises DataError when there is no such database, table or column, when it is in use, when the
    query is no SELECT, and when a column holds more than one value per cell.
    """
    address = address_of(connection)
    name = name_of(connection)
    wish = Wish(name, table if table is not None else address.table, query)
    if wish.table is not None and query is not None:
        raise refuse(
            name,
            Text("Er is een tabel én een query gevraagd.", "A table and a query are both asked."),
            Text("Kies er een van.", "Choose one of them."),
        )
    if address.path is not None:
        content = from_file(address.path, wish)
    elif address.scheme in POSTGRES:
        content = from_postgres(f"postgresql://{address.rest}", wish)
    else:
        raise refuse(
            name,
            Text("Dit adres kan hier niet gelezen worden.", "This address cannot be read here."),
            Text(
                "Geef de naam van een bestand, of een database: duckdb:///naam.duckdb,"
                " sqlite:///naam.db of postgresql://gebruiker@server/database.",
                "Give the name of a file, or a database: duckdb:///name.duckdb,"
                " sqlite:///name.db or postgresql://user@server/database.",
            ),
        )
    if content.table.empty:
        raise refuse(
            name,
            Text("Deze tabel heeft geen rijen.", "This table has no rows."),
            Text(
                "Controleer de database, of kies een andere tabel.",
                "Check the database, or choose another table.",
            ),
        )
    return content
