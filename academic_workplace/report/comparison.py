"""Whether weights or matches made the arms alike: plain words, tables, and what a report shows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from academic_workplace.comparison.balance import Overlap
from academic_workplace.comparison.weighting import Flag
from academic_workplace.disclosure import (
    Reason,
    fewest,
    may_leave,
    shown_count,
    too_large_a_share,
)
from academic_workplace.effects.result import Effect
from academic_workplace.effects.weighted import Weighted
from academic_workplace.errors import dutch
from academic_workplace.evidence.balance import (
    ADJUSTABLE,
    EQUAL,
    Balance,
    BaselineVerdict,
    Characteristic,
    Measure,
    weighted_balance,
)
from academic_workplace.evidence.description import rare_share
from academic_workplace.language import Text
from academic_workplace.plan import Estimand, Method, Plan, Study
from academic_workplace.report.document import Block, Heading, Paragraph, Picture, Table
from academic_workplace.report.figures.balance import (
    FARTHEST,
    ZONES,
    Line,
    love_alternative,
    love_on,
    love_picture,
    names_of,
    near_a_limit,
)
from academic_workplace.report.figures.overlap import alone, overlap_picture
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.numerals import decimal, digits_for, hidden, pupils_of
from academic_workplace.report.withheld import cell, notes
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAY = phrases("comparison")
WEIGHED, MATCHED, GROUPED = (SAY[f"way.{way}"] for way in ("weighed", "matched", "grouped"))
BY = {Method.NEAREST: MATCHED, Method.OPTIMAL: MATCHED, Method.SUBCLASSES: GROUPED}
FOR_WHOM = {estimand: SAY[f"for_whom.{estimand.value}"] for estimand in Estimand}
WEIGHTS: tuple[Estimand, ...] = (Estimand.ATT, Estimand.ATE, Estimand.ATO)
HOW: dict[Estimand | Text, Text] = {
    **{estimand: SAY[f"how.{estimand.value}"] for estimand in WEIGHTS},
    MATCHED: SAY["how.matched"],
    GROUPED: SAY["how.grouped"],
}
FLAG = {
    Flag.FEW_EFFECTIVE: SAY["flag.few_effective"],
    Flag.ONE_PUPIL: SAY["flag.one_pupil"],
}
ORDER = (BaselineVerdict.SATISFIED, BaselineVerdict.ADJUST, BaselineVerdict.NOT)
KEYS = dict(zip(ORDER, ("satisfied", "adjust", "not"), strict=True))
MOSTLY = 0.95  # of an arm: pupils that count for so many all count about alike
NAMED_AT_MOST = 2  # characteristics in a sentence
MOST = 8  # characteristics in the picture on the page; the appendix has all
CENTURY = 100  # a spread below it and means like years: then they are years


def _people(plan: Plan | None, language: str) -> str:
    """Who a row is; pupils where there is no plan to say so."""
    return (plan.study if plan else Study()).people[language]


def way(method: Method) -> Text:
    """How the arms were made alike: weights, matching, or grouping."""
    return BY.get(method, WEIGHED)


# ---------------------------------------------------------------- what is shown of a balance


def told(balance: Balance) -> list[Characteristic]:
    """A row a characteristic: of a category with two levels the second, for the first says the same.

    Those with the largest difference (without weights) come first; unknown ones last.
    """
    levels: dict[str, list[str]] = {}
    for c in balance:
        levels.setdefault(_name(c), []).append(c.column)
    twice = {found[0] for found in levels.values() if len(found) == 2}
    rows = [c for c in balance if c.column not in twice]
    return sorted(rows, key=lambda c: -abs(c.standardised or 0.0) if _known(c) else 1.0)


def _name(c: Characteristic) -> str:
    return c.column.split("=")[0]


def _known(c: Characteristic) -> bool:
    return c.standardised is not None and not rare(c)


def rare(c: Characteristic) -> bool:
    """Whether it is of fewer than 10 pupils, or a share that tells of so few, of none or of all."""
    if not may_leave(c.n_arm, c.n_comparison):
        return True
    counted = ((c.mean_arm, c.n_arm), (c.mean_comparison, c.n_comparison))
    return c.measure is Measure.COX and any(rare_share(round(p * n), n) for p, n in counted)


def worst(balance: Balance, *, weights: bool) -> dict[str, BaselineVerdict]:
    """Per characteristic its verdict, without or with weights; of a category that of its worst."""
    out: dict[str, BaselineVerdict] = {}
    for c in told(balance):
        verdict = c.weighted.verdict if weights and c.weighted else c.verdict
        if rare(c) or verdict is BaselineVerdict.UNKNOWN:
            continue
        held = out.setdefault(_name(c), verdict)
        out[_name(c)] = max(held, verdict, key=ORDER.index)
    return out


def lines(balance: Balance, plan: Plan | None, language: str) -> list[Line]:
    """The rows from top to bottom: the largest difference without weights first."""
    out = []
    for c in told(balance):
        label, hide = label_of(c, plan, language), rare(c)
        before, after = c.standardised, c.weighted.standardised if c.weighted else None
        before, after = (None if hide or x is None else abs(x) for x in (before, after))
        out.append(Line(label, before, after, hide))
    return out


def label_of(c: Characteristic, plan: Plan | None, language: str) -> str:
    """A characteristic in words; by the name of its column where there is no plan."""
    label = plan.column_label(c.column)[language] if plan else c.column.replace("=", ": ")
    return label[:1].upper() + label[1:]


def love_rows(balance: Balance) -> Balance:
    """Of one analysis and arm: the first with weights, or else the first there is."""
    chosen = next((c for c in balance if c.weighted), None) or next(iter(balance), None)
    return balance.within(chosen.group, chosen.arm) if chosen else balance


def plot_love(balance: Balance, language: str, ax: Axes | None, plan: Plan | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    own = love_rows(balance)
    return love_on(ax, lines(own, plan, language), _by(own), language)


def love_drawing(balance: Balance, language: str, plan: Plan | None) -> Drawing:
    """The picture for a notebook, with its alternative text."""
    own = love_rows(balance)
    rows, by = lines(own, plan, language), _by(own)
    return Drawing(png(love_picture(rows, by, language)), love_alternative(rows, by, language))


def plot_balance(
    detail: Weighted, language: str, ax: Axes | None, plan: Plan | None = None
) -> Axes:
    """``plot_love`` of one weighted or matched effect."""
    return plot_love(weighted_balance(detail), language, ax, plan)


def balance_drawing(detail: Weighted, language: str, plan: Plan | None = None) -> Drawing:
    """``love_drawing`` of one weighted or matched effect."""
    return love_drawing(weighted_balance(detail), language, plan)


def _by(balance: Balance) -> Text | None:
    """What made the arms of one analysis alike; None when nothing did."""
    return next((way(c.weighted.method) for c in balance if c.weighted), None)


def love_block(
    rows: Sequence[Line], by: Text | None, language: str, *, part: bool = False
) -> Picture:
    """The picture for a report. part: whether the rows are not all there are."""
    caption = [SAY["love.caption"][language]]
    if any(x is not None and x > FARTHEST for row in rows for x in (row.before, row.after)):
        caption.append(SAY["love.arrow"][language])
    if part:
        caption.append(SAY["love.part"][language])
    return in_both_widths(
        lambda narrow: love_picture(rows, by, language, narrow=narrow),
        love_alternative(rows, by, language),
        " ".join(caption),
    )


def love_table(balance: Balance, by: Text, plan: Plan | None, language: str) -> Table:
    """The numbers of the love plot, with the direction of each difference and the verdict."""
    before, after = names_of(by, language)
    rows = []
    for c in told(balance):
        cells = [hidden(language)] * 3
        if not rare(c):
            now = c.weighted
            numbers = (c.standardised, now.standardised if now else None)
            zone = ZONES.get(now.verdict if now else c.verdict, SAY["zone.unknown"])
            cells = [*(near_a_limit(x, language) for x in numbers), zone[language]]
        rows.append((label_of(c, plan, language), *cells))
    header = (
        SAY["love.table.characteristic"][language],
        SAY["love.table.difference"][language].format(before=before),
        after.capitalize(),
        SAY["love.table.verdict"][language].format(after=after),
    )
    note = SAY["love.table.note"][language].format(
        before=before,
        low=decimal(EQUAL, 2, language),
        high=decimal(ADJUSTABLE, 2, language),
        minimum=fewest(),
        people=_people(plan, language),
    )
    caption = SAY["love.table.caption"][language].format(before=before, after=after)
    return Table(caption, header, tuple(rows), (False, True, True, False), note)


def why_means(detail: Weighted) -> tuple[Reason, ...]:
    """Why no mean of an analysis is told; () where they are: one cluster has most of an arm."""
    return (Reason.DOMINANCE,) if too_large_a_share(max(detail.most)) else ()


def means_table(
    balance: Balance, by: Text, plan: Plan | None, language: str, why: tuple[Reason, ...] = ()
) -> Table:
    """The means of both groups and the ratio of their variances, without and with weights.

    why: why the means are not told, and the ratios are (``why_means``).
    """
    before, after = names_of(by, language)
    hide = {_name(c) for c in balance if rare(c)}  # a share follows from the others
    rows = []
    for c in told(balance):
        cells = [hidden(language)] * 6
        if _name(c) not in hide:
            means = [c.mean_arm, None, c.mean_comparison, None]
            ratios = [c.variance_ratio, None]
            if c.weighted:
                means[1], means[3] = c.weighted.mean_arm, c.weighted.mean_comparison
                ratios[1] = c.weighted.variance_ratio
            told_means = _means(means, c.sd, language)
            if why:
                told_means = [hidden(language)] * 4
                told_means[0] = cell(why, plan, language) if plan else hidden(language)
            cells = [*told_means, *(decimal(r, 2, language) for r in ratios)]
        rows.append((label_of(c, plan, language), *cells))
    named = (
        SAY[f"means.{what}"][language].format(before=before)
        for what in ("group", "comparison", "variances")
    )
    header = (
        SAY["love.table.characteristic"][language],
        *(name for pair in ((first, after) for first in named) for name in pair),
    )
    note = SAY["means.note"][language].format(minimum=fewest(), people=_people(plan, language))
    note = " ".join([note, *(notes(why, plan, language) if plan else [])])
    numeric = (False, *(True,) * 6)
    return Table(SAY["means.caption"][language], header, tuple(rows), numeric, note)


def _means(means: Iterable[float | None], sd: float | None, language: str) -> list[str]:
    """As precise as their spread; what looks like a year stands without a sign for thousands."""
    found = list(means)
    texts = [decimal(m, digits_for(sd) if sd else 2, language) for m in found]
    if sd is None or sd >= CENTURY or not all(m is None or 1000 <= m <= 2100 for m in found):
        return texts
    return [text.replace("." if dutch(language) else ",", "") for text in texts]


def overlap_block(
    found: Overlap, names: tuple[str, str], by: Text, people: str, language: str
) -> Picture:
    """The picture for a report."""
    return in_both_widths(
        lambda narrow: overlap_picture(found, names, by, language, narrow=narrow),
        overlap_alternative(found, names, language),
        SAY["overlap.caption"][language].format(people=people, minimum=fewest()),
    )


def overlap_alternative(found: Overlap, names: tuple[str, str], language: str) -> str:
    """What the overlap shows, for who cannot see it."""
    row = SAY["overlap.alt.row"][language]
    told = (
        row.format(chance=r[0], treated=r[1], arm=names[0], untreated=r[2], comparison=names[1])
        for r in overlap_table(found, names, WEIGHED, "", language).rows
    )
    ends = (SAY[f"overlap.alt.{end}"][language] for end in ("start", "end"))
    return " ".join([next(ends), *told, next(ends)])


def overlap_table(
    found: Overlap, names: tuple[str, str], by: Text, people: str, language: str
) -> Table:
    """The numbers of the overlap: pupils per bar, and how much of the weight they have."""
    _, after = names_of(by, language)
    between = SAY["overlap.table.range"][language]
    chances = [decimal(100 * edge, 0, language) for edge in found.edges.tolist()]
    rows = tuple(
        (between.format(low=low, high=high), pupils_of(int(t), language), pupils_of(int(c), language),
         decimal(100 * w_t, 0, language), decimal(100 * w_c, 0, language))
        for (low, high), t, c, w_t, w_c in zip(
            itertools.pairwise(chances), found.treated, found.comparison, found.weight_treated,
            found.weight_comparison, strict=True,
        )
        if t or c
    )  # fmt: skip
    first, caption = (SAY[f"overlap.table.{part}"][language] for part in ("chance", "caption"))
    note = SAY["overlap.table.note"][language].format(after=after, people=people, minimum=fewest())
    header = (first, *names, *(f"{name}, {after}" for name in names))
    return Table(caption, header, rows, (False, True, True, True, True), note)


# ---------------------------------------------------------------- in plain words


def verdict_sentence(balance: Balance, by: Text, language: str) -> str:
    """On how many characteristics the groups are alike, without and with weights."""
    before, after = (worst(balance, weights=w) for w in (False, True))
    n, mark = len(after), by[language]
    if not n:
        return SAY["alike.hidden" if any(map(rare, balance)) else "alike.unknown"][language]
    if n == 1:
        (name, now), was = next(iter(after.items())), "unknown"
        if name in before:
            was = KEYS[before[name]]
        first = SAY[f"alike.one.before.{was}"][language].format(by=mark)
        return f"{first} {SAY[f'alike.one.after.{KEYS[now]}'][language].format(by=mark)}"
    was_equal = sum(v is BaselineVerdict.SATISFIED for v in before.values())
    key = "some" if was_equal else "none"
    first = SAY[f"alike.before.{key}"][language].format(by=mark, was=was_equal, n=n)
    equal, small, large = (list(after.values()).count(v) for v in ORDER)
    if equal == n:
        return f"{first} {SAY['alike.after.all'][language].format(by=mark, n=n)}"
    left = "both" if small and large else "small" if small else "large"
    then = SAY[f"alike.after.{'some' if equal else 'none'}.{left}"][language]
    return f"{first} {then.format(by=mark, now=equal, small=small, large=large)}"


def norm_sentence(balance: Balance, plan: Plan | None, language: str) -> str:
    """What the What Works Clearinghouse says of it, all characteristics together."""
    after = worst(balance, weights=True)
    if not after:
        return ""
    if BaselineVerdict.NOT in after.values():
        which = {_name(c): _lower(label_of(c, plan, language)) for c in told(balance) if _is_far(c)}
        names = _and(which.values(), language)
        if len(which) > NAMED_AT_MOST:
            names = SAY["norm.several"][language].format(n=len(which))
        return SAY["norm.far"][language].format(names=names)
    small = [
        c for c in told(balance)
        if not rare(c) and c.weighted and c.weighted.verdict is BaselineVerdict.ADJUST
    ]  # fmt: skip
    if not small:
        return SAY["norm.alike"][language]
    allowed = [bool(c.established) for c in small]
    how_many = "all" if all(allowed) else "some" if any(allowed) else "none"
    return SAY[f"norm.allowed.{how_many}"][language]


def _is_far(c: Characteristic) -> bool:
    verdict = c.weighted.verdict if c.weighted else c.verdict
    return not rare(c) and verdict is BaselineVerdict.NOT


def whom_sentence(detail: Weighted, language: str) -> str:
    """For whom the comparison holds, and who of them was left out."""
    text, lost = FOR_WHOM[detail.estimand][language], detail.left_out[0]
    text = text.format(people=_people(detail.plan, language))
    of_them = detail.estimand is Estimand.ATT
    named = _named(detail, detail.arm)
    if of_them and named:
        text = SAY["for_whom.named"][language].format(pupils=named[language])
    if not lost:
        return text
    n = pupils_of(lost, language)
    if shown_count(lost) is None:
        return f"{text} {SAY['left_out.few_of_them' if of_them else 'left_out.few'][language]}"
    told = SAY["left_out.of_them" if of_them else "left_out.several"][language]
    return f"{text} {told.format(n=n)}"


def counts_sentence(detail: Weighted, language: str) -> str:
    """For how many pupils an arm counts, where some of its pupils count for more than others.

    It tells of all pupils, also of those left out: beside the number of those used it would tell
    how few these are.
    """
    out = []
    sides = zip((detail.arm, detail.comparison), ("yes", "no"), detail.pupils, detail.ess,
                strict=True)  # fmt: skip
    for arm, took, n, ess in sides:
        if not may_leave(n) or ess > MOSTLY * n:
            continue
        named = _named(detail, arm) or SAY[f"took_part.{took}"]
        told = SAY["counts.about" if ess >= fewest() else "counts.few"][language]
        words = {"by": way(detail.method)[language], "pupils": named[language]}
        words["pupils"] = words["pupils"].format(people=_people(detail.plan, language))
        words |= {"about": _about(ess, language), "minimum": str(fewest())}
        out.append(told.format(n=pupils_of(n, language), **words))
    return " ".join(out)


def used_told(detail: Weighted) -> tuple[int | None, int | None]:
    """How many pupils of the arm and of the comparison count; None where it may not be told.

    Elsewhere stands how many there were: of 1 to 9 who do not count, the difference would tell.
    """
    t, c = (
        None if shown_count(lost) is None else used
        for used, lost in zip(detail.used, detail.left_out, strict=True)
    )
    return t, c


def _named(detail: Weighted, arm: str) -> Text | None:
    """What the plan calls the pupils (or parents) of an arm; None when it has no word of its own."""
    own = detail.plan.study.arms.get(arm) if detail.plan else None
    return own.pupils if own else None


def _about(x: float, language: str) -> str:
    """To two figures: more would say more than is known."""
    size = 10 ** max(0, math.floor(math.log10(x)) - 1)
    return pupils_of(round(x / size) * size, language)


def flag_sentences(detail: Weighted, language: str) -> list[str]:
    """What a reader must know before the result."""
    out = [FLAG[flag][language].format(minimum=fewest()) for flag in detail.flags]
    n = alone(detail.overlap) if detail.overlap is not None else 0
    if n and detail.estimand is not Estimand.ATO and not detail.left_out[0]:
        out.append(SAY["flag.alone"][language].format(n=pupils_of(n, language)))
    return out


def alike_sentence(balance: Balance, language: str) -> str:
    """The same of the first analysis with weights, for a balance with several."""
    dutch(language)  # refuses any third language
    own = love_rows(balance)
    return verdict_sentence(own, _by(own) or WEIGHED, language)


def weighted_sentence(detail: Weighted, language: str) -> str:
    """How alike the groups are now, for whom that holds, and what to mind."""
    dutch(language)  # refuses any third language
    own = weighted_balance(detail)
    too_far = BaselineVerdict.NOT in worst(own, weights=True).values()
    parts = [
        verdict_sentence(own, way(detail.method), language),
        norm_sentence(own, detail.plan, language) if too_far else "",
        whom_sentence(detail, language),
        counts_sentence(detail, language),
        *flag_sentences(detail, language),
        SAY["not_measured"][language],
    ]
    return " ".join(part for part in parts if part)


def _and(parts: Iterable[str], language: str) -> str:
    *others, last = parts
    return SAY["and"][language].format(parts=", ".join(others), last=last) if others else last


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


# ---------------------------------------------------------------- in a report


def for_page(balance: Balance) -> Balance:
    """A row a characteristic, of a category its least alike value, and no more than fit on a page.

    Least alike is what is so with weights; among those that are alike then, without them.
    """
    best: dict[str, Characteristic] = {}
    for c in told(balance):
        if _known(c) and (_name(c) not in best or _unlike(c) > _unlike(best[_name(c)])):
            best[_name(c)] = c
    return Balance(tuple(sorted(best.values(), key=_unlike, reverse=True)[:MOST]))


def _unlike(c: Characteristic) -> tuple[int, float]:
    after = c.weighted.verdict if c.weighted else c.verdict
    return ORDER.index(after) if after in ORDER else 0, abs(c.standardised or 0.0)


def page(detail: Weighted, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """Whether the groups became alike, for whom the comparison holds, and the love plot."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    own, by = weighted_balance(detail), way(detail.method)
    people = _people(plan, language)
    how = HOW.get(by if by is not WEIGHED else detail.estimand, HOW[Estimand.ATT])
    blocks: list[Block] = [
        Heading(SAY["title.page"][language], 2),
        Paragraph(f"{how[language].format(people=people)} {verdict_sentence(own, by, language)}"),
    ]
    chosen = for_page(own)
    if chosen:
        rows = lines(chosen, plan, language)
        blocks.append(love_block(rows, by, language, part=len(chosen) < len(told(own))))
    whom = f"{whom_sentence(detail, language)} {counts_sentence(detail, language)}"
    blocks.append(Paragraph(whom.strip()))
    return blocks


def sure(detail: Weighted, effect: Effect, plan: Plan, language: str) -> list[str]:
    """What may still differ, what a standard says, and what to mind."""
    del effect
    norm = norm_sentence(weighted_balance(detail), plan, language)
    return [
        SAY["not_measured"][language],
        *([norm] if norm else []),
        *flag_sentences(detail, language),
    ]


def appendix(detail: Weighted, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The differences of every analysis; of the main one also means, overlap and pictures."""
    if not may_leave(effect.pupils_arm, effect.pupils_comparison):
        return []
    own, by = weighted_balance(detail), way(detail.method)
    wave = plan.wave_label(effect.outcome, effect.wave)[language]
    label, arm = plan.measure(effect.outcome).label[language], plan.arm(effect.arm).label[language]
    of = ", ".join(part for part in (label, wave, arm) if part)
    blocks: list[Block] = [Heading(SAY["title.appendix"][language].format(of=_lower(of)), 3)]
    main = (effect.outcome, effect.wave) == (plan.outcomes[0], plan.waves_in_order[0])
    if main and own:
        blocks.append(love_block(lines(own, plan, language), by, language))
    blocks.append(love_table(own, by, plan, language))
    if not main:
        return blocks
    people = _people(plan, language)
    blocks.append(Paragraph(SAY["no_p_value"][language].format(people=people)))
    blocks.append(means_table(own, by, plan, language, why_means(detail)))
    found = detail.overlap
    if found is not None and len(found.treated):
        names = tuple(plan.arm(a).label[language] for a in (effect.arm, effect.comparison))
        pair = names[0], names[1]
        blocks.append(overlap_block(found, pair, by, people, language))
        blocks.append(overlap_table(found, pair, by, people, language))
    return blocks
