"""Invented sentences of which it is known what in them points at a person, and how much is found.

A sentence is written with its traces between braces: ``Ik zit bij juf {name:Anouk}.`` The frames
and the words that fill them (`traces.toml`) are made up; most first names are on no list of the
package.
Run this file to write the figures in data/stemmen/README.md again.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from academic_workplace.cohorts.transitions.shares import wilson
from academic_workplace.voices.traces import Found, Trace, everyday_of, find

SEED = 20261122
SENTENCES = 40  # per kind of frame
HERE = Path(__file__).parent
FRAGMENTS = HERE.parent / "data" / "stemmen" / "fragments.csv"
README = FRAGMENTS.with_name("README.md")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
MARKED = re.compile(r"\{(\w+):([^}]*)\}")
GIVEN = tomllib.loads((HERE / "traces.toml").read_text(encoding="utf-8"))
NAMES = (*GIVEN["listed"].split(), *GIVEN["unlisted"].split())
PLACES = " ".join(GIVEN[key] for key in ("places", "other_places", "quarters")).split()


@dataclass(frozen=True)
class Sentence:
    """A text, the kind of frame it was made with, and where its traces are and what they are."""

    text: str
    frame: str
    traces: tuple[tuple[int, int, Trace], ...]


def parsed(marked: str, frame: str) -> Sentence:
    """Of a sentence with its traces between braces."""
    text, traces, last = "", [], 0
    for found in MARKED.finditer(marked):
        text += marked[last : found.start()]
        traces.append((len(text), len(text) + len(found[2]), Trace(found[1])))
        text += found[2]
        last = found.end()
    return Sentence(text + marked[last:], frame, tuple(traces))


def sentences(seed: int = SEED, names: tuple[str, ...] = NAMES) -> Iterator[Sentence]:
    """The set: with traces, then without. names: to fill the frames with."""
    rng = np.random.default_rng(seed)

    def word(kind: str) -> str:
        if kind in "Nn":
            name = str(rng.choice(names))
            return f"{{name:{name.lower() if kind == 'n' else name}}}"
        if kind in "Pp":
            place = str(rng.choice(PLACES))
            return f"{{place:{place.lower() if kind == 'p' else place}}}"
        if kind == "S":
            return f"{{name:{rng.choice(GIVEN['surnames'].split())}}}"
        if kind == "C":
            return f"{{school:{rng.choice(GIVEN['schools'])}}}"
        return f"{{age:{rng.choice(GIVEN['numbers'].split())}}}"

    for frame, forms in GIVEN["frames"].items():
        for _ in range(SENTENCES):
            form = str(rng.choice(forms))
            yield parsed(re.sub(r"\{(\w)\}", lambda found: word(found[1]), form), frame)
    for text in GIVEN["others"]:
        yield parsed(text, "said in other ways")
    for text in GIVEN["harmless"]:
        yield Sentence(text, "harmless", ())
    for text in pd.read_csv(FRAGMENTS, sep=";", encoding="utf-8-sig")["tekst"]:
        yield Sentence(text, "fragments", ())


def held_out() -> list[Sentence]:
    """Sentences from which no rule was made."""
    given = tomllib.loads((HERE / "traces-held-out.toml").read_text(encoding="utf-8"))
    marked = [parsed(text, "held out") for text in given["traces"]]
    return [*marked, *(Sentence(text, "harmless", ()) for text in given["harmless"])]


@dataclass(frozen=True)
class Measured:
    """recall: frame -> (found, found as that kind, of); clean: frame -> (nothing found, of);
    right, said: of all that was said to be a trace, how much was one."""

    recall: dict[str, tuple[int, int, int]]
    clean: dict[str, tuple[int, int]]
    right: int
    said: int


def meets(found: Found, trace: tuple[int, int, Trace]) -> bool:
    """Whether what was found is, or is in, a trace."""
    return found.start < trace[1] and found.end > trace[0]


def measure(given: list[Sentence]) -> Measured:
    """What `find` makes of the sentences, each by itself and all together as one study."""
    everyday = everyday_of(one.text for one in given if not one.traces)
    recall: dict[str, tuple[int, int, int]] = {}
    clean: dict[str, tuple[int, int]] = {}
    right = said = 0
    for one in given:
        found = find(one.text, everyday=everyday)
        said += len(found)
        right += sum(any(meets(f, trace) for trace in one.traces) for f in found)
        if not one.traces:
            n, of = clean.get(one.frame, (0, 0))
            clean[one.frame] = n + (not found), of + 1
        for trace in one.traces:
            there = [f.kind for f in found if meets(f, trace)]
            a, b, of = recall.get(one.frame, (0, 0, 0))
            recall[one.frame] = a + bool(there), b + (trace[2] in there), of + 1
    return Measured(recall, clean, right, said)


def shown(n: int, of: int) -> str:
    low, high = wilson(n, of)
    return f"{n / of:.3f} ({low:.3f}–{high:.3f}), n = {of}"


def page(text: str) -> str:
    """A text with the figures between its marks made again."""
    found = measure(list(sentences()))
    lines = ["| trace | recall: found | recall: found as that kind |", "|---|---|---|"]
    lines += [
        f"| {frame} | {shown(a, of)} | {shown(b, of)} |"
        for frame, (a, b, of) in found.recall.items()
    ]
    lines += [
        "",
        f"- precision: of what was said to be a trace, was one: {shown(found.right, found.said)}",
        f"- hard sentences without a trace, left alone: {shown(*found.clean['harmless'])}",
        f"- fragments of this folder, left alone: {shown(*found.clean['fragments'])}",
    ]
    new = measure(held_out())
    kept = new.recall["held out"]
    lines += [
        "",
        "The sentences of `tests/traces-held-out.toml`:",
        "",
        f"- recall: found {shown(kept[0], kept[2])}; as that kind {shown(kept[1], kept[2])}",
        f"- precision: {shown(new.right, new.said)}",
        f"- sentences without a trace, left alone: {shown(*new.clean['harmless'])}",
    ]
    before, rest = text.split(BEGIN)
    return "\n".join([before + BEGIN, *lines, END + rest.split(END)[1]])


if __name__ == "__main__":
    README.write_text(page(README.read_text(encoding="utf-8")), encoding="utf-8")
