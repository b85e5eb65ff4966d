"""Arrow and Feather files, through the extra ``arrow`` (pyarrow)."""

from __future__ import annotations

import importlib
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from academic_workplace import engines
from academic_workplace.intake.files.content import Content, refuse
from academic_workplace.intake.files.databases.columns import judge_columns
from academic_workplace.intake.files.databases.embedded import frame_of
from academic_workplace.intake.files.databases.refusals import extra
from academic_workplace.language import Text, same

STARTS = (b"ARROW1", b"FEA1")  # the second: Feather as it was before 2020


def recognises_arrow(start: bytes) -> bool:
    """Whether a file that starts like this is an Arrow or Feather file."""
    return start.startswith(STARTS)


def from_arrow(path: Path) -> Content:
    """An Arrow (IPC) or Feather file, with the types of the Parquet reader; labels are categories.

    Raises DataError when it is damaged, when pyarrow is absent, on a repeated name, and when a
    column holds more than one value per cell.
    """
    pa = extra("pyarrow", "arrow", same("Arrow/Feather"))
    notes = [same("Arrow")]
    try:
        table = _whole(path)
        names = [str(name) for name in table.column_names]
        judge_columns(path.name, names, [f.name for f in table.schema if _many(pa, f.type)])
        plain = [
            column.cast(_known(pa, field, notes))
            for column, field in zip(table.columns, table.schema, strict=True)
        ]
        with engines.connect() as engine:
            engine.execute("SET TimeZone = 'UTC'")
            engine.register("file", pa.table(plain, names=[f"c{i}" for i in range(len(names))]))
            out = frame_of(engine, "SELECT * FROM file", path.name, notes, names)
    except (pa.ArrowException, OSError, UnicodeError, engines.failures()):
        raise refuse(
            path,
            Text(
                "Dit Arrow- of Feather-bestand is beschadigd, of van een soort die hier niet"
                " gelezen wordt.",
                "This Arrow or Feather file is damaged, or of a kind that is not read here.",
            ),
            Text("Bewaar het als Parquet.", "Save it as Parquet."),
        ) from None
    for column, field in zip(table.columns, table.schema, strict=True):
        if pa.types.is_dictionary(field.type) and _is_text(pa, field.type.value_type):
            labels = column.unify_dictionaries().chunk(0).dictionary if column.num_chunks else []
            found = [label.as_py() for label in labels if label.is_valid]
            out[field.name] = pd.Categorical(
                out[field.name], categories=list(dict.fromkeys(found)), ordered=field.type.ordered
            )
    return Content(out, notes)


def _whole(path: Path) -> Any:
    """The table, of which every offset and letter was looked at: nothing later trips over them."""
    feather = importlib.import_module("pyarrow.feather")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the Feather of before 2020
        table = feather.read_table(str(path), memory_map=False)
    table.validate(full=True)
    return table


def _many(pa: Any, kind: Any) -> bool:
    """Whether a cell holds more than one value, or an attachment."""
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    binary = ("is_binary", "is_large_binary", "is_fixed_size_binary", "is_binary_view")
    return bool(pa.types.is_nested(kind)) or any(getattr(pa.types, each)(kind) for each in binary)


def _is_text(pa: Any, kind: Any) -> bool:
    return any(
        getattr(pa.types, each)(kind) for each in ("is_string", "is_large_string", "is_string_view")
    )


def _known(pa: Any, field: Any, notes: list[Text]) -> Any:
    """The type as which DuckDB knows it; what changes on the way gets a note."""
    kind = field.type
    if isinstance(kind, pa.BaseExtensionType):
        said = kind.extension_name
        notes.append(
            Text(
                f"{field.name}: {said}, gelezen zoals het is opgeslagen",
                f"{field.name}: {said}, read as it is stored",
            )
        )
        return kind.storage_type
    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_float16(kind):
        return pa.float32()
    return pa.decimal128(38, kind.scale) if pa.types.is_decimal256(kind) else kind
