"""Numbers, names and last sentences, alike for everything that compares cohorts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from academic_workplace.cohorts.compare import Cell
from academic_workplace.cohorts.contrasts import DOUBTS, Doubt, Estimate
from academic_workplace.disclosure import fewest
from academic_workplace.errors import dutch
from academic_workplace.language import Text
from academic_workplace.report.numerals import NONE, decimal, digits_for, interval, pupils_of
from academic_workplace.report.words import phrases

SAY = phrases("cohorts")
CELLS_SAID = 3  # combinations that a sentence names


class Sides(Enum):
    """Words for a number below, above and at nought; with them no sign is needed."""

    LEVEL = ("lower", "higher", "no_other_level")
    SIZE = ("smaller", "larger", "no_other_size")
    WAY = ("down", "up", "no_other_way")


@dataclass(frozen=True, slots=True)
class Scale:
    """How numbers of one outcome are written: shares as percentages, others with so many digits."""

    share: bool
    digits: int
    language: str

    def number(self, x: float | None) -> str:
        """A mean or a share."""
        if x is None or not math.isfinite(x):
            return NONE
        return f"{self.plain(x)}%" if self.share else self.plain(x)

    def apart(self, x: float) -> str:
        """A difference, with its unit when it is one of shares."""
        written = self.plain(x)
        if not self.share:
            return written
        return f"{written} {SAY['point' if written == '1' else 'points'][self.language]}"

    def plain(self, x: float) -> str:
        """A difference without a unit."""
        return decimal(100 * x if self.share else x, self.digits, self.language)

    def nought(self, x: float) -> bool:
        """Whether nothing but noughts is written."""
        return self.plain(abs(x)).strip("0.,") == ""

    def signed(self, x: float) -> str:
        """A difference with its sign."""
        written = self.plain(x)
        return written if x < 0 or self.nought(x) else f"+{written}"

    def span(self, found: Estimate | None) -> str:
        """The limits of a difference, for a table or picture."""
        if found is None or found.low is None or found.high is None:
            return NONE
        by = 100 if self.share else 1
        return interval(by * found.low, by * found.high, self.digits, self.language)

    def moved(self, x: float, sides: Sides) -> str:
        """``0,42 kleiner``: a difference whose side is a word."""
        below, above, at = sides.value
        if self.nought(x):
            return SAY[f"side.{at}"][self.language]
        return f"{self.apart(abs(x))} {SAY[f'side.{above if x > 0 else below}'][self.language]}"

    def likely(self, found: Estimate, sides: Sides) -> str:
        """`` (waarschijnlijk tussen 0,12 en 0,72 kleiner)``; nothing where there are no limits, or
        both are written as nought."""
        if found.low is None or found.high is None:
            return ""
        first, last = found.low, found.high
        if self.nought(first) and self.nought(last):
            return ""
        low, high = ("0" if self.nought(x) else self.moved(x, sides) for x in (first, last))
        if first > 0 or last < 0:  # one side of nought: the word once, the smallest first
            near, far = sorted((first, last), key=abs)
            low, high = self.plain(abs(near)), self.moved(far, sides)
        said = SAY["likely"][self.language].format(low=low, high=high)
        return f" {said}"


def scale_of(found: Sequence[Estimate | None], language: str, *, share: bool) -> Scale:
    """As many digits as the narrowest interval needs."""
    dutch(language)  # refuses any third language
    by = 100 if share else 1
    widths = [by * (f.high - f.low) for f in found
              if f is not None and f.low is not None and f.high is not None]  # fmt: skip
    values = [by * abs(f.value) for f in found if f is not None and math.isfinite(f.value)]
    width = min(widths) if widths else max(values, default=1.0)
    return Scale(share, digits_for(width), language)


def turned(found: Estimate) -> Estimate:
    """The same number seen from the other side."""
    low, high = (None if x is None else -x for x in (found.high, found.low))
    return replace(found, value=-found.value, low=low, high=high)


def perhaps_chance(found: Estimate) -> bool:
    """Whether the limits hold nought."""
    return found.low is not None and found.high is not None and found.low <= 0 <= found.high


def word(words: Mapping[str, Text], name: str, language: str) -> str:
    """A column or value in words for readers, or as it stands."""
    return words[name][language] if name in words else name


def named(words: Mapping[str, Text], names: Sequence[str], language: str) -> str:
    """Several of them in a sentence."""
    said = [word(words, name, language) for name in names]
    if len(said) < 2:
        return "".join(said)
    return f"{', '.join(said[:-1])} {SAY['and'][language]} {said[-1]}"


def upper(text: str) -> str:
    """With a capital, as a title or a line of a table begins."""
    return text[:1].upper() + text[1:]


def withheld(
    words: Mapping[str, Text], names: Sequence[str], language: str, *, share: bool
) -> list[str]:
    """Who is not shown, and why. share: then it may also be that almost all are alike, and which of
    the two it is would tell."""
    if not names:
        return []
    said = named(words, names, language)
    why = SAY["withheld.share" if share else "withheld.few"][language]
    return [why.format(names=said, minimum=fewest())]


def ends(
    doubtful: Sequence[Doubt], notes: Sequence[Text], language: str, *, lost: int = 0
) -> list[str]:
    """What to say after the numbers: who is missing, what is doubtful, that it only describes."""
    out = []
    if lost >= fewest():
        out.append(SAY["lost"][language].format(pupils=pupils_of(lost, language)))
    out += [DOUBTS[each][language] for each in doubtful]
    return [*out, *(note[language] for note in notes), SAY["only_describes"][language]]


def cell_name(words: Mapping[str, Text], labels: Sequence[str], language: str) -> str:
    """A combination of values."""
    return ", ".join(word(words, each, language) for each in labels)


def no_counterpart(cells: Sequence[Cell], words: Mapping[str, Text], language: str) -> list[str]:
    """Which combinations have nobody on the other side, and how many pupils that are.

    No number where some are small: with the share of pupils that do have a counterpart, which
    results tell, the number of the others would tell theirs.
    """
    if not cells:
        return []
    told = [cell.pupils for cell in cells if cell.pupils is not None]
    shown = "; ".join(
        f"{cell_name(words, cell.labels, language)} ({word(words, cell.only, language)})"
        for cell in cells[:CELLS_SAID]
    )
    first = SAY["alone.one" if len(cells) == 1 else "alone.many"][language].format(
        cells=shown, number=len(cells)
    )
    kind = "all" if len(told) == len(cells) else "some" if told else "few"
    whom = SAY[f"alone.{kind}"][language].format(
        pupils=pupils_of(sum(told), language), minimum=fewest()
    )
    return [first, whom, SAY["alone.nobody"][language]]


def nothing(language: str) -> str:
    """In the place of a picture of which nothing may be shown."""
    return SAY["nothing"][language].format(minimum=fewest())
