"""Office files are zip files; the same report is to give the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can hold


def unpacked(content: bytes) -> dict[str, bytes]:
    """The parts of an office file by name, in their order."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        return {name: old.read(name) for name in old.namelist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    """An office file of its parts, with the same times in it whenever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return out.getvalue()
