"""Levels of advice and track: ordered, with half steps, and without a number.

Turning a level into a number is a choice that changes results, so none is made here.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from enum import Enum

import pandas as pd

from academic_workplace.errors import Fault, PlanError
from academic_workplace.language import Text


class AdviceLevel(Enum):
    """The categories of the Dutch school advice, from low to high, as DUO publishes them.

    B basisberoepsgericht, K kaderberoepsgericht, GT gemengd and theoretisch together. A half step
    is an advice for two levels. ``NOT_POSSIBLE`` has no place in the order: comparing it with a
    level is a TypeError.

    >>> AdviceLevel.VMBO_GT_HAVO < AdviceLevel.HAVO
    True
    >>> [part.value for part in AdviceLevel.VMBO_GT_HAVO.parts]
    ['VMBO_GT', 'HAVO']
    """

    VSO = "VSO"
    PRO = "PRO"
    VMBO_B = "VMBO_B"
    VMBO_B_K = "VMBO_B_K"
    VMBO_K = "VMBO_K"
    VMBO_K_GT = "VMBO_K_GT"
    VMBO_GT = "VMBO_GT"
    VMBO_GT_HAVO = "VMBO_GT_HAVO"
    HAVO = "HAVO"
    HAVO_VWO = "HAVO_VWO"
    VWO = "VWO"
    NOT_POSSIBLE = "ADVIES_NIET_MOGELIJK"

    @property
    def ordered(self) -> bool:
        """Whether it has a place in the order."""
        return self is not AdviceLevel.NOT_POSSIBLE

    @property
    def parts(self) -> tuple[AdviceLevel, ...]:
        """The whole levels it names, low to high: one, or two for a half step."""
        if not self.ordered:
            return ()
        return _HALF_STEPS.get(self, (self,))

    @property
    def half_step(self) -> bool:
        """Whether it stands halfway between two whole levels."""
        return self in _HALF_STEPS

    @property
    def label(self) -> Text:
        """How a reader knows it."""
        return _LABELS[self]

    def __lt__(self, other: object) -> bool:
        mine, theirs = self._places(other)
        return mine < theirs

    def __le__(self, other: object) -> bool:
        mine, theirs = self._places(other)
        return mine <= theirs

    def __gt__(self, other: object) -> bool:
        mine, theirs = self._places(other)
        return mine > theirs

    def __ge__(self, other: object) -> bool:
        mine, theirs = self._places(other)
        return mine >= theirs

    def _places(self, other: object) -> tuple[int, int]:
        if isinstance(other, AdviceLevel) and self.ordered and other.ordered:
            return _PLACE[self], _PLACE[other]
        raise TypeError(f"{self} and {other} have no order between them")


LADDER = tuple(level for level in AdviceLevel if level.ordered)
"""The eleven levels from low to high."""

_PLACE = {level: place for place, level in enumerate(LADDER)}
_HALF_STEPS = {
    AdviceLevel.VMBO_B_K: (AdviceLevel.VMBO_B, AdviceLevel.VMBO_K),
    AdviceLevel.VMBO_K_GT: (AdviceLevel.VMBO_K, AdviceLevel.VMBO_GT),
    AdviceLevel.VMBO_GT_HAVO: (AdviceLevel.VMBO_GT, AdviceLevel.HAVO),
    AdviceLevel.HAVO_VWO: (AdviceLevel.HAVO, AdviceLevel.VWO),
}
_LABELS = {
    AdviceLevel.VSO: Text("vso", "vso (special secondary)"),
    AdviceLevel.PRO: Text("praktijkonderwijs", "praktijkonderwijs (practical)"),
    AdviceLevel.VMBO_B: Text("vmbo-basis", "vmbo-basis"),
    AdviceLevel.VMBO_B_K: Text("vmbo-basis/kader", "vmbo-basis/kader"),
    AdviceLevel.VMBO_K: Text("vmbo-kader", "vmbo-kader"),
    AdviceLevel.VMBO_K_GT: Text("vmbo-kader/gt", "vmbo-kader/gt"),
    AdviceLevel.VMBO_GT: Text("vmbo-gt", "vmbo-gt"),
    AdviceLevel.VMBO_GT_HAVO: Text("vmbo-gt/havo", "vmbo-gt/havo"),
    AdviceLevel.HAVO: Text("havo", "havo"),
    AdviceLevel.HAVO_VWO: Text("havo/vwo", "havo/vwo"),
    AdviceLevel.VWO: Text("vwo", "vwo"),
    AdviceLevel.NOT_POSSIBLE: Text("advies niet mogelijk", "no advice possible"),
}
_OF_PARTS = {frozenset(level.parts): level for level in LADDER}

# Every word with which files and schools write a whole level; DUO writes BL and KL until 2013-2014.
_WORDS = {
    AdviceLevel.VSO: "vso",
    AdviceLevel.PRO: "pro praktijkonderwijs praktijk praktijkschool",
    AdviceLevel.VMBO_B: "b bb bl bbl basis basisberoeps basisberoepsgericht basisberoepsgerichte",
    AdviceLevel.VMBO_K: "k kb kl kbl kader kaderberoeps kaderberoepsgericht kaderberoepsgerichte",
    AdviceLevel.VMBO_GT: (
        "g t gt tg gl tl gtl gltl gemengd gemengde theoretisch theoretische mavo"
    ),
    AdviceLevel.HAVO: "h havo",
    AdviceLevel.VWO: "v vwo gymnasium atheneum",
}
_WHOLE = {word: level for level, words in _WORDS.items() for word in words.split()}
_GLUED = {"bk": ("b", "k"), "kgt": ("k", "gt"), "hv": ("h", "v"), "th": ("t", "h")}
_SILENT = frozenset(["vmbo", "advies", "schooladvies", "leerweg", "leerwegen", "en", "of"])
_NONE_POSSIBLE = frozenset({
    "advies niet mogelijk", "niet mogelijk", "geen advies mogelijk", "advies is niet mogelijk",
    "geen specifiek advies mogelijk", "no advice possible",
})  # fmt: skip


def level_of(spelling: object) -> AdviceLevel | None:
    """The level that a text names in the columns of DUO or in the words of schools; else None.

    Never a guess: "vmbo" alone, or two levels that are no neighbours, are no level.

    >>> level_of("VMBO T/HAVO"), level_of("vmbo-kbl"), level_of("vmbo")
    (<AdviceLevel.VMBO_GT_HAVO: 'VMBO_GT_HAVO'>, <AdviceLevel.VMBO_K: 'VMBO_K'>, None)
    """
    if isinstance(spelling, AdviceLevel):
        return spelling
    if not isinstance(spelling, str):
        return None
    words = _words(spelling)
    if re.search(r"[0-9+]", spelling) or "plus" in words:  # "havo 3", "havo+": something else
        return None
    if " ".join(words) in _NONE_POSSIBLE:
        return AdviceLevel.NOT_POSSIBLE
    named = [part for word in words if word not in _SILENT for part in _GLUED.get(word, (word,))]
    levels = {_WHOLE.get(word) for word in named}
    if not levels or None in levels:
        return None
    return _OF_PARTS.get(frozenset(level for level in levels if level is not None))


def nearest(spelling: str) -> AdviceLevel | None:
    """The level whose name looks most like a spelling that is unknown; to suggest, not to use."""
    known = {" ".join(_words(level.label.nl)): level for level in AdviceLevel}
    found = difflib.get_close_matches(" ".join(_words(spelling)), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None


def at_least(level: AdviceLevel | str) -> tuple[AdviceLevel, ...]:
    """This level and all above it. Whether gt/havo counts as "havo" is said by where one starts.

    level: also as schools spell it (``level_of``). Raises PlanError when it has no place.

    >>> [found.value for found in at_least("havo")]
    ['HAVO', 'HAVO_VWO', 'VWO']
    """
    lowest = level_of(level)
    if lowest is None or not lowest.ordered:
        listed = ", ".join(each.value for each in LADDER)
        rule = Text(f"‘{level}’ is hier geen niveau.", f"‘{level}’ is no level here.")
        remedy = Text(f"Kies uit: {listed}.", f"Choose from: {listed}.")
        raise PlanError([Fault(rule, remedy, column="level")])
    return tuple(other for other in LADDER if other >= lowest)


def ladder(levels: Iterable[object]) -> pd.Categorical:
    """Levels (or spellings of them) as an ordered category; what has no place is missing in it."""
    found = [level_of(level) for level in levels]
    values = [level.value if level is not None and level.ordered else None for level in found]
    return pd.Categorical(values, [level.value for level in LADDER], ordered=True)


def _words(spelling: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", spelling.replace("_", " ")).casefold()
    return re.findall(r"[a-z]+", "".join(c for c in plain if not unicodedata.combining(c)))
