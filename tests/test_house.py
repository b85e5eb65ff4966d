"""The house of a report: its file is read, and everything wrong in it is said at once."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academic_workplace.disclosure import DUTCH_10, fewest, under
from academic_workplace.errors import ReportError
from academic_workplace.language import Text
from academic_workplace.report.house import (
    COLOURS,
    LEIDEN,
    PAIRS,
    House,
    contrast,
    dressed,
    house,
    nearest,
    read_house,
)
from academic_workplace.report.logo import as_png, read_logo
from academic_workplace.report.writers.word_template import opened

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10">{}</svg>'
SHAPES = SVG.format('<rect width="40" height="10" fill="#7a1f3d"/>')
ALT = Text("Beeldmerk", "Emblem")


def a_png(wide: int = 40, high: int = 10) -> bytes:
    """A red PNG, made by hand, with a note of its maker in it."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + name + content + check

    head = wide.to_bytes(4, "big") + high.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    rows = (b"\x00" + b"\xc0\x10\x20" * wide) * high
    parts = ((b"IHDR", head), (b"tEXt", b"Author\x00Jan"), (b"IDAT", zlib.compress(rows)))
    body = b"".join(chunk(name, content) for name, content in parts)
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def a_template(kind: str = "document", change: tuple[bytes, bytes] = (b"", b"")) -> bytes:
    """A Word template with a sentence, a header and margins of its own."""
    file = docx.Document()
    file.add_paragraph("Hier komt uw tekst")
    file.sections[0].header.paragraphs[0].text = "Stichting Oost"
    file.sections[0].left_margin = docx.shared.Mm(33)
    saved, out = io.BytesIO(), io.BytesIO()
    file.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name).replace(b"document.main+xml", f"{kind}.main+xml".encode())
            changes = change[0] and name in ("[Content_Types].xml", "word/_rels/document.xml.rels")
            new.writestr(name, part.replace(*change) if changes else part)
    return out.getvalue()


def written(folder: Path, text: str, **beside: bytes | str) -> Path:
    for name, content in beside.items():
        place = folder / name.replace("_", ".")
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    path = folder / "workplace.toml"
    path.write_text(text, "utf-8")
    return path


def faults(path: Path) -> dict[str, tuple[str, str]]:
    with pytest.raises(ReportError) as caught:
        read_house(path)
    assert all(fault.file == path.name for fault in caught.value.faults)
    assert len({f.column for f in caught.value.faults}) == len(caught.value.faults)
    for fault in caught.value.faults:
        for text in (fault.rule, fault.remedy):
            assert text.nl.strip()
            assert text.en.strip()
            assert text.nl != text.en or "name" in text.nl
    return {fault.column: (fault.rule.nl, fault.remedy.nl) for fault in caught.value.faults}


NAME = '[organisation]\nname.nl = "Werkplaats Oost"\nname.en = "Workplace East"\n'


# --- what is right -------------------------------------------------------------------------------


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        NAME + 'logo = "logo.svg"\nlogo_text = "Oost"\n[colours]\naccent = "#7A1F3D"\n'
        '[word]\ntemplate = "stijl.dotx"\n[disclosure]\nprofile = "dutch-5"\n',
        logo_svg=SHAPES,
        stijl_dotx=a_template("template"),
    )
    found = read_house(path)
    assert found.name == Text("Werkplaats Oost", "Workplace East")
    assert (found.accent, found.second, found.profile) == ("#7a1f3d", LEIDEN.second, "dutch-5")
    assert found.band != LEIDEN.band  # a tint of its own accent
    assert found.logo is not None
    assert (found.logo.ratio, found.logo.alt.nl) == (4.0, "Oost")
    assert found.template is not None
    assert docx.Document(io.BytesIO(found.template)).sections[0].left_margin.mm == pytest.approx(
        33, 1e-3
    )


def test_a_name_is_enough_and_may_be_alike_in_both_languages(tmp_path: Path) -> None:
    found = read_house(written(tmp_path, '[organisation]\nname = "Oost"\n'))
    assert found == House(name=Text("Oost", "Oost"))


def test_the_own_house_holds_its_own_rules() -> None:
    for front, ground, least in PAIRS:
        assert contrast(getattr(LEIDEN, front), getattr(LEIDEN, ground)) >= least


def test_a_house_holds_within_its_block_only() -> None:
    other = House(name=Text("A", "B"))
    with dressed(other):
        assert house() is other
    assert house() is LEIDEN


def test_contrast_is_that_of_the_guideline() -> None:
    """WCAG's own examples: black on white 21 : 1; #777777 on white 4.48, #767676 4.54."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


COLOUR = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


@given(COLOUR, COLOUR, st.sampled_from([3.0, 4.5]))
def test_the_colour_advised_always_passes_and_one_that_passes_is_kept(
    colour: str, ground: str, least: float
) -> None:
    found = nearest(colour, ground, least)
    assert contrast(found, ground) >= least
    if contrast(colour, ground) >= least:
        assert found == colour


# --- what is wrong -------------------------------------------------------------------------------


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = (
        '[organisation]\nname.nl = "Oost"\nlogo = "logo.png"\nmotto = "!"\n'
        '[colours]\naccent = "rood"\nsecond = "#ffcc00"\n'
        '[word]\ntemplate = "stijl.docx"\n[disclosure]\nprofile = 10\n[letters]\n'
    )
    told = faults(written(tmp_path, text, logo_png=b"GIF89a", stijl_docx=b"PK nee"))
    assert set(told) == {
        "letters", "[organisation]", "[organisation] name", "[organisation] logo",
        "[colours] accent", "[colours] second", "[word] template", "[disclosure] profile",
    }  # fmt: skip
    assert "‘rood’" in told["[colours] accent"][0]
    assert "geen heel plaatje" in told["[organisation] logo"][0]
    assert "geen Word" in told["[word] template"][0]


def test_a_colour_that_is_hard_to_read_is_refused_with_its_ratio_and_one_that_passes(
    tmp_path: Path,
) -> None:
    told = faults(written(tmp_path, NAME + '[colours]\naccent = "#ff8800"\n'))
    rule, remedy = told["[colours] accent"]
    assert f"{int(contrast('#ff8800', '#ffffff') * 10) / 10:.1f}".replace(".", ",") in rule
    assert "4,5 : 1" in rule
    advised = remedy.split('"')[1]
    read_house(written(tmp_path, NAME + f'[colours]\naccent = "{advised}"\n'))


@given(st.sampled_from([c for c in COLOURS if c in ("accent", "second", "ink", "soft")]), COLOUR)
def test_the_colour_advised_is_taken(tmp_path_factory, key: str, colour: str) -> None:
    folder = tmp_path_factory.mktemp("house")
    try:
        read_house(written(folder, NAME + f'[colours]\n{key} = "{colour}"\n'))
    except ReportError as error:
        (fault,) = error.faults
        advised = fault.remedy.nl.split('"')[1]
        read_house(written(folder, NAME + f'[colours]\n{key} = "{advised}"\n'))


def test_a_ground_on_which_the_own_ink_is_lost_is_what_is_at_fault(tmp_path: Path) -> None:
    ((column, (rule, remedy)),) = faults(
        written(tmp_path, NAME + '[colours]\nband = "#303030"\n')
    ).items()
    assert column == "[colours] band"
    assert LEIDEN.ink in rule
    read_house(written(tmp_path, NAME + f'[colours]\nband = "{remedy.split(chr(34))[1]}"\n'))


@pytest.mark.parametrize(
    ("text", "said"),
    [("[organisation", "geldig TOML"), ("", "naam van de organisatie"), ("colours = 3", "vorm")],
)
def test_a_file_that_cannot_be_used_is_told_in_words(tmp_path: Path, text: str, said: str) -> None:
    assert said in str(faults(written(tmp_path, text)))


def test_a_file_that_is_not_there_or_no_text_is_told_in_words(tmp_path: Path) -> None:
    assert "geopend" in str(faults(tmp_path / "workplace.toml"))
    (tmp_path / "workplace.toml").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in str(faults(tmp_path / "workplace.toml"))


def test_a_file_that_is_named_but_absent_is_told(tmp_path: Path) -> None:
    told = faults(written(tmp_path, NAME + 'logo = "weg.svg"\n[word]\ntemplate = "\\u0000"\n'))
    assert set(told) == {"[organisation] logo", "[word] template"}
    assert "weg.svg" in told["[organisation] logo"][0]


# --- the logo ------------------------------------------------------------------------------------

UNSAFE = {
    "script": "<script>alert(1)</script>",
    "opdracht": '<rect width="9" height="9" onclick="x()"/>',
    "plaatje van elders": '<image href="https://a.nl/b.png" width="9" height="9"/>',
    "ingebed plaatje": '<image href="data:image/png;base64,AA" width="9" height="9"/>',
    "verwijzing": '<use href="ander.svg#x"/>',
    "verwijzing oud": '<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="http://a/#x"/>',
    "stijl": '<rect width="9" height="9" style="fill:url(http://a.nl/x)"/>',
    "stijlblad": "<style>@import 'a.css';</style>",
    "stijlblad verborgen": "<style>rect{fill:u\\72l(a)}</style>",
    "vreemd": "<foreignObject><p>x</p></foreignObject>",
    "letters": '<text y="9">Oost</text>',
    "beweging": '<rect width="9" height="9"><animate attributeName="x" to="9"/></rect>',
    "link": '<a href="#x"><rect width="9" height="9"/></a>',
    "vermenigvuldigd": "<g>" + '<use href="#a"/>' * 30 + "</g>",
}


@pytest.mark.parametrize("inside", UNSAFE.values(), ids=UNSAFE)
def test_an_svg_that_could_do_more_than_be_seen_is_refused(inside: str) -> None:
    found = read_logo(SVG.format(inside).encode(), ALT)
    assert "mag" in found.rule.nl
    assert "gewone svg" in found.remedy.nl


def test_an_svg_with_entities_is_refused_and_a_plain_document_type_is_not() -> None:
    entity = '<!DOCTYPE svg [<!ENTITY a "aa">]>'
    assert "mag" in read_logo((entity + SHAPES).encode(), ALT).rule.nl
    plain = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'
    assert read_logo((plain + SHAPES).encode(), ALT).ratio == 4.0


def test_what_an_svg_says_of_itself_and_of_its_editor_is_left_out() -> None:
    drawn = (
        '<title>Geheim</title><metadata>Jan</metadata><i:view xmlns:i="urn:i" i:path="/home/jan"/>'
        '<rect width="40" height="10" xmlns:i="urn:i" i:label="laag" style="fill: url(#a)"/>'
        '<defs><linearGradient id="a"><stop stop-color="#123"/></linearGradient></defs>'
    )
    found = read_logo(SVG.format(drawn).encode(), ALT)
    assert not any(word in found.content for word in (b"Geheim", b"Jan", b"jan", b"laag", b"urn:i"))
    assert b"url(#a)" in found.content


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"\x89PNG\r\n\x1a\nniets", a_png()[:60], b"<svg", b"<html/>", b"\xff\xfe",
     SHAPES.replace("viewBox", "box").encode(), SHAPES.replace("40 10", "0 0").encode()],
)  # fmt: skip
def test_a_logo_that_is_no_picture_is_refused(content: bytes) -> None:
    assert "plaatje" in read_logo(content, ALT).rule.nl


def test_a_logo_too_large_or_too_long_is_refused() -> None:
    assert "kB" in read_logo(a_png() + b"\0" * 300_000, ALT).rule.nl
    assert "smal" in read_logo(a_png(400, 10), ALT).rule.nl


def test_a_png_keeps_its_picture_and_nothing_else() -> None:
    found = read_logo(a_png(), ALT)
    assert (found.kind, found.ratio) == ("png", 4.0)
    assert b"Jan" in a_png()
    assert b"Jan" not in found.content


def test_every_logo_has_its_pixels_for_word() -> None:
    for content in (SHAPES.encode(), a_png()):
        assert as_png(read_logo(content, ALT)).startswith(b"\x89PNG")


# --- the template --------------------------------------------------------------------------------


def refused(folder: Path, content: bytes) -> str:
    path = written(folder, NAME + '[word]\ntemplate = "stijl.dotx"\n', stijl_dotx=content)
    return faults(path)["[word] template"][0]


def test_a_template_with_macros_or_something_from_outside_is_refused(tmp_path: Path) -> None:
    macro = (b"document.main+xml", b"document.macroEnabled.main+xml")
    assert "macro" in refused(tmp_path, a_template(change=macro))
    fetched = (
        b"</Relationships>",
        b'<Relationship Id="x" Type="http://a/image" Target="http://a/b" TargetMode="External"/>'
        b"</Relationships>",
    )
    # in the text it is left behind with the text; in a header it would be fetched
    made = a_template(change=fetched)
    read_house(written(tmp_path, NAME + '[word]\ntemplate = "a.docx"\n', a_docx=made))
    out = io.BytesIO(made)
    with zipfile.ZipFile(out, "a") as file:
        file.writestr("word/_rels/header1.xml.rels", b"<Relationships>" + fetched[1])
    assert "buiten" in refused(tmp_path, out.getvalue())


@pytest.mark.parametrize("content", [b"", b"PK", a_png(), a_template()[:-300], a_template("sheet")])
def test_a_template_that_is_no_word_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "geen Word" in refused(tmp_path, content)


def test_a_template_gives_its_header_and_none_of_its_text() -> None:
    file = opened(a_template())
    assert [p.text for p in file.paragraphs] == []
    assert file.sections[0].header.paragraphs[0].text == "Stichting Oost"


def test_the_header_of_an_earlier_section_goes_on_in_the_last() -> None:
    file = docx.Document()
    file.sections[0].header.paragraphs[0].text = "Oost"
    file.add_section()
    out = io.BytesIO()
    file.save(out)
    assert opened(out.getvalue()).sections[0].header.paragraphs[0].text == "Oost"


def test_a_project_has_its_own_house_and_rules_in_every_folder_of_it(tmp_path, monkeypatch):
    inner = tmp_path / "oost" / "notebooks"
    inner.mkdir(parents=True)
    given = '[organisation]\nname = "Werkplaats Oost"\n[disclosure]\nprofile = "dutch-5"\n'
    (tmp_path / "oost" / "workplace.toml").write_text(given, encoding="utf-8")
    monkeypatch.chdir(inner)
    assert (house().name.nl, fewest()) == ("Werkplaats Oost", 5)
    with under(DUTCH_10), dressed(LEIDEN):
        assert (house(), fewest()) == (LEIDEN, 10)
    monkeypatch.chdir(tmp_path)
    assert (house(), fewest()) == (LEIDEN, 10)


def test_rules_that_are_none_are_told_and_the_strictest_hold(tmp_path, monkeypatch):
    given = '[organisation]\nname = "Oost"\n[disclosure]\nprofile = "dutch-1"\n'
    (tmp_path / "workplace.toml").write_text(given, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert fewest() == 10
    with pytest.raises(ReportError, match="dutch-1"):
        house()
