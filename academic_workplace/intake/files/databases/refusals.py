"""Why a database cannot be read, and what to do; the words of a driver are never passed on."""

from __future__ import annotations

import importlib
from types import ModuleType

from academic_workplace.errors import DataError, Fault
from academic_workplace.intake.files.content import refuse
from academic_workplace.language import Text


def extra(module: str, name: str, kind: Text) -> ModuleType:
    """A package of an extra. Raises DataError, which names the extra, when it is absent."""
    try:
        return importlib.import_module(module)
    except ImportError:
        command = f'pip install "academic-workplace[{name}]"'
        raise DataError([
            Fault(
                Text(
                    f"Om {kind.nl} te lezen is een extra pakket nodig.",
                    f"Another package is needed to read {kind.en}.",
                ),
                Text(f"Installeer het: {command}", f"Install it: {command}"),
            )
        ]) from None  # fmt: skip


def in_use(source: str) -> DataError:
    return refuse(
        source,
        Text("Deze database of tabel is in gebruik.", "This database or table is in use."),
        Text(
            "Sluit hem in het andere programma (of notebook) en probeer het opnieuw.",
            "Close it in the other program (or notebook), and try again.",
        ),
    )


def damaged(source: str) -> DataError:
    return refuse(
        source,
        Text(
            "Deze database is beschadigd, of gemaakt met een nieuwere versie.",
            "This database is damaged, or made with a newer version.",
        ),
        Text("Haal of maak hem opnieuw.", "Fetch or make it again."),
    )


def failed(source: str) -> DataError:
    return refuse(
        source,
        Text(
            "De database kon deze vraag niet helemaal beantwoorden.",
            "The database could not answer this request to its end.",
        ),
        Text(
            "Probeer het in de database zelf; past elke waarde bij wat ermee gebeurt?",
            "Try it in the database itself; does every value suit what is done with it?",
        ),
    )


def wrong_query(source: str, message: str) -> DataError:
    """message: of the database, made before it read a row, so that it holds no value."""
    said = message.splitlines()[0]
    return refuse(
        source,
        Text("Deze query klopt niet.", "This query is not right."),
        Text(f"De database zegt: {said}", f"The database says: {said}"),
    )


def no_select(source: str) -> DataError:
    return refuse(
        source,
        Text("Deze query is niet één SELECT.", "This query is not one SELECT."),
        Text(
            "Vraag met één SELECT; er wordt alleen gelezen.",
            "Ask with one SELECT; there is only reading.",
        ),
    )
