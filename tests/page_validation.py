"""Whether a PDF keeps the rules a machine can check, whatever byte its streams end with.

A carriage return that is the last byte of a stream, before the line end of ``endstream``, is
taken by the validator for a part of that line end: it then calls a right /Length wrong. Of
compressed streams one in 256 ends so, and any change of a text makes other bytes. Lengths are
therefore counted here, from where the table of objects says that each begins.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import page

LENGTH = "PDFA2A-STREAM-LENGTH-001"  # the rule of which the validator can be wrong

OBJECT = re.compile(rb"(?P<number>\d+) \d+ obj\b")
STREAM = re.compile(rb">>\s*stream\r?\n")
SAID = re.compile(rb"/Length\s+(-?\d+)\b(?!\s+\d+\s+R)")
END = re.compile(rb"(?:\r\n|\n|\r)endstream\b")


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as the file has it: its object, where its bytes begin and how many it says."""

    number: int
    start: int
    length: int
    packed: bool


def faults(pdf: bytes, profile: str) -> list[str]:
    """What is wrong with this file by a profile of the validator: nothing, when it complies."""
    report = page.validate_pdf_bytes(pdf, profile=getattr(page.ValidationProfile, profile))
    wrong = wrong_lengths(pdf)
    ambiguous = sum(pdf[s.start : s.start + s.length].endswith(b"\r") for s in streams(pdf))
    about_length = [one for one in report.failures if one.rule_id == LENGTH]
    told = [repr(one) for one in report.failures if one.rule_id != LENGTH]
    if wrong or len(about_length) > ambiguous:
        told += map(repr, about_length)
    if not (report.is_compliant or report.failures):
        told.append(f"not compliant to {profile}")
    return told + wrong


def wrong_lengths(pdf: bytes) -> list[str]:
    """Each stream whose /Length is not that of its bytes, or whose bytes are not a whole."""
    wrong = []
    for one in streams(pdf):
        until = one.start + one.length
        whole = END.match(pdf, until) is not None
        if one.packed:  # tells also whether a carriage return belongs to the bytes
            reading = zlib.decompressobj()
            try:
                reading.decompress(pdf[one.start : until])
            except zlib.error:
                whole = False
            whole = whole and reading.eof and not reading.unused_data
        if not whole:
            wrong.append(f"object {one.number}: /Length {one.length} is not that of its stream")
    return wrong


def offsets(pdf: bytes) -> list[int]:
    """Where each object begins, by the one table at the end of the file.

    Raises ValueError when the table is not one that typst writes.
    """
    found = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*\Z", pdf)
    if found is None or not pdf.startswith(b"xref", int(found[1])):
        raise ValueError("no table of objects")
    table, _, trailer = pdf[int(found[1]) :].partition(b"trailer")
    if b"/Prev" in trailer or b"/XRefStm" in trailer:
        raise ValueError("more than one table of objects")
    return [int(at) for at in re.findall(rb"(\d{10}) \d{5} n", table)]


def streams(pdf: bytes) -> Iterator[Stream]:
    """Every stream of the file.

    Raises ValueError when the table leads to no object, or a stream says no length of its own.
    """
    for at in offsets(pdf):
        found = OBJECT.match(pdf, at)
        if found is None:
            raise ValueError(f"no object at {at}")
        opens = STREAM.search(pdf, at, pdf.index(b"endobj", at))
        if opens is None:
            continue
        said = SAID.search(pdf, at, opens.start())
        if said is None:
            raise ValueError(f"object {int(found['number'])} says no length")
        packed = b"/FlateDecode" in pdf[at : opens.start()]
        yield Stream(int(found["number"]), opens.end(), int(said[1]), packed)
