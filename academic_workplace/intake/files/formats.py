"""What kind of file this is: found from its bytes, never from its name."""

from __future__ import annotations

import codecs
import io
import mmap
import re
import zipfile
from enum import Enum
from pathlib import Path

from academic_workplace.errors import DataError
from academic_workplace.intake.files.arrow import recognises_arrow
from academic_workplace.intake.files.content import refuse
from academic_workplace.intake.files.databases import recognises_database
from academic_workplace.intake.files.statistical import recognises
from academic_workplace.intake.files.texts import empty
from academic_workplace.language import Text

START_BYTES = 512
OLE = b"\xd0\xcf\x11\xe0"  # old Office, and new Office behind a password


class Format(Enum):
    """The kinds of file that can be read."""

    TEXT = "text"
    WORKBOOK = "workbook"
    PARQUET = "Parquet"
    ARROW = "Arrow"
    STATISTICAL = "SPSS or Stata"
    DATABASE = "database"


# What is often given and cannot be read: how it starts, what it is, what to do.
_AS_TABLE = Text(
    "Zet de tabel in Excel, en bewaar haar als .xlsx of CSV.",
    "Put the table in Excel, and save it as .xlsx or CSV.",
)
_UNPACK = Text("Pak het eerst uit.", "Unpack it first.")
_PDF = Text("Dit is een PDF, geen tabel.", "This is a PDF, not a table.")
_IMAGE = Text("Dit is een afbeelding, geen tabel.", "This is a picture, not a table.")
_PACKED = Text("Dit is een ingepakt bestand.", "This is a packed file.")
_WORDS = Text("Dit is een tekstdocument, geen tabel.", "This is a text document, not a table.")
_SLIDES = Text("Dit is een presentatie, geen tabel.", "This is a presentation, not a table.")
OTHERS = (
    (b"%PDF", _PDF, _AS_TABLE),
    (b"\x89PNG", _IMAGE, _AS_TABLE),
    (b"\xff\xd8\xff", _IMAGE, _AS_TABLE),
    (b"GIF87a", _IMAGE, _AS_TABLE),
    (b"GIF89a", _IMAGE, _AS_TABLE),
    (b"II*\x00", _IMAGE, _AS_TABLE),
    (b"MM\x00*", _IMAGE, _AS_TABLE),
    (b"{\\rtf", _WORDS, _AS_TABLE),
    (b"\x1f\x8b", _PACKED, _UNPACK),
    (b"7z\xbc\xaf", _PACKED, _UNPACK),
    (b"Rar!\x1a", _PACKED, _UNPACK),
    (b"BZh9", _PACKED, _UNPACK),
    (b"\xfd7zXZ", _PACKED, _UNPACK),
)
PAGES = (b"<!doctype", b"<html", b"<head", b"<body", b"<table", b"<?xml", b"mime-version:")


def format_of(path: Path) -> Format:
    """What kind of table a file holds. Raises DataError when it holds none, or cannot be opened."""
    try:
        with path.open("rb") as file:
            start = file.read(START_BYTES)
            file.seek(max(0, file.seek(0, io.SEEK_END) - 4))
            end = file.read()
    except OSError:
        raise refuse(
            path,
            Text("Dit bestand kan niet geopend worden.", "This file cannot be opened."),
            Text("Controleer de naam en de map.", "Check the name and the folder."),
        ) from None
    if not start.strip():
        raise empty(path)
    if start.startswith(b"PAR1") and end == b"PAR1":
        return Format.PARQUET
    if start.startswith(b"PK\x03\x04"):
        return _of_archive(path)
    if start.startswith(OLE):
        return _of_old_office(path)
    if recognises(start):
        return Format.STATISTICAL
    if recognises_database(start):
        return Format.DATABASE
    if recognises_arrow(start):
        return Format.ARROW
    for mark, rule, remedy in OTHERS:
        if start.startswith(mark):
            raise refuse(path, rule, remedy)
    opening = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if opening.startswith(PAGES):
        raise refuse(
            path,
            Text("Dit is een webpagina, geen tabel.", "This is a web page, not a table."),
            Text(
                "Haal het bestand opnieuw op; of open het in Excel en bewaar het als .xlsx.",
                "Fetch the file again; or open it in Excel and save it as .xlsx.",
            ),
        )
    return Format.TEXT


def _of_archive(path: Path) -> Format:
    """A workbook of Excel or an open one (.ods) is a zip; so are other things."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            kind = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
        # what zipfile makes of a damaged, cut off, encrypted or oddly packed archive
        raise damaged_workbook(path) from None
    if b"opendocument.spreadsheet" in kind or any(
        re.fullmatch(r"xl/workbook\d*\.xml", name) for name in names
    ):
        return Format.WORKBOOK
    if any(name.startswith("xl/") for name in names):
        raise refuse(
            path,
            Text(
                "Dit is een Excel-bestand van een soort die hier niet gelezen wordt (.xlsb).",
                "This is an Excel file of a kind that is not read here (.xlsb).",
            ),
            Text("Sla het in Excel op als .xlsx.", "Save it in Excel as .xlsx."),
        )
    if b"opendocument.text" in kind or any(name.startswith("word/") for name in names):
        raise refuse(path, _WORDS, _AS_TABLE)
    if b"opendocument" in kind or any(name.startswith("ppt/") for name in names):
        raise refuse(path, _SLIDES, _AS_TABLE)
    raise refuse(path, _PACKED, _UNPACK)


def _of_old_office(path: Path) -> Format:
    """An .xls, or what has the same outside: Word, or a workbook behind a password."""

    def holds(name: str) -> bool:
        return content.find(name.encode("utf-16-le")) >= 0

    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if holds("EncryptedPackage"):
            raise refuse(
                path,
                Text("Op dit bestand zit een wachtwoord.", "This file has a password."),
                Text("Sla het op zonder wachtwoord.", "Save it without a password."),
            )
        if holds("WordDocument"):
            raise refuse(path, _WORDS, _AS_TABLE)
        if holds("PowerPoint Document"):
            raise refuse(path, _SLIDES, _AS_TABLE)
        if holds("Workbook") or holds("Book"):
            return Format.WORKBOOK
    raise refuse(
        path,
        Text(
            "Dit is een oud Excel-bestand (.xls), of er zit een wachtwoord op; het is niet te"
            " lezen.",
            "This is an old Excel file (.xls), or it has a password; it cannot be read.",
        ),
        Text(
            "Sla het in Excel op als .xlsx, zonder wachtwoord.",
            "Save it in Excel as .xlsx, without a password.",
        ),
    )


def damaged_workbook(path: Path) -> DataError:
    """The error for a workbook that cannot be read."""
    return refuse(
        path,
        Text("Dit Excel-bestand is niet te lezen.", "This Excel file cannot be read."),
        Text("Open het in Excel en sla het opnieuw op.", "Open it in Excel and save it again."),
    )
