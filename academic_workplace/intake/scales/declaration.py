"""What a questionnaire is: its items, how they are scored, where it comes from, what is allowed.

An instrument is data, not code: a TOML file, shipped or the user's own. None holds an item's text.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academic_workplace.errors import Fault, PlanError, not_known
from academic_workplace.language import Text, both, same
from academic_workplace.toml import read_toml, toml_of

if TYPE_CHECKING:
    import pandas as pd


class Informant(StrEnum):
    """Who answers. The same questions to another informant are another measure."""

    SELF = "self"
    PARENT = "parent"
    TEACHER = "teacher"
    OTHER = "other"


class ScoreMethod(StrEnum):
    """What is made of the answers: their sum (prorated when some are missing) or their mean."""

    SUM = "sum"
    MEAN = "mean"


class Rounding(StrEnum):
    """What happens to a raw score that is no whole number."""

    NONE = "none"
    HALF_UP = "half up"  # floor(0.5 + x)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscale:
    """One score of an instrument.

    items: keys of the items; of a total, all those of its parts. sum_of: the subscales a total is
    the sum of; it is missing when one of them is. minimum: how many items must be answered.
    The raw score (sum or mean of the answers, rounded) is looked up in ``t_values`` (pairs of raw
    score and T-value) when there are any; otherwise the score is raw x ``times`` + ``plus``.
    range: the lowest and highest score there can be. better: ``higher`` or ``lower``.
    """

    key: str
    name: Text
    items: tuple[str, ...]
    minimum: int
    range: tuple[float, float]
    sum_of: tuple[str, ...] = ()
    method: ScoreMethod = ScoreMethod.SUM
    rounding: Rounding = Rounding.NONE
    times: float = 1.0
    plus: float = 0.0
    t_values: tuple[tuple[float, float], ...] = ()
    better: str = "higher"


@dataclass(frozen=True, slots=True)
class Licence:
    """On what terms the instrument may be used, and what those allow and forbid."""

    terms: Text
    permits: Text = Text("", "")
    forbids: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class Unverified:
    """A part of the declaration that was not checked with the source, and why that matters."""

    part: str  # "licence", "scoring", "subscales.total"
    why: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A questionnaire for one informant.

    items: keys in the order of the declaration. range: lowest and highest answer to an item;
    whole: answers are whole numbers. reversed: items whose answer x counts as low + high - x.
    ages: youngest and oldest. unverified: what has to be checked with the source before use.
    """

    key: str
    name: Text
    informant: Informant
    validated: bool
    source: str
    licence: Licence
    range: tuple[float, float]
    items: tuple[str, ...]
    subscales: tuple[Subscale, ...]
    reversed: tuple[str, ...] = ()
    whole: bool = True
    measures: Text = Text("", "")
    ages: tuple[float, float] | None = None
    unverified: tuple[Unverified, ...] = ()

    def column(self, subscale: Subscale) -> str:
        """The name of the column that holds a score: ``sdq_self_emotion``; ``who_5`` when alone."""
        name = self.key.replace("-", "_")
        return name if len(self.subscales) == 1 else f"{name}_{subscale.key.replace('-', '_')}"

    def is_verified(self, subscale: Subscale) -> bool:
        """Whether nothing about how this score is made waits for a check with the source."""
        about = {"items", "range", "reversed", "scoring", "subscales", f"subscales.{subscale.key}"}
        about |= {f"subscales.{part}" for part in subscale.sum_of}
        return not any(each.part in about for each in self.unverified)

    def table(self) -> pd.DataFrame:
        """A row per score: how it is made, its range, and whether that was verified.

        unverified: every part of the instrument that was not, its licence too.
        """
        import pandas as pd

        rows = [
            {
                "instrument": self.key,
                "subscale": each.key,
                "column": self.column(each),
                "items": len(each.items),
                "reversed": len(set(self.reversed) & set(each.items)),
                "method": "sum of subscales" if each.sum_of else each.method.value,
                "minimum": each.minimum,
                "rounding": each.rounding.value,
                "low": each.range[0],
                "high": each.range[1],
                "better": each.better,
                "informant": self.informant.value,
                "validated": self.validated,
                "verified": self.is_verified(each),
                "unverified": ", ".join(doubt.part for doubt in self.unverified),
            }
            for each in self.subscales
        ]
        return pd.DataFrame(rows)

    def item_table(self) -> pd.DataFrame:
        """A row per item: its key, whether it is reversed, its subscales. Never its text."""
        import pandas as pd

        rows = [
            {
                "item": item,
                "reversed": item in self.reversed,
                "subscales": ", ".join(s.key for s in self.subscales if item in s.items),
            }
            for item in self.items
        ]
        return pd.DataFrame(rows)

    def explain(self, language: str = "nl") -> str:
        """What it is, how it is scored, what its licence allows and what was not verified."""
        from academic_workplace.report.questionnaires import instrument_sentences

        return " ".join(instrument_sentences(self, language))

    def _repr_html_(self) -> str:
        return both(self.explain)


# ---------------------------------------------------------------- shipped


@cache
def instruments() -> tuple[Instrument, ...]:
    """The instruments that come with the package, by key.

    >>> [each.key for each in instruments()][:2]
    ['gse', 'kidscreen-10']
    """
    folder = resources.files("academic_workplace.intake.scales") / "instruments"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda f: f.name
    )
    return tuple(one for f in files for one in _versions(f.read_text(encoding="utf-8"), f.name))


def _versions(text: str, file: str) -> list[Instrument]:
    """Those of a shipped file; ``[versions.KEY]`` says what differs for another informant."""
    common = tomllib.loads(text)
    versions = common.pop("versions", {common.get("key"): {}})
    return [_checked({**common, "key": key, **own}, file) for key, own in versions.items()]


def instrument(key: str) -> Instrument:
    """A shipped instrument by its key. Raises PlanError naming those there are.

    >>> instrument("who-5").range
    (0.0, 5.0)
    """
    shipped = {each.key: each for each in instruments()}
    if key not in shipped:
        rule = Text(
            f"De vragenlijst ‘{key}’ is hier onbekend.",
            f"The questionnaire ‘{key}’ is not known here.",
        )
        names = ", ".join(shipped)
        remedy = Text(
            f"Kies uit: {names}. Of lees uw eigen lijst met read_instrument(bestand).",
            f"Choose from: {names}. Or read your own with read_instrument(file).",
        )
        raise PlanError([Fault(rule, remedy)])
    return shipped[key]


# ---------------------------------------------------------------- reading


def read_instrument(path: str | Path) -> Instrument:
    """Read an instrument from a TOML file of one's own.

    Raises PlanError with every unknown key, wrong form and contradiction at once.
    """
    return _parsed(read_toml(path), Path(path).name)


def parse_instrument(text: str, *, file: str = "instrument.toml") -> Instrument:
    """An instrument from the text of a TOML file. Raises as ``read_instrument``."""
    return _parsed(toml_of(text, file), file)


def _parsed(raw: dict[str, Any] | Fault, file: str) -> Instrument:
    if isinstance(raw, Fault):
        raise PlanError([raw])
    return _checked(raw, file)


def _checked(raw: Mapping[str, Any], file: str) -> Instrument:
    faults: list[Fault] = []
    found = _instrument(raw, faults)
    if faults or found is None:
        raise PlanError([replace(fault, file=file) for fault in faults])
    return found


LARGEST = 1e12  # nobody asks for an answer beyond it
WORDS = '{nl = "…", en = "…"}'


def _string(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    return value


def _words(value: Any) -> Text:
    if isinstance(value, str):
        return same(_string(value))
    return Text(_string(value["nl"]), _string(value["en"])) if len(value) == 2 else _fail()


def _fail() -> Any:
    raise ValueError


def _key(value: Any) -> str:
    return str(value) if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value) else _fail()


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else _fail()


def _number(value: Any) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if good and abs(value) < LARGEST else _fail()


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else _fail()


def _ends(value: Any) -> tuple[float, float]:
    low, high = (_number(each) for each in value)
    return (low, high) if low < high else _fail()


def _ages(value: Any) -> tuple[float, float]:
    """Youngest and oldest; ``inf`` when there is no oldest."""
    low, high = value
    return (_number(low), math.inf) if high == math.inf else _ends(value)


def _pairs(value: Any) -> tuple[tuple[float, float], ...]:
    pairs = [(_number(raw), _number(t)) for raw, t in value]
    return tuple(sorted(pairs)) if len(dict(pairs)) == len(pairs) else _fail()


def _names(value: Any) -> tuple[str, ...]:
    """Names, in full or as ``{pattern = "gse#", numbers = [1, 10]}``; ## is 01, 02, ..."""
    if isinstance(value, Mapping):
        (first, last), pattern = (_count(n) for n in value["numbers"]), _string(value["pattern"])
        mark = re.findall("#+", pattern)
        if set(value) != {"numbers", "pattern"} or len(mark) != 1 or not 0 <= first <= last <= 999:
            _fail()
        width = len(mark[0])
        return tuple(pattern.replace(mark[0], f"{n:0{width}d}") for n in range(first, last + 1))
    if not isinstance(value, Sequence) or isinstance(value, str):
        _fail()
    return tuple(_string(each) for each in value)


def _better(value: Any) -> str:
    return str(value) if value in ("higher", "lower") else _fail()


Form = tuple[Callable[[Any], Any], str]  # what takes a value, and how it is written

_ITEMS = 'items = ["a", "b"] / items = {pattern = "naam#", numbers = [1, 10]}'
_SCORING: Mapping[str, Form] = {
    "method": (ScoreMethod, 'method = "sum" / "mean"'),
    "minimum": (_count, "minimum = 3"),
    "rounding": (Rounding, 'rounding = "none" / "half up"'),
    "times": (_number, "times = 4"),
    "plus": (_number, "plus = 0"),
    "t_values": (_pairs, "t_values = [[10, 21.5], [11, 24.0]]"),
}
_SUBSCALE: Mapping[str, Form] = {
    "name": (_words, f"name = {WORDS}"),
    "items": (_names, _ITEMS),
    "sum_of": (_names, 'sum_of = ["…", "…"]'),
    "better": (_better, 'better = "higher" / "lower"'),
} | dict(_SCORING)
_LICENCE: Mapping[str, Form] = {
    name: (_words, f"{name} = {WORDS}") for name in ("terms", "permits", "forbids")
}
_TOP: Mapping[str, Form] = {
    "key": (_key, 'key = "naam-van-de-lijst"'),
    "name": (_words, f"name = {WORDS}"),
    "measures": (_words, f"measures = {WORDS}"),
    "informant": (Informant, 'informant = "self" / "parent" / "teacher" / "other"'),
    "ages": (_ages, "ages = [8, 18]"),
    "validated": (_flag, "validated = false"),
    "source": (_string, 'source = "…"'),
    "range": (_ends, "range = [1, 4]"),
    "whole": (_flag, "whole = true"),
    "items": (_names, _ITEMS),
    "reversed": (_names, 'reversed = ["…"]'),
}
_TABLES = ("scoring", "subscales", "licence", "unverified")
_NEEDED = ("key", "name", "informant", "validated", "source", "range", "items")


def _instrument(raw: Mapping[str, Any], faults: list[Fault]) -> Instrument | None:
    """What the file declares; every fault is added to the list."""
    plain = {key: value for key, value in raw.items() if key not in _TABLES}
    top = _section(plain, _TOP, "", faults, needed=_NEEDED, besides=_TABLES)
    scoring = _section(raw.get("scoring", {}), _SCORING, "[scoring]", faults)
    licence = _section(raw.get("licence", {}), _LICENCE, "[licence]", faults, needed=("terms",))
    tables = raw.get("subscales", {})
    if not isinstance(tables, Mapping) or not tables:
        faults.append(_form_fault("[subscales]", f"[subscales.naam] name = {WORDS}"))
        tables = {}
    parts = {
        key: _section(value, _SUBSCALE, f"[subscales.{key}]", faults, needed=("name",))
        for key, value in tables.items()
    }
    doubts = raw.get("unverified", {})
    forms: Mapping[str, Form] = dict.fromkeys(
        doubts if isinstance(doubts, Mapping) else (), (_words, f"licence = {WORDS}")
    )
    unverified = _section(doubts, forms, "[unverified]", faults)
    known = {*_TOP, *_TABLES, *(f"subscales.{key}" for key in parts)} - {"unverified"}
    faults += [
        not_known("[unverified]", key, sorted(known)) for key in unverified if key not in known
    ]
    if faults:
        return None
    items: tuple[str, ...] = top["items"]
    faults += _item_faults(items, top.get("reversed", ()))
    subscales = _subscales(parts, scoring, items, top["range"], top.get("whole", True), faults)
    loose = [item for item in items if not any(item in each.items for each in subscales)]
    if loose and not faults:
        rule = Text(
            f"Bij geen enkele subschaal horen: {', '.join(loose)}.",
            f"No subscale holds: {', '.join(loose)}.",
        )
        remedy = Text(
            "Zet elk item bij een subschaal, of haal het weg.",
            "Put every item in a subscale, or take it out.",
        )
        faults.append(Fault(rule, remedy, column="items"))
    if faults:
        return None
    return Instrument(
        **top,
        licence=Licence(**licence),
        subscales=subscales,
        unverified=tuple(Unverified(part, why) for part, why in unverified.items()),
    )


def _item_faults(items: tuple[str, ...], turned: tuple[str, ...]) -> list[Fault]:
    faults = [] if items else [_form_fault("items", _ITEMS)]
    for where, names in (("items", items), ("reversed", turned)):
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if twice:
            rule = Text(
                f"Meer dan eens: {', '.join(twice)}.", f"More than once: {', '.join(twice)}."
            )
            remedy = Text("Noem elk item één keer.", "Name every item once.")
            faults.append(Fault(rule, remedy, column=where))
    faults += [not_known("reversed", name, list(items)) for name in turned if name not in items]
    return faults


def _subscales(
    parts: Mapping[str, dict[str, Any]],
    scoring: dict[str, Any],
    items: tuple[str, ...],
    answers: tuple[float, float],
    whole: bool,
    faults: list[Fault],
) -> tuple[Subscale, ...]:
    """Every subscale with what ``[scoring]`` says of all; totals after their parts."""
    simple: dict[str, Subscale] = {}
    totals: list[Subscale] = []
    columns = [key.replace("-", "_") for key in parts]
    for key, part in parts.items():
        where = f"[subscales.{key}]"
        if columns.count(key.replace("-", "_")) > 1:
            rule = Text("Deze naam en een andere worden dezelfde kolom (‘-’ wordt ‘_’).",
                        "This name and another become one column (‘-’ becomes ‘_’).")  # fmt: skip
            remedy = Text("Kies een andere naam.", "Choose another name.")
            faults.append(Fault(rule, remedy, column=where))
        if not re.fullmatch(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*", key):
            faults.append(_form_fault(where, '[subscales.naam] (letters, cijfers, "-" en "_")'))
        if "sum_of" in part:
            continue
        own = part.get("items", items)
        faults += [
            not_known(f"{where} items", name, list(items)) for name in own if name not in items
        ]
        if not own or len(set(own)) < len(own):
            faults.append(_form_fault(f"{where} items", _ITEMS))
            continue
        rules = {"minimum": len(own)} | scoring | part | {"items": own}
        if not 1 <= rules["minimum"] <= len(own):
            faults.append(_form_fault(f"{where} minimum", f"minimum = 1, …, {len(own)}"))
            continue
        simple[key] = _with_range(Subscale(key=key, range=answers, **rules), answers, whole, faults)
    for key, part in parts.items():
        if "sum_of" not in part:
            continue
        where, of = f"[subscales.{key}] sum_of", part["sum_of"]
        faults += [not_known(where, name, list(simple)) for name in of if name not in simple]
        extra = set(part) - {"name", "sum_of", "better"}
        if extra or not of or len(set(of)) < len(of):
            faults.append(_form_fault(f"[subscales.{key}]", 'name, better, sum_of = ["…", "…"]'))
        elif all(name in simple for name in of):
            its = [simple[name] for name in of]
            own = tuple(dict.fromkeys(item for each in its for item in each.items))
            ends = sum(e.range[0] for e in its), sum(e.range[1] for e in its)
            least = sum(each.minimum for each in its)
            totals.append(Subscale(key=key, items=own, minimum=least, range=ends, **part))
    return (*simple.values(), *totals)


def _with_range(
    s: Subscale, answers: tuple[float, float], whole: bool, faults: list[Fault]
) -> Subscale:
    """The lowest and highest score there can be, and whether the T-values cover all between."""
    k = len(s.items) if s.method is ScoreMethod.SUM else 1
    low, high = (k * end for end in answers)
    if not s.t_values:
        ends = sorted((s.times * low + s.plus, s.times * high + s.plus))
        if s.times == 0:
            faults.append(_form_fault(f"[subscales.{s.key}] times", "times = 4"))
        return replace(s, range=(ends[0], ends[1]))
    given = [raw for raw, _ in s.t_values]
    wanted = range(math.ceil(low), math.floor(high) + 1)
    rounded = s.rounding is Rounding.HALF_UP or (whole and s.minimum == len(s.items))
    if (
        s.method is ScoreMethod.MEAN
        or len(given) != len(wanted)
        or given != list(wanted)
        or not rounded
        or (s.times, s.plus) != (1, 0)
    ):
        rule = Text(
            "T-waarden gelden voor elke ruwe som (een heel getal), zonder times en plus.",
            "T-values are for every raw sum (a whole number), without times and plus.",
        )
        remedy = Text(
            f'Geef een T-waarde bij elke som van {low:g} tot {high:g}, en rounding = "half up".',
            f'Give a T-value for every sum from {low:g} to {high:g}, and rounding = "half up".',
        )
        faults.append(Fault(rule, remedy, column=f"[subscales.{s.key}] t_values"))
    values = [t for _, t in s.t_values]
    return replace(s, range=(min(values), max(values)))


def _section(
    raw: object,
    known: Mapping[str, Form],
    where: str,
    faults: list[Fault],
    *,
    needed: Sequence[str] = (),
    besides: Sequence[str] = (),
) -> dict[str, Any]:
    """The keys of one table of the file, checked and converted."""
    if not isinstance(raw, Mapping):
        faults.append(_form_fault(where, f"{where} …"))
        return {}
    out: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in known:
            faults.append(not_known(where, key, [*known, *besides]))
            continue
        take, form = known[key]
        try:
            out[key] = take(value)
        except (ValueError, TypeError, KeyError, AttributeError):
            faults.append(_form_fault(f"{where} {key}".strip(), form))
    for key in needed:
        if key not in raw:
            rule = Text(f"‘{key}’ ontbreekt.", f"‘{key}’ is missing.")
            remedy = Text(f"Voeg toe: {known[key][1]}", f"Add: {known[key][1]}")
            faults.append(Fault(rule, remedy, column=where))
    return out


def _form_fault(where: str, form: str) -> Fault:
    rule = Text("Deze waarde heeft de verkeerde vorm.", "This value has the wrong form.")
    return Fault(rule, Text(f"Schrijf: {form}", f"Write: {form}"), column=where)
