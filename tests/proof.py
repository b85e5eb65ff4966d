"""The proof page: which test shows that a public statistic is right, against what, and how close.

A test says so with ``@pytest.mark.proves(statistic, reference)`` and compares with the fixture
``agree``, which fails when two numbers differ and otherwise remembers by how much. ``make proof``
runs those tests and writes PROOF.md.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
PAGE = HERE.parent / "PROOF.md"
EXACT = "0"
INTRODUCTION = """# Proof

Every public statistic, what it was compared with, and how far apart the two were. `make proof` runs
the tests named here and writes this page; a test fails when it no longer names the statistics,
references and tests that there are. The difference is the largest relative one of all numbers
compared, as a power of ten; `0` means equal to the last digit. *rows* means a brute force on the
pupils themselves. **†**: the data may not be committed, so the test runs only where they are; the
value is the last one seen, and another row shows the same statistic on data that are here. What was
printed with few decimals, or simulated, cannot agree more closely than that (1e-01 to 1e-03).

| statistic | compared with | difference | test |
|---|---|---|---|
"""


@dataclass(frozen=True, order=True)
class Claim:
    """One row without its digits. private: the data may not be committed."""

    statistic: str
    reference: str
    test: str
    private: bool = False

    @property
    def key(self) -> str:
        mark = " †" if self.private else ""
        return f"| `{self.statistic}` | {self.reference}{mark} |"

    @property
    def place(self) -> str:
        return f" `{self.test}` |"


def claims() -> list[Claim]:
    """What the tests say they prove, read from their source."""
    found = []
    for file in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(file.read_text()).body:
            for mark in getattr(node, "decorator_list", []):
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.proves":
                    given = [ast.literal_eval(value) for value in mark.args]
                    more = {k.arg: ast.literal_eval(k.value) for k in mark.keywords}
                    found.append(Claim(*given, test=f"{file.stem}::{node.name}", **more))
    return sorted(found)


def rows(text: str) -> dict[tuple[str, str], str]:
    """The rows of a page: what is claimed and by which test, and the difference seen."""
    out = {}
    for line in text.splitlines():
        cells = line.split(" | ")
        if line.startswith("| `") and len(cells) == 4:
            out[f"{cells[0]} | {cells[1]} |", f" {cells[3]}"] = cells[2]
    return out


def page(claimed: list[Claim], seen: dict[str, dict[str, float]], before: str) -> str:
    """The whole page. seen: per test and part of a reference, the largest difference."""
    old = rows(before)
    lines = []
    for claim in claimed:
        differences = seen.get(claim.test, {})
        own = [x for part, x in differences.items() if part and part in claim.reference]
        found = max(own) if own else differences.get("")
        last = old.get((claim.key, claim.place), "not run yet")
        lines.append(f"{claim.key} {last if found is None else power_of_ten(found)} |{claim.place}")
    return INTRODUCTION + "\n".join(lines) + "\n"


def power_of_ten(difference: float) -> str:
    return EXACT if difference == 0 else f"1e{math.ceil(math.log10(difference)):+03d}"


@dataclass
class Agreement:
    """Compares, and keeps the largest relative difference.

    of: a part of the reference compared with, in a test that is marked with several.
    """

    largest: dict[str, float] = field(default_factory=dict)

    def __call__(
        self,
        found: object,
        expected: object,
        rel: float = 1e-8,
        abs: float = 0.0,
        of: str = "",
    ) -> None:
        found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
        np.testing.assert_allclose(found, expected, rtol=rel, atol=abs)
        both = np.isfinite(expected)
        size = np.where(expected[both] == 0, 1, np.abs(expected[both]))
        apart = np.abs(found[both] - expected[both]) / size
        self.largest[of] = max(self.largest.get(of, 0.0), float(apart.max(initial=0.0)))


SEEN = pytest.StashKey[dict[str, dict[str, float]]]()
