"""Levels of advice and track: ordered, with half steps, and without a number.

Turning a level into a number is a choice that changes results, so none is made here.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

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


class Place(StrEnum):
    """Where a pupil sits; only in secondary school does a track have a level."""

    SECONDARY = "secondary"
    VSO = "VSO"
    VAVO = "VAVO"  # adult education: no level of its own
    NONE = "NONE"  # nowhere in secondary education


@dataclass(frozen=True, slots=True)
class Track:
    """Where a pupil sits in secondary school: one level, or a bridging class for several.

    levels: whole levels that follow each other, low to high; none outside secondary school.

    >>> track_of("brugklas mavo/havo/vwo").value
    'VMBO_GT_HAVO_VWO'
    >>> track_of("havo").levels, track_of("vavo").place.value
    ((<AdviceLevel.HAVO: 'HAVO'>,), 'VAVO')
    """

    levels: tuple[AdviceLevel, ...]
    place: Place = Place.SECONDARY

    @property
    def value(self) -> str:
        """Its name in a table, written as DUO writes levels."""
        if not self.levels:
            return self.place.value
        names = [level.value for level in self.levels]
        first = next((i for i, name in enumerate(names) if name.startswith("VMBO_")), None)
        return "_".join(
            name if i == first else name.removeprefix("VMBO_") for i, name in enumerate(names)
        )

    @property
    def label(self) -> Text:
        """How a reader knows it."""
        if not self.levels:
            return _PLACES[self.place]
        if len(self.levels) == 1:
            return self.levels[0].label
        names = [_SHORT.get(level, level.value.lower()) for level in self.levels]
        name = "/".join(names)
        vmbo = next((i for i, level in enumerate(self.levels) if level in _SHORT), None)
        if vmbo is not None:
            name = "/".join([*names[:vmbo], "vmbo-" + "/".join(names[vmbo:])])
        return Text(name, name)

    @property
    def sorting(self) -> tuple[int, int]:
        """Low to high, a bridging class between its levels; outside secondary school last."""
        if not self.levels:
            return 2 * len(_PLACE), list(Place).index(self.place)
        return _PLACE[self.levels[0]] + _PLACE[self.levels[-1]], _PLACE[self.levels[-1]]


_SHORT = {AdviceLevel.VMBO_B: "basis", AdviceLevel.VMBO_K: "kader", AdviceLevel.VMBO_GT: "gt"}
_PLACES = {
    Place.VSO: Text("vso", "vso (special secondary)"),
    Place.VAVO: Text("vavo", "vavo (adult education)"),
    Place.NONE: Text("niet in het voortgezet onderwijs", "not in secondary education"),
}
_STEPS = tuple(lv for lv in LADDER if not lv.half_step and lv is not AdviceLevel.VSO)
_BRIDGING = frozenset({
    "brugklas", "brugjaar", "brug", "bridge", "bridging", "class", "klas", "brede", "dakpan",
    "dakpanklas", "onderbouw",
})  # fmt: skip
NOWHERE = frozenset({
    "geen", "none", "niet geplaatst", "not placed", "niet in het voortgezet onderwijs",
    "niet in het vo", "not in secondary education", "geen onderwijs", "no education",
})  # fmt: skip
NO_ADVICE = frozenset({"geen", "geen advies", "none", "no advice"})


def track_of(spelling: object) -> Track | None:
    """The place in secondary school that a text names; else None. Never a guess.

    "vmbo" alone, "havo 3", or levels with a gap between them ("vmbo-k/havo") are no track.
    """
    if isinstance(spelling, Track):
        return spelling
    if isinstance(spelling, AdviceLevel):
        if spelling is AdviceLevel.VSO or not spelling.ordered:
            return Track((), Place.VSO) if spelling.ordered else None
        return Track(spelling.parts)
    if not isinstance(spelling, str):
        return None
    words = _words(spelling)
    if re.search(r"[0-9+]", spelling) or "plus" in words:
        return None
    if " ".join(words) in NOWHERE:
        return Track((), Place.NONE)
    words = [word for word in words if word not in _BRIDGING]
    if words in (["vso"], ["vavo"]):
        return Track((), Place(words[0].upper()))
    named = [part for word in words if word not in _SILENT for part in _GLUED.get(word, (word,))]
    levels = {_WHOLE.get(word) for word in named}
    if not levels or not levels <= set(_STEPS):
        return None
    places = sorted(_STEPS.index(level) for level in levels if level is not None)
    if places != list(range(places[0], places[-1] + 1)):
        return None
    return Track(tuple(_STEPS[place] for place in places))


def is_no_advice(spelling: object) -> bool:
    """Whether a text says that there is no advice (another thing than "no advice possible")."""
    return isinstance(spelling, str) and " ".join(_words(spelling)) in NO_ADVICE


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
