"""An organisation's own Word template: a docx or dotx file as the start of a report.

Kept are its styles, its paper and margins, and its header and footer; the text in it is not.
"""

from __future__ import annotations

import copy
import io
import re
import zipfile
import zlib

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from academic_workplace.errors import Fault
from academic_workplace.report.words import phrases
from academic_workplace.report.writers.package import packed

SAY = phrases("house")

MOST_BYTES = 50_000_000  # unpacked
TYPES = "[Content_Types].xml"
SETTINGS = "word/settings.xml"
BODY = "word/_rels/document.xml.rels"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TEMPLATE = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
LINK = re.compile(rb"<Relationship\b[^>]*>")
OUTSIDE = b'TargetMode="External"'
MADE_FROM, FOLLOWED = b"/attachedTemplate", b"/hyperlink"  # kinds of link
OF_THE_BODY = frozenset({  # what only the text of the template uses
    RELATIONSHIP_TYPE.IMAGE, RELATIONSHIP_TYPE.HYPERLINK, RELATIONSHIP_TYPE.COMMENTS,
    RELATIONSHIP_TYPE.CHART, RELATIONSHIP_TYPE.GLOSSARY_DOCUMENT, RELATIONSHIP_TYPE.OLE_OBJECT,
    RELATIONSHIP_TYPE.PACKAGE, RELATIONSHIP_TYPE.DIAGRAM_DATA,
})  # fmt: skip


def as_document(content: bytes) -> bytes | Fault:
    """The bytes of a docx file made of a docx or dotx template, or why it cannot be used.

    The path of the file that it was made from is left behind.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old:
            if sum(entry.file_size for entry in old.infolist()) > MOST_BYTES:
                raise ValueError("too large")
            parts = {entry.filename: old.read(entry) for entry in old.infolist()}
        types = parts[TYPES].decode("utf-8")
        if "macroEnabled" in types or any(name.endswith("vbaProject.bin") for name in parts):
            return Fault(SAY["template.macros"], SAY["template.remedy"])
        parts[TYPES] = types.replace(TEMPLATE, MAIN).encode()
        if _fetches(parts):
            return Fault(SAY["template.outside"], SAY["template.outside_remedy"])
        made = packed(parts)
        opened(made)
    except (
        OSError, LookupError, ValueError, AttributeError, SyntaxError, EOFError, RuntimeError,
        zipfile.BadZipFile, zlib.error,
    ):  # fmt: skip
        return Fault(SAY["template.no_word"], SAY["template.remedy"])
    return made


def _fetches(parts: dict[str, bytes]) -> bool:
    """Whether a header or footer fetches something; drops the links that nothing kept needs."""
    for name, part in list(parts.items()):
        if not name.endswith(".rels"):
            continue
        outside = [link for link in LINK.findall(part) if OUTSIDE in link]
        fetched = [link for link in outside if FOLLOWED not in link]
        for link in fetched:
            if MADE_FROM not in link and name != BODY:
                return True
            parts[name] = parts[name].replace(link, b"")
    if SETTINGS in parts:
        parts[SETTINGS] = re.sub(rb"<w:attachedTemplate\b[^>]*/>", b"", parts[SETTINGS])
    return False


def opened(template: bytes) -> Document:
    """The template as an empty document: its last section, with the header and footer it shows."""
    file = docx.Document(io.BytesIO(template))
    body = file.element.body
    sections = body.xpath(".//w:sectPr")
    last = sections[-1]  # IndexError when there is no paper at all
    for earlier in reversed(sections[:-1]):
        _inherit(last, earlier)
    for element in list(body):
        if element is not last:
            body.remove(element)
    if last.getparent() is not body:
        body.append(last)
    shown = {reference.get(qn("r:id")) for reference in _references(last)}
    heads = {RELATIONSHIP_TYPE.HEADER, RELATIONSHIP_TYPE.FOOTER}
    for key, link in list(file.part.rels.items()):
        if link.reltype in OF_THE_BODY or (link.reltype in heads and key not in shown):
            del file.part.rels[key]
    return file


def _inherit(section: BaseOxmlElement, earlier: BaseOxmlElement) -> None:
    """A section without a header of its own shows that of the section before it."""
    own = {(reference.tag, reference.get(qn("w:type"))) for reference in _references(section)}
    for reference in _references(earlier):
        if (reference.tag, reference.get(qn("w:type"))) not in own:
            section.insert(0, copy.deepcopy(reference))


def _references(section: BaseOxmlElement) -> list[BaseOxmlElement]:
    return [*section.findall(qn("w:headerReference")), *section.findall(qn("w:footerReference"))]
