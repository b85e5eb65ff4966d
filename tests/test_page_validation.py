"""The check of a PDF: no false alarm about how long a stream is, and none that is missed."""

from __future__ import annotations

import datetime
import re
import zlib
from functools import cache

import page
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_validation import LENGTH, Stream, faults, offsets, streams, wrong_lengths

from academic_workplace.report.document import Labels, Paragraph, Report
from academic_workplace.report.writers.pdf import pdf


@cache
def made() -> bytes:
    return pdf(
        Report(
            language="nl",
            brand="Leiden",
            mark="",
            title="Wat we zien",
            subtitle="Voor de werkgroep",
            date=datetime.date(2026, 11, 22),
            description="Wat we zien na één jaar.",
            page=(Paragraph("Leerlingen lezen beter."),),
            appendix_title="Bijlage",
            appendix=(),
            footer="Kleine groepen tonen we niet.",
            labels=Labels("pagina {page} van {pages}", "Toon de getallen", "Tabel", "Figuur"),
        )
    )


def bytes_of(file: bytes, one: Stream) -> bytes:
    return file[one.start : one.start + one.length]


def drawn() -> Stream:
    """The stream that draws the page: white space after its last command draws nothing."""
    return next(one for one in streams(made()) if b"]TJ" in zlib_of(bytes_of(made(), one)))


def zlib_of(data: bytes) -> bytes:
    return zlib.decompress(data) if data.startswith(b"\x78") else b""


def rebuilt(file: bytes, one: Stream, data: bytes, *, off: int = 0) -> bytes:
    """The file with other bytes in a stream, whose /Length is off by so much; all else is right."""
    head = file[: one.start]
    at = head.rindex(b"/Length ")
    said = re.sub(rb"/Length \d+", b"/Length %d" % (len(data) + off), head[at:])
    grown = len(said) - (one.start - at) + len(data) - one.length
    body = head[:at] + said + data + file[one.start + one.length :]

    def moved(found: re.Match[bytes]) -> bytes:
        begin = int(found[1])
        return b"%010d 00000 n" % (begin + grown * (begin > at))

    table = body.rindex(b"\nxref") + 1
    end = re.sub(rb"(\d{10}) 00000 n", moved, body[table:])
    return body[:table] + re.sub(rb"(startxref\s+)\d+", rb"\g<1>%d" % table, end)


@cache
def with_return() -> tuple[bytes, Stream]:
    """The same file, of which the compressed stream of the page ends with a carriage return."""
    one = drawn()
    plain = zlib_of(bytes_of(made(), one))
    # The last byte of zlib is 1 + the sum of all bytes, modulo 65521 and then 256.
    tried = (zlib.compress(plain + b"\t" * n) for n in range(600))
    packed = next(data for data in tried if data.endswith(b"\r"))
    return rebuilt(made(), one, packed), one


def told_by_the_validator(file: bytes) -> list[str]:
    profile = page.ValidationProfile.PDF_A_2A
    return [one.rule_id for one in page.validate_pdf_bytes(file, profile=profile).failures]


def test_a_file_as_typst_makes_it_has_every_stream_in_its_table() -> None:
    assert len(list(streams(made()))) == made().count(b"endstream") > 5
    assert [faults(made(), profile) for profile in ("PDF_A_2A", "PDF_UA_1")] == [[], []]


def test_a_stream_that_ends_with_a_carriage_return_is_no_fault() -> None:
    file, _ = with_return()
    assert b"\r\nendstream" in file
    assert told_by_the_validator(file) == [LENGTH]  # once it is mended, this module can go
    assert faults(file, "PDF_A_2A") == []


@pytest.mark.parametrize("off", [-1, 1, -2, 2, 40])
def test_a_wrong_length_is_a_fault_also_where_a_carriage_return_could_excuse_it(off: int) -> None:
    for file, one in ((made(), drawn()), with_return()):
        where = next(s for s in streams(file) if s.number == one.number)
        told = faults(rebuilt(file, where, bytes_of(file, where), off=off), "PDF_A_2A")
        assert any(f"object {one.number}: /Length" in text for text in told)


def test_a_carriage_return_that_ends_the_line_is_not_to_be_counted() -> None:
    packed = bytes_of(made(), drawn()) + b"\r"
    assert len(wrong_lengths(rebuilt(made(), drawn(), packed))) == 1
    assert wrong_lengths(rebuilt(made(), drawn(), packed, off=-1)) == []


def test_a_wrong_length_beside_a_stream_that_ends_with_a_carriage_return_is_told() -> None:
    file, one = with_return()
    other = next(s for s in streams(file) if s.number != one.number and s.packed)
    wrong = rebuilt(file, other, bytes_of(file, other), off=1)
    assert any(f"object {other.number}: " in text for text in faults(wrong, "PDF_A_2A"))


@settings(max_examples=40, deadline=None)
@given(st.integers(-30, 30).filter(bool), st.data())
def test_no_wrong_length_of_any_stream_passes(off: int, data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(list(streams(made()))))
    file = rebuilt(made(), one, bytes_of(made(), one), off=off)
    assert [text.split(":")[0] for text in wrong_lengths(file)] == [f"object {one.number}"]


def test_every_other_fault_that_the_validator_tells_is_told() -> None:
    file, _ = with_return()
    untitled = re.sub(rb"/Lang\(\w+-?\w*\)", lambda m: b" " * len(m[0]), file)
    assert untitled != file
    assert faults(untitled, "PDF_UA_1")
    unmarked = file.replace(b"/MarkInfo<</Marked true", b"/MarkInfo<</Marked fals")
    assert unmarked != file
    assert not any(LENGTH in text for text in faults(unmarked, "PDF_A_2A"))
    assert faults(unmarked, "PDF_A_2A")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"startxref", b"startyref", "no table of objects"),
        (b"trailer\n<<", b"trailer\n<</Prev 9", "more than one table"),
    ],
)
def test_a_file_with_another_table_of_objects_is_refused(old: bytes, new: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        offsets(made().replace(old, new))


def test_a_table_that_leads_nowhere_and_a_length_said_elsewhere_are_refused() -> None:
    first = min(offsets(made()))
    table = made().rindex(b"\nxref")
    file = made()[:table] + made()[table:].replace(b"%010d" % first, b"%010d" % (first + 1))
    with pytest.raises(ValueError, match="no object at"):
        list(streams(file))
    file = rebuilt(made(), drawn(), bytes_of(made(), drawn()))
    start = drawn().start
    elsewhere = re.sub(rb"/Length \d", b"/Xength 1", file[:start]) + file[start:]
    with pytest.raises(ValueError, match="says no length"):
        list(streams(elsewhere))
