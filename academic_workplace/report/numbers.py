"""The numbers of a story as tables of numbers: what may not leave is empty in them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from academic_workplace.cohorts.ordered import Ordered
from academic_workplace.cohorts.story import Look, Story
from academic_workplace.cohorts.transitions import Transitions
from academic_workplace.disclosure import fewest, may_leave, profile
from academic_workplace.disclosure import rounded as as_printed
from academic_workplace.report.cohorts.printed import story_as_printed

# What results call their tables, and what follows the number of the look in the name of a file.
TABLES = {
    "table": "", "shifts_table": "changes", "changes_table": "changes",
    "cohorts_table": "cohorts", "comparisons_table": "comparisons",
}  # fmt: skip
COUNTS = ("pupils", "pupils_reference", "followed", "count")


def frames(story: Story) -> Iterator[tuple[Look, str, pd.DataFrame]]:
    """Look, name and table: ``results-1`` is the main one of the first look, ``results-1-changes``
    another of it."""
    for i, look in enumerate(story_as_printed(story).looks, 1):
        for method, kind in TABLES.items():
            if hasattr(look.found, method):
                frame = _leaving(look.found, getattr(look.found, method)())
                if len(frame):
                    yield look, f"results-{i}-{kind}".rstrip("-"), frame
        if isinstance(look.found, Transitions) and look.found.matrices:
            yield look, f"results-{i}-matrix", _leaving(look.found, _matrices(look.found))


def _leaving(found: object, frame: pd.DataFrame) -> pd.DataFrame:
    """No number in a row that is withheld, and no count of so few: results leave them out
    themselves, and the way out looks once more."""
    out = frame.copy()
    if isinstance(found, Ordered) and not may_leave(found.pupils, found.pupils_reference):
        out = out.iloc[:0]
    if "withheld" in out:
        gone = out["withheld"].astype(bool)
        for name in out.columns:
            if name != "withheld" and pd.api.types.is_numeric_dtype(out[name]):
                out[name] = out[name].astype(float).mask(gone) if gone.any() else out[name]
    for name in set(COUNTS) & set(out.columns):
        n = pd.to_numeric(out[name])
        told = n.mask((n > 0) & (n < fewest())).astype("Int64")
        out[name] = told.map(as_printed, na_action="ignore").astype("Int64")
    if profile().rounding > 1 and {"count", "pupils", "value"} <= set(out.columns):
        out["value"] = (out["count"] / out["pupils"]).astype(float)  # of the counts as printed
        for name in {"low", "high"} & set(out.columns):
            out[name] = pd.to_numeric(out[name]).round(2)  # with all figures they give the counts
    return out


def _matrices(found: Transitions) -> pd.DataFrame:
    """A row per year, group, advice and position; empty where withheld."""
    rows = []
    for matrix in found.matrices:
        labels = dict(zip(found.by, matrix.group or ("",) * len(found.by), strict=True))
        advice = [*(track.value for track in matrix.advice), "total"]
        position = [*(track.value for track in matrix.position), "total"]
        for i, j in np.ndindex(matrix.counts.shape):
            rows.append(labels | {"year": matrix.year, "advice": advice[i],
                                  "position": position[j],
                                  "pupils": float(matrix.counts[i, j])})  # fmt: skip
    return pd.DataFrame(rows)


def as_csv(frame: pd.DataFrame) -> bytes:
    """Full precision, empty where there is nothing."""
    return frame.to_csv(index=False, lineterminator="\n").encode()


def as_rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of numbers, texts and None, as JSON has them; what has no end is None too."""
    return [
        {str(name): _value(x) for name, x in zip(frame.columns, row, strict=True)}
        for row in frame.astype(object).itertuples(index=False, name=None)
    ]


def _value(x: Any) -> object:
    if isinstance(x, np.generic):
        x = x.item()
    if x is None or x is pd.NA or (isinstance(x, float) and not math.isfinite(x)):
        return None
    return x if isinstance(x, (bool, int, float)) else str(x)


def rounded(frame: pd.DataFrame) -> list[dict[str, object]]:
    """The rows with five figures of every number: what may differ between machines is not in it."""
    return [
        {name: f"{round(x, 9) + 0.0:.5g}" if isinstance(x, float) else x for name, x in row.items()}
        for row in as_rows(frame)
    ]
