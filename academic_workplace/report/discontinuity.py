"""The jump at a cut-off for readers: plain words, tables, and what makes it believable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from academic_workplace.cutoff import FLAGS, Check, Flag, Jump, Kind, Point
from academic_workplace.disclosure import fewest, may_leave, shown_count
from academic_workplace.effects.discontinuity import ALPHA, Discontinuity
from academic_workplace.effects.result import Effect
from academic_workplace.errors import dutch
from academic_workplace.intake.layout import samples
from academic_workplace.plan import Plan
from academic_workplace.report.document import Block, Heading, Paragraph, Picture, Table
from academic_workplace.report.figures.cutoff import jump_on, jump_picture, running_name, score
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.numerals import (
    NONE,
    decimal,
    digits_for,
    hidden,
    interval,
    of_hundred,
    p_said,
    p_value,
    pupils_of,
)
from academic_workplace.report.words import phrases

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAY = phrases("discontinuity")


# ---------------------------------------------------------------- words


def _people(detail: Discontinuity, language: str) -> str:
    return detail.plan.study.people[language]


def _reach(detail: Discontinuity, language: str) -> tuple[str, str]:
    """From which to which score pupils count."""
    h = detail.jump.bandwidths.h
    digits = digits_for(2 * h)
    low, high = detail.cutoff - h, detail.cutoff + h
    return decimal(low, digits, language), decimal(high, digits, language)


def rule_sentence(detail: Discontinuity, language: str) -> str:
    """Who was offered the programme, and whether all kept to that."""
    text = SAY["rule.below" if detail.below else "rule.above"][language].format(
        running=running_name(detail, language), at=score(detail.cutoff, language)
    )
    if detail.sharp:
        return f"{text} {SAY['kept.all'][language]}"
    took, others = _shares(detail)
    if took is None or others is None:
        return f"{text} {SAY['kept.not_all'][language]}"
    return f"{text} {SAY['kept.shares'][language].format(took=took, others=others)}"


def _shares(detail: Discontinuity) -> tuple[int | None, int | None]:
    """The shares that took part of both sides; None when it would tell of fewer than ten pupils."""
    out = []
    for took, of in zip(detail.took, detail.offers, strict=True):
        told = all(n == 0 or may_leave(n) for n in (took, of - took))
        out.append(of_hundred(took / of) if told and of else None)
    return out[0], out[1]


def jump_sentence(detail: Discontinuity, language: str) -> str:
    """What happens at the cut-off, with its number and range."""
    dutch(language)  # refuses any third language
    jump = detail.jump
    measure = detail.plan.measure(detail.outcome)
    words = {"measure": measure.label[language], "at": score(detail.cutoff, language)}
    if not (jump.se > 0 and _shown(detail)):
        return SAY["jump.no_number"][language].format(**words)
    digits = digits_for(jump.high - jump.low)
    size, low, high = (
        decimal(x, digits, language) for x in (abs(jump.estimate), jump.low, jump.high)
    )
    side = "higher" if jump.estimate > 0 else "lower"
    said = SAY[f"jump.offered.{side}"] if detail.sharp else SAY[f"jump.kept.{side}"]
    text = said[language].format(
        size=size, low=low, high=high, unit=measure.unit[language], **words
    )
    return f"{text} {SAY['only_near'][language].format(people=_people(detail, language))}"


def _shown(detail: Discontinuity) -> bool:
    return may_leave(*detail.jump.within)


# ---------------------------------------------------------------- the picture


def plot_jump(detail: Discontinuity, language: str, ax: Axes | None) -> Axes:
    """The wide picture on axes of the caller's (or new ones, shown by the notebook)."""
    return jump_on(ax, detail, language)


def jump_drawing(detail: Discontinuity, language: str) -> Drawing:
    """The picture for a notebook."""
    return Drawing(png(jump_picture(detail, language)), jump_alternative(detail, language))


def jump_block(detail: Discontinuity, language: str) -> Picture:
    """The picture for a report, with its words."""
    low, high = _reach(detail, language)
    caption = [
        SAY["picture.caption"][language].format(
            people=_people(detail, language), minimum=fewest(), low=low, high=high
        )
    ]
    if not detail.sharp:
        caption.append(SAY["picture.not_kept"][language])
    return in_both_widths(
        lambda narrow: jump_picture(detail, language, narrow=narrow),
        jump_alternative(detail, language),
        " ".join(caption),
    )


def jump_alternative(detail: Discontinuity, language: str) -> str:
    """What the picture shows, for who cannot see it."""
    left, right = detail.lines
    digits = digits_for(max(abs(right.level - left.level), detail.jump.conventional_se, 1e-12))
    return SAY["picture.alt"][language].format(
        measure=detail.plan.measure(detail.outcome).label[language],
        running=running_name(detail, language),
        at=score(detail.cutoff, language),
        below=decimal(left.level, digits, language),
        above=decimal(right.level, digits, language),
    )


# ---------------------------------------------------------------- the report


def page(detail: Discontinuity, _effect: Effect, _plan: Plan, language: str) -> list[Block]:
    """Who was offered the programme, and the picture."""
    if not _shown(detail):
        return []
    compared = f"{SAY['compared'][language]} {SAY['only_near'][language]}"
    told = f"{rule_sentence(detail, language)} {compared.format(people=_people(detail, language))}"
    title = Heading(SAY["page.title"][language], 2)
    return [title, Paragraph(told), jump_block(detail, language)]


def sure(detail: Discontinuity, _effect: Effect, _plan: Plan, language: str) -> list[str]:
    """For whom it holds, and what the checks say."""
    if not _shown(detail):
        return []
    low, high = _reach(detail, language)
    near, people = pupils_of(sum(detail.jump.within), language), _people(detail, language)
    out = [SAY["sure.rests"][language].format(n=near, low=low, high=high, people=people)]
    if detail.no_score:
        n = shown_count(detail.no_score)
        said = SAY["sure.no_score" if n else "sure.no_score_few"][language]
        running = running_name(detail, language)
        out.append(said.format(n=pupils_of(n, language), running=running, people=people))
    out += [FLAGS[flag][language] for flag in _all_flags(detail)]
    out.append(_stays(detail, language))
    return [text for text in out if text]


def _all_flags(detail: Discontinuity) -> list[Flag]:
    return list(dict.fromkeys((*detail.flags, *detail.jump.flags)))


def _stays(detail: Discontinuity, language: str) -> str:
    """Whether other bandwidths, and leaving out the nearest, give an answer within the interval."""
    kinds = (Kind.BANDWIDTH, Kind.DONUT)
    found = [c.jump for c in detail.others if c.kind in kinds and c.jump is not None]
    if not found:
        return ""
    jump = detail.jump
    inside = all(jump.low <= other.estimate <= jump.high for other in found)
    said = SAY["sure.stays" if inside else "sure.changes"][language]
    return said.format(people=_people(detail, language))


def appendix(detail: Discontinuity, effect: Effect, plan: Plan, language: str) -> list[Block]:
    """The numbers behind the picture, every jump, and whether scores were moved."""
    if not _shown(detail):
        return []
    name = plan.measure(effect.outcome).label[language]
    title = SAY["appendix.title"][language].format(measure=name)
    blocks: list[Block] = [Heading(title, 2), Paragraph(_how(detail, language))]
    if samples(plan)[0].key != (effect.outcome, effect.wave):  # the page shows the main one
        blocks.append(jump_block(detail, language))
    told = Counts()
    blocks += [jumps_table(detail, language, told), points_table(detail, language)]
    if detail.covariates:
        blocks.append(covariates_table(detail, language, told))
    return [*blocks, Paragraph(moved_sentence(detail, language))]


def _how(detail: Discontinuity, language: str) -> str:
    """How it was worked out."""
    jump = detail.jump
    digits = digits_for(jump.bandwidths.h)
    h, b = (decimal(x, digits + 1, language) for x in (jump.bandwidths.h, jump.bandwidths.b))
    out = [SAY["how.sharp" if detail.sharp else "how.fuzzy"][language].format(h=h, b=b)]
    if jump.clusters:
        out.append(SAY["how.clusters"][language].format(n=jump.clusters))
    adjusted = ", ".join(detail.plan.column_label(n)[language] for n in detail.adjusted)
    if adjusted:
        out.append(SAY["how.adjusted"][language].format(names=adjusted))
    return " ".join(out)


class Counts:
    """Which numbers of pupils on either side of the cut-off have been told.

    A window within another leaves a ring: of fewer than ten pupils in it, the difference would tell.
    """

    def __init__(self) -> None:
        self._told: tuple[list[int], list[int]] = ([], [])

    def tell(self, within: Sequence[int], language: str) -> Iterator[str]:
        """The numbers below and above as they may be shown."""
        for told, n in zip(self._told, within, strict=True):
            if may_leave(n) and all(shown_count(abs(n - other)) is not None for other in told):
                told.append(n)
                yield pupils_of(n, language)
            else:
                yield hidden(language)


def jumps_table(detail: Discontinuity, language: str, told: Counts | None = None) -> Table:
    """The effect, what it is made of, and what should stay or should not be there."""
    told = told or Counts()
    named: list[tuple[str, Jump | None]] = [("effect", detail.jump)]
    if detail.first is not None:
        named += [("outcome", detail.offered), ("taking_part", detail.first)]
    jumps = [(SAY[f"jumps.{name}"][language], jump) for name, jump in named]
    jumps += [(_check_name(c, language), c.jump) for c in detail.others]
    rows = tuple(_jump_row(name, jump, language, told) for name, jump in jumps)
    note = [SAY["jumps.note"][language].format(minimum=fewest(), people=_people(detail, language))]
    if detail.F is not None:
        note.append(SAY["jumps.strength"][language].format(F=decimal(detail.F, 1, language)))
    header = _columns("", "difference", "interval", "p", "uncorrected", "below", "from",
                      language=language)  # fmt: skip
    caption = SAY["jumps.caption"][language]
    return Table(caption, header, rows, (False, *(True,) * 6), " ".join(note))


def _columns(*names: str, language: str) -> tuple[str, ...]:
    known = {"": "", "p": "p", "holm": "p (Holm)"}
    return tuple(
        known[name] if name in known else SAY[f"column.{name}"][language] for name in names
    )


def _check_name(check: Check, language: str) -> str:
    at = check.at
    if check.kind is Kind.PLACEBO:
        x = decimal(at, digits_for(abs(at)) if at else 0, language)
        return SAY["jumps.elsewhere"][language].format(at=x)
    if check.kind is Kind.DONUT:
        return SAY["jumps.donut"][language].format(at=decimal(at, digits_for(at) + 1, language))
    return SAY["jumps.half" if at < 1 else "jumps.double"][language]


def _jump_row(name: str, jump: Jump | None, language: str, told: Counts) -> tuple[str, ...]:
    if jump is None or not jump.se > 0:
        return (name, *(NONE,) * 6)
    if not may_leave(*jump.within):
        return (name, *(hidden(language),) * 6)
    digits = digits_for(jump.high - jump.low)
    return (
        name,
        decimal(jump.estimate, digits, language),
        interval(jump.low, jump.high, digits, language),
        p_value(jump.p_value, language),
        decimal(jump.conventional, digits, language),
        *told.tell(jump.within, language),
    )


def points_table(detail: Discontinuity, language: str) -> Table:
    """The numbers of the picture."""
    points = [p for side in detail.points for p in side]
    spread = max(p.y for p in points) - min(p.y for p in points) if points else 0.0
    across, up = digits_for(detail.jump.bandwidths.h), digits_for(spread)
    rows = [_point_row(p, across + 1, up, language) for p in points]
    for name, line in zip(("line_below", "line_above"), detail.lines, strict=True):
        rows.append((SAY[f"points.{name}"][language], decimal(line.level, up, language), NONE))
    header = (
        SAY["column.mean_of"][language].format(running=running_name(detail, language)),
        detail.plan.measure(detail.outcome).label[language],
        SAY["column.pupils"][language],
    )
    return Table(SAY["points.caption"][language], header, tuple(rows), (True, True, True))


def _point_row(p: Point, across: int, up: int, language: str) -> tuple[str, str, str]:
    return decimal(p.x, across, language), decimal(p.y, up, language), pupils_of(p.pupils, language)


def covariates_table(detail: Discontinuity, language: str, told: Counts | None = None) -> Table:
    """What should not jump: how pupils were beforehand."""
    rows, told = [], told or Counts()
    for c in detail.covariates:
        name = detail.plan.column_label(c.name)[language]
        cells = _jump_row(name, c.jump, language, told)
        holm = hidden(language) if cells[1] == hidden(language) else p_value(c.p_holm, language)
        rows.append((*cells[:4], holm, *cells[5:]))
    header = _columns("beforehand", "difference", "interval", "p", "holm", "below", "from",
                      language=language)  # fmt: skip
    caption = SAY["covariates.caption"][language]
    return Table(caption, header, tuple(rows), (False, *(True,) * 6))


def moved_sentence(detail: Discontinuity, language: str) -> str:
    """Whether there are as many pupils just below the cut-off as just above it."""
    out, d, c = [], detail.density, detail.counts
    people = _people(detail, language)
    if d is not None:
        said = SAY["moved.density_doubtful" if d.flags else "moved.density"][language]
        z, p = decimal(d.z, 2, language), p_said(d.p_value, language)
        out.append(said.format(z=z, p=p, people=people))
    if all(n == 0 or may_leave(n) for n in (c.left, c.right)):
        out.append(
            SAY["moved.counts"][language].format(
                n=c.left + c.right,
                left=c.left,
                right=c.right,
                p=p_said(c.p_value, language),
                people=people,
            )
        )
    moved = d.p_value if d and not d.flags else c.p_value
    no_sign = SAY["moved.no_sign"][language]
    out.append(no_sign if moved >= ALPHA else FLAGS[Flag.DENSITY][language])
    return " ".join(out)
