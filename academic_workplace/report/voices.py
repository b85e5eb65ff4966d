"""The report of interviews and open answers: who spoke, what they say, how sure, what now."""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from academic_workplace.disclosure import fewest
from academic_workplace.disclosure.editions import Edition
from academic_workplace.errors import dutch
from academic_workplace.language import LANGUAGES, Text
from academic_workplace.report.build import LABELS, footer
from academic_workplace.report.document import (
    Block,
    Columns,
    Heading,
    Items,
    KeyMessage,
    Notice,
    Paragraph,
    Picture,
    Report,
    Table,
)
from academic_workplace.report.figures.style import Drawing, in_both_widths, png
from academic_workplace.report.figures.voices import (
    Bar,
    Panel,
    saturation_picture,
    themes_picture,
    value_of,
)
from academic_workplace.report.house import house
from academic_workplace.report.manifest import as_json, digest
from academic_workplace.report.numerals import (
    NONE,
    count,
    day,
    decimal,
    hidden,
    interval,
    of_hundred,
)
from academic_workplace.report.pages import write_pages
from academic_workplace.report.released import BETWEEN, FILE, Published, check_release
from academic_workplace.report.wording import capital, joined
from academic_workplace.report.words import phrases
from academic_workplace.voices import (
    Agreement,
    CoOccurrence,
    Frequencies,
    GroupDifference,
    Quotation,
    Quotations,
    Refused,
    Saturation,
    Voices,
)
from academic_workplace.voices.agreement import RELIABLE, TENTATIVE
from academic_workplace.voices.frequencies import ALL

SAY = phrases("voices")
PAGE = phrases("page")
KIND = "voices"
EVERYONE = "everyone"  # the name of all groups together among what was released
FIRST = 3  # themes that the message names
DRAWN = 6  # themes in the picture; the table has them all
BESIDE = 2  # quotations beside a figure
QUOTED = 6  # quotations on the page; those of a theme beside a figure stand there
A_PART = 330  # letters of a figure's own sentences
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z‘])")
PAIRS = 12  # of codes in the table
POINTS = (1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500)  # of the curve in its table


# ---------------------------------------------------------------- sentences


def frequency_sentences(found: Frequencies, language: str) -> list[str]:
    """The themes that most people mention."""
    dutch(language)  # refuses any third language
    told = [found.of(code.key) for code in found.ranked]
    shown = [one for one in told if one.mentioned is not None][:FIRST]
    if not shown:
        return [SAY["nothing"][language]]
    first = shown[0]
    out = [
        SAY["main"][language].format(
            theme=capital(first.code.label[language]),
            n=count(first.mentioned, language), of=count(first.of, language),
        )
    ]  # fmt: skip
    others = [
        SAY["theme_with_count"][language].format(
            theme=_inside(one.code.label[language]), n=count(one.mentioned, language)
        )
        for one in shown[1:]
    ]
    if others:
        said = SAY["then.one" if len(others) == 1 else "then.many"]
        out.append(said[language].format(themes=joined(others, language)))
    return out


def _inside(label: str) -> str:
    """A label as it stands within a sentence."""
    return label[:1].lower() + label[1:]


def difference_sentences(found: Frequencies, language: str) -> list[str]:
    """Which groups mention a theme more often than others, where that is more than chance."""
    if not found.differences:
        return []
    clear = [one for one in found.differences if one.low > 0 or one.high < 0]
    if not clear:
        return [SAY["differ.none"][language]]
    out = [_differ(found, one, language) for one in clear[:FIRST]]
    if len({one.code.key for one in found.differences}) > len({one.code.key for one in clear}):
        out.append(SAY["differ.other"][language])
    return out


def _differ(found: Frequencies, one: GroupDifference, language: str) -> str:
    more, less = (one.group, one.other) if one.estimate > 0 else (one.other, one.group)
    shares = [found.of(one.code.key, group).share or 0.0 for group in (more, less)]
    return SAY["differ.clear"][language].format(
        group=capital(_group(found, more, language)), other=_group(found, less, language),
        theme=_inside(one.code.label[language]),
        share=of_hundred(shares[0]), share_other=of_hundred(shares[1]),
    )  # fmt: skip


def _group(found: Frequencies, group: str, language: str) -> str:
    """A group as readers call it."""
    if group == ALL:
        return SAY["picture.everyone"][language]
    return found.labels[group][language] if group in found.labels else f"‘{group}’"


def agreement_sentences(found: Agreement | None, language: str) -> list[str]:
    """For which themes the readers see the same, by the norm of Krippendorff."""
    dutch(language)  # refuses any third language
    if found is None:
        return [SAY["agree.none"][language]]
    told = [one for one in found if one.alpha is not None]
    weak = [one for one in told if one.alpha is not None and one.alpha < RELIABLE]
    out = []
    if told and not weak:
        out.append(SAY["agree.all"][language].format(coders=found.coders))
    elif told:
        names = joined([f"‘{_inside(one.code.label[language])}’" for one in weak], language)
        out.append(
            SAY["agree.some"][language].format(
                coders=found.coders, n=len(told) - len(weak), of=len(told), weak=names
            )
        )
    rare = [_inside(one.code.label[language]) for one in found if one.alpha is None]
    if rare:
        out.append(SAY["agree.rare"][language].format(themes=joined(rare, language)))
    return out


def pair_sentences(found: CoOccurrence, language: str) -> list[str]:
    """Which two themes most people mention both."""
    dutch(language)  # refuses any third language
    shown = [one for one in found if one.together is not None]
    if not shown:
        return [SAY["pairs.none"][language]]
    most = max(shown, key=lambda one: one.together or 0)
    return [
        SAY["pairs.most"][language].format(
            one=capital(most.code.label[language]), other=_inside(most.other.label[language]),
            n=count(most.together, language),
        )
    ]  # fmt: skip


def saturation_sentences(found: Saturation, language: str) -> list[str]:
    """After how many people hardly anything new was heard."""
    dutch(language)  # refuses any third language
    if found.enough is None:
        return [SAY["saturated.no"][language]]
    out = [
        SAY["saturated.yes"][language].format(
            n=count(found.enough, language), of=count(found.respondents, language),
            codes=found.codes,
        )
    ]  # fmt: skip
    if found.left_out:
        out.append(SAY["saturated.left_out"][language].format(n=found.left_out))
    return out


def quotation_sentences(found: Quotations, language: str) -> list[str]:
    """How many may be quoted, and why others on the list may not."""
    dutch(language)  # refuses any third language
    why = Counter(reason for _, reason in found.refused)
    reasons = [
        SAY[f"quotes.why.{reason.value}"][language].format(n=why[reason])
        for reason in Refused
        if why[reason]
    ]
    refused = joined(reasons, language) if reasons else SAY["quotes.why.nothing"][language]
    return [SAY["quotes.count"][language].format(n=len(found), refused=refused)]


# ---------------------------------------------------------------- the report


def voices_report(found: Voices, language: str, date: datetime.date) -> Report:
    """The report as a value."""
    dutch(language)  # refuses any third language
    study = found.study
    message = " ".join(frequency_sentences(found.frequencies, language))
    parts = [study.audience[language], day(date, language)]
    code = f"{found.made['fragments'][:8]}·{found.made['codings'][:8]}"
    return Report(
        language="nl" if language == "nl" else "en",
        brand=house().name[language],
        mark=PAGE["example"][language] if study.synthetic else "",
        title=study.question[language] or study.title[language],
        subtitle=" · ".join(part for part in parts if part),
        date=date,
        description=message,
        summary=tuple(_summary(found, message, language)),
        page_title=SAY["title.more"][language],
        page=tuple(_page(found, language)),
        appendix_title=PAGE["appendix"][language],
        appendix=tuple(_appendix(found, language)),
        footer=footer(language, code, study.people),
        labels=LABELS[language],
    )


def write_voices(
    found: Voices,
    folder: str | Path,
    languages: tuple[str, ...] = LANGUAGES,
    date: datetime.date | None = None,
    released: str | Path | None = None,
) -> tuple[Path, ...]:
    """Write the report in its languages, with its numbers.

    released: what was told of these people before; ``released.json`` in the folder when left out.
    Raises ReportError as ``write_pages``, and when this edition and an earlier one together would
    tell of too few people.
    """
    when, folder = date or datetime.datetime.now(datetime.UTC).date(), Path(folder)
    numbers = {
        "results.json": json.dumps(_numbers(found), ensure_ascii=False, indent=1, sort_keys=True)
        .encode()
    }  # fmt: skip
    reports = {language: voices_report(found, language, when) for language in languages}
    file = folder / FILE if released is None else Path(released)
    # The manifest of a page is no edition: what was told stands in the file.
    with check_release(published_of(found), file, folder / "no-manifest", when).kept():
        return write_pages(
            reports, folder, kind=KIND, study=found.study, made=found.made, numbers=numbers
        )


def published_of(found: Voices) -> Published:
    """The people that the report counts: who were asked, who mention a code and who do not."""
    counts: dict[str, int] = {}
    links: list[tuple[str, tuple[str, ...]]] = []
    groups = [group for group in found.respondents if group != ALL]

    def place(part: str, group: str, *codes: str) -> str:
        return BETWEEN.join(["voice", part, group or EVERYONE, *codes])

    def put(where: str, n: int | None) -> None:
        if n is not None:
            counts[where] = n

    def whole(part: str, *codes: str) -> None:
        parts = tuple(place(part, group, *codes) for group in groups)
        links.append((place(part, ALL, *codes), parts))

    for group, asked in found.respondents.items():
        put(place("asked", group), asked)
    whole("asked")
    for one in found.frequencies:
        key = one.code.key
        put(place("mention", one.group, key), one.mentioned)
        parts = place("mention", one.group, key), place("silent", one.group, key)
        links.append((place("asked", one.group), parts))
    for each in found.codes:
        whole("mention", each.key)
    for pair in found.co_occurrence:
        codes = pair.code.key, pair.other.key
        put(place("both", ALL, *codes), pair.together)
        for key, kind in zip(codes, ("first", "second"), strict=True):
            parts = place("both", ALL, *codes), place(kind, ALL, *codes)
            links.append((place("mention", ALL, key), parts))
    told = found.study.title.en or found.study.question.en
    return Published(Edition(told, counts, tuple(links)), "", digest([as_json(counts)]))


def _numbers(found: Voices) -> dict[str, object]:
    """Every number of the report in full, and none that stays inside."""
    tables = {
        "frequencies": found.frequencies.table(),
        "co_occurrence": found.co_occurrence.table(),
        "saturation": found.saturation.table(),
    }
    if found.agreement is not None:
        tables["agreement"] = found.agreement.table().drop(columns="limits")
    out = {
        name: json.loads(table.to_json(orient="records", double_precision=15))
        for name, table in tables.items()
    }
    out["synthetic"] = found.study.synthetic
    return out


def _summary(found: Voices, message: str, language: str) -> Iterator[Block]:
    """The first sheet: what was found, who said it, and some of their words."""
    asked = found.respondents[ALL]
    small = ""
    if asked is not None:
        small = SAY["asked"][language].format(
            fragments=count(found.fragments, language), people=count(asked, language)
        )
    told = any(one.mentioned is not None for one in found.frequencies)
    yield KeyMessage(message, small) if told else Notice(message)
    yield Heading(SAY["title.who"][language], 2)
    yield Paragraph(_who(found, language))
    if told:
        yield Heading(SAY["title.most"][language], 2)
        yield _themes(found.frequencies, language)
        sentences = difference_sentences(found.frequencies, language)
        if sentences:
            yield Paragraph(" ".join(sentences))
    yield Heading(SAY["title.quotes"][language], 2)
    yield from _quotes(found, language)


def _page(found: Voices, language: str) -> Iterator[Block]:
    """What follows: beside which figures it stands, how sure it is, what now."""
    told = any(one.mentioned is not None for one in found.frequencies)
    if len(found.display):
        yield Heading(SAY["title.display"][language], 2)
        yield from _display(found, language)
    yield Heading(PAGE["how_sure"][language], 2)
    sure = [*agreement_sentences(found.agreement, language)]
    sure += [SAY["sure.range"][language]] if told else []
    sure.append(SAY["sure.few"][language].format(minimum=fewest()))
    yield Items(tuple(sure))
    yield Heading(PAGE["says_not"][language], 2)
    items = [SAY[f"not_said.{which}"][language] for which in ("all", "mention", "cause")]
    yield Items((*items, *(text[language] for text in found.study.caveats)))
    if found.study.discussion:
        yield Heading(PAGE["discuss"][language], 2)
        yield Items(tuple(text[language] for text in found.study.discussion), ordered=True)


def _who(found: Voices, language: str) -> str:
    groups = []
    for group, n in found.respondents.items():
        if group == ALL:
            continue
        name = _group(found.frequencies, group, language)
        few = SAY["who.few"][language].format(group=name)
        groups.append(few if n is None else SAY["who.group"][language].format(n=count(n, language), group=name))  # fmt: skip
    people = found.respondents[ALL]
    names = joined(groups, language)
    out = [
        SAY["who.hidden"][language].format(groups=names)
        if people is None
        else SAY["who.groups"][language].format(people=count(people, language), groups=names),
        SAY["who.questions.one"][language]
        if found.questions == 1
        else SAY["who.questions.many"][language].format(n=found.questions),
        SAY["who.how_few"][language]
        if found.fragments is None
        else SAY["who.how"][language].format(fragments=count(found.fragments, language)),
    ]
    return " ".join(out)


def panels_of(found: Frequencies, language: str, most: int = DRAWN) -> list[Panel]:
    """The themes that most people mention, with everyone and every group."""
    shown = [code for code in found.ranked if found.of(code.key).mentioned is not None][:most]
    out = []
    for code in shown:
        bars = []
        for group in (ALL, *found.groups):
            one = found.of(code.key, group)
            name = _group(found, group, language)
            bars.append(Bar(name, one.share, one.low, one.high, group == ALL))
        out.append(Panel(code.label[language], tuple(bars)))
    return out


def _themes(found: Frequencies, language: str) -> Picture:
    panels = panels_of(found, language)
    rows = " ".join(
        SAY["picture.alt_row"][language].format(
            theme=panel.title,
            groups="; ".join(f"{bar.label} {value_of(bar, language)}" for bar in panel.bars),
        )
        for panel in panels
    )
    return in_both_widths(
        lambda narrow: themes_picture(panels, language, narrow=narrow),
        SAY["picture.alt"][language].format(rows=rows),
        SAY["picture.caption"][language],
    )


def themes_drawing(found: Frequencies, language: str) -> Drawing:
    """The same picture for a notebook."""
    panels = panels_of(found, language)
    return Drawing(png(themes_picture(panels, language)), _themes(found, language).alt)


def _quote(one: Quotation, found: Voices, language: str) -> str:
    if not one.group:
        return SAY["quote.alone"][language].format(text=one.text)
    name = _group(found.frequencies, one.group, language)
    return SAY["quote.group"][language].format(text=one.text, group=name)


def _quotes(found: Voices, language: str) -> Iterator[Block]:
    """Some quotations, of as many themes as can be, without those that stand beside a figure."""
    beside = {one.fragment for row in found.display for one in row.quotations}
    free = [one for one in found.quotations if one.fragment not in beside]
    chosen: list[Quotation] = []
    for code in found.frequencies.ranked:
        own = [one for one in free if code.key in one.codes and one not in chosen]
        chosen += own[:1]
    chosen += [one for one in free if one not in chosen]
    if not chosen:
        yield Paragraph(SAY["quotes.none"][language])
        return
    yield Paragraph(SAY["quotes.some"][language])
    yield Items(tuple(_quote(one, found, language) for one in chosen[:QUOTED]))


def _display(found: Voices, language: str) -> Iterator[Block]:
    """Every theme with its figure, what people say beside it, and what the two may mean."""
    for row in found.display:
        one = row.frequency
        if one.mentioned is None or one.of is None:
            said = SAY["display.says_hidden"][language].format(hidden=hidden(language))
        else:
            said = SAY["display.says"][language].format(
                n=count(one.mentioned, language), of=count(one.of, language)
            )
        none = SAY["display.no_figure"][language]
        figure = none if row.figure is None else _short(row.figure[language])
        words = tuple(_quote(quotation, found, language) for quotation in row.quotations[:BESIDE])
        yield Heading(row.code.label[language], 3)
        yield Columns(
            (Paragraph(SAY["display.figure"][language].format(figure=figure)),),
            (
                Paragraph(SAY["display.people"][language].format(said=said)),
                *((Items(words),) if words else ()),
            ),
        )
        yield Paragraph(SAY["display.meaning"][language].format(meaning=row.meaning[language]))


def _short(text: str) -> str:
    """The first sentences: so many as are read at a glance, and one at least."""
    first, *others = SENTENCE.split(text)
    for sentence in others:
        if len(first) + len(sentence) > A_PART:
            break
        first = f"{first} {sentence}"
    return first


# ---------------------------------------------------------------- the appendix


def _appendix(found: Voices, language: str) -> Iterator[Block]:
    yield Heading(SAY["title.codes"][language], 2)
    yield _codes(found, language)
    yield Heading(SAY["title.numbers"][language], 2)
    yield _counts(found.frequencies, language)
    if found.frequencies.differences:
        yield _differences(found.frequencies, language)
    if found.agreement is not None:
        yield Heading(SAY["title.agreement"][language], 2)
        yield _agreement(found.agreement, language)
    if len(found.co_occurrence):
        yield Heading(SAY["title.pairs"][language], 2)
        yield Paragraph(" ".join(pair_sentences(found.co_occurrence, language)))
        yield _pairs(found.co_occurrence, language)
    if found.saturation.codes:
        yield Heading(SAY["title.saturation"][language], 2)
        yield Paragraph(" ".join(saturation_sentences(found.saturation, language)))
        yield _curve(found.saturation, language)
        yield _curve_table(found.saturation, language)
    yield Heading(SAY["title.how"][language], 2)
    yield Paragraph(SAY["how.text"][language])
    yield Paragraph(" ".join(quotation_sentences(found.quotations, language)))
    source = found.study.source[language]
    if source:
        yield Heading(PAGE["data"][language], 2)
        yield Paragraph(source)


def _header(names: tuple[str, ...], language: str) -> tuple[str, ...]:
    return tuple(SAY[f"column.{name}"][language] for name in names)


def _codes(found: Voices, language: str) -> Table:
    rows = tuple(
        (c.label[language], c.definition[language], c.example[language]) for c in found.codes
    )
    header = _header(("theme", "definition", "example"), language)
    note = SAY["codes.note"][language]
    return Table(SAY["codes.caption"][language], header, rows, (False,) * 3, note)


def _counts(found: Frequencies, language: str) -> Table:
    rows = []
    for code in found.ranked:
        for group in (ALL, *found.groups):
            one = found.of(code.key, group)
            of = hidden(language) if one.of is None else count(one.of, language)
            numbers = (hidden(language), of, hidden(language), hidden(language))
            if (
                one.mentioned is not None
                and one.share is not None
                and one.low is not None
                and one.high is not None
            ):
                limits = interval(100 * one.low, 100 * one.high, 0, language)
                numbers = (
                    count(one.mentioned, language),
                    of,
                    decimal(100 * one.share, 0, language),
                    limits,
                )
            rows.append((code.label[language], _group(found, group, language), *numbers))
    header = _header(("theme", "group", "mentioned", "of", "share", "interval"), language)
    numeric = (False, False, True, True, True, True)
    note = SAY["numbers.note"][language]
    return Table(SAY["numbers.caption"][language], header, tuple(rows), numeric, note)


def _differences(found: Frequencies, language: str) -> Table:
    rows = tuple(
        (
            one.code.label[language],
            _group(found, one.group, language),
            _group(found, one.other, language),
            decimal(100 * one.estimate, 0, language),
            interval(100 * one.low, 100 * one.high, 0, language),
        )
        for one in found.differences
    )
    header = _header(("theme", "group", "other", "difference", "interval"), language)
    note = SAY["differences.note"][language]
    return Table(
        SAY["differences.caption"][language], header, rows, (False, False, False, True, True), note
    )


def _agreement(found: Agreement, language: str) -> Table:
    rows = []
    for one in found:
        same = NONE if one.observed is None else decimal(100 * one.observed, 0, language)
        rows.append((
            one.code.label[language], same,
            decimal(one.alpha, 2, language), interval(one.alpha_low, one.alpha_high, 2, language),
            decimal(one.kappa, 2, language), interval(one.kappa_low, one.kappa_high, 2, language),
            " ".join(limit[language] for limit in one.limits) or NONE,
        ))  # fmt: skip
    header = _header(
        ("theme", "same", "alpha", "interval", "kappa", "interval", "remark"), language
    )
    note = SAY["agreement.note"][language].format(
        fragments=count(found[0].fragments, language), people=count(found[0].respondents, language),
        coders=found.coders, reliable=decimal(RELIABLE, 2, language),
        tentative=decimal(TENTATIVE, 3, language),
    )  # fmt: skip
    numeric = (False, True, True, True, True, True, False)
    return Table(SAY["agreement.caption"][language], header, tuple(rows), numeric, note)


def _pairs(found: CoOccurrence, language: str) -> Table:
    order = sorted(found, key=lambda one: -1 if one.together is None else -2 - one.together)
    rows = []
    for one in order[:PAIRS]:
        together = hidden(language) if one.together is None else count(one.together, language)
        jaccard = hidden(language) if one.jaccard is None else decimal(one.jaccard, 2, language)
        names = Text(
            f"{one.code.label.nl} + {_inside(one.other.label.nl)}",
            f"{one.code.label.en} + {_inside(one.other.label.en)}",
        )
        same = hidden(language) if one.one_fragment is None else count(one.one_fragment, language)
        rows.append((names[language], together, same, jaccard))
    note = SAY["pairs.note"][language].format(shown=len(rows), all=len(found))
    header = _header(("pair", "together", "one_fragment", "jaccard"), language)
    return Table(
        SAY["pairs.caption"][language], header, tuple(rows), (False, True, True, True), note
    )


def _places(found: Saturation) -> list[int]:
    """After how many people the curve is told in numbers: until nothing changes, and at the end."""
    last = int((found.seen < found.codes - 0.05).sum()) + 1
    nearest = next((n for n in POINTS if n >= last), found.respondents)
    return [n for n in POINTS if n <= nearest and n < found.respondents] + [found.respondents]


def _curve(found: Saturation, language: str) -> Picture:
    rows = [
        SAY["curve.alt_row"][language].format(
            n=count(n, language), seen=decimal(float(found.seen[n - 1]), 1, language)
        )
        for n in _places(found)
    ]
    return in_both_widths(
        lambda narrow: saturation_picture(found, language, narrow=narrow),
        SAY["curve.alt"][language].format(codes=found.codes, rows="; ".join(rows)),
        SAY["curve.caption"][language],
    )


def curve_drawing(found: Saturation, language: str) -> Drawing:
    """The same picture for a notebook."""
    return Drawing(png(saturation_picture(found, language)), _curve(found, language).alt)


def _curve_table(found: Saturation, language: str) -> Table:
    rows = tuple(
        (
            count(n, language),
            decimal(float(found.seen[n - 1]), 1, language),
            decimal(float(found.spread[n - 1]), 1, language),
        )
        for n in _places(found)
    )
    header = _header(("people", "seen", "spread"), language)
    note = SAY["saturation.note"][language]
    return Table(SAY["saturation.caption"][language], header, rows, (True,) * 3, note)
