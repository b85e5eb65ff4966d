"""Does the table fit the plan? Every fault at once; then pupils, one row each.

Two engines answer the same questions of a table (``Facts``): pandas for one in memory
(``facts.py``), DuckDB for a file that need not fit (``streaming.py``). One function judges.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from academic_workplace import engines
from academic_workplace.disclosure import fewest
from academic_workplace.errors import SHOWN_ROWS, WHERE_EMPTY, DataError, Fault
from academic_workplace.intake import layout
from academic_workplace.intake.codebook import (
    Codebook,
    Column,
    apply_codebook,
    codebook_of,
    coded,
    read_codebook,
)
from academic_workplace.intake.coding import DATE, is_impossible_date, two_codings
from academic_workplace.intake.facts import (
    Facts,
    Rows,
    everyone_alike,
    facts_of_frame,
    impossible_dates,
    row_numbers,
    wave_of,
    widen,
)
from academic_workplace.intake.files.databases import is_connection
from academic_workplace.intake.files.reading import (
    FIRST_ROW,
    Dialect,
    Form,
    codebook_beside,
    damaged_parquet,
    dialect_of,
    form_of,
    read,
    streams,
)
from academic_workplace.intake.files.writing import codebook_in_parquet
from academic_workplace.intake.layout import comparison_arm, natural
from academic_workplace.intake.pupils import Pupils, label_of, pupils_from_wide
from academic_workplace.intake.recoding import recode_all
from academic_workplace.intake.streaming import facts_of_file, widen_sql
from academic_workplace.language import LANGUAGES, Text, same
from academic_workplace.plan import EVERYONE, NEVER, Plan, planned

NO_ROWS = Rows()
HEADERS = ((FIRST_ROW,), (FIRST_ROW, FIRST_ROW + 1))  # rows that may name columns too
MOST_COMPARED = 20_000  # rows; in more some are alike by chance, and comparing takes long
MOST_ALIKE = 0.05  # of the rows
NEVER_WORDS = (NEVER, "nooit", "geen", "none", "n.v.t.", "nvt")  # that a cluster does not start
NOWHERE: Mapping[str, int] = MappingProxyType({})


def check(
    table: pd.DataFrame, plan: Plan, *, codebook: Codebook | str | Path | None = None
) -> Pupils:
    """Check a table against its plan, and against its codebook.

    table: one row per pupil, or (with ``plan.wave``) one row per pupil and wave.
    codebook: or the file it stands in; when left out the one that travels with the table, or (a
    merge loses it) codebook.toml beside the plan.
    Returns Pupils with the flow of who was lost where, and notes of what was done and not done.

    Raises DataError naming every fault at once, with file, column, rows and remedy.
    """
    plan = planned(plan)
    if not isinstance(table, pd.DataFrame):
        rule = Text("Dit zijn geen gegevens.", "These are no data.")
        remedy = Text(
            "Geef een tabel (DataFrame) of de naam van een bestand.",
            "Give a table (DataFrame) or the name of a file.",
        )
        raise DataError([Fault(rule, remedy)])
    if table.empty:
        rule = Text("Deze tabel heeft geen rijen.", "This table has no rows.")
        remedy = Text("Controleer hoe de tabel is gemaakt.", "Check how the table was made.")
        raise DataError([Fault(rule, remedy, str(table.attrs.get("source", "")))])
    table, notes = _as_planned(table, plan, codebook)
    table, faults = _as_numbers(table, plan)
    if plan.period is not None and isinstance(table.get(plan.treatment), pd.Series):
        table = table.assign(**{plan.treatment: _starts(table[plan.treatment])})
    ready, facts = facts_of_frame(table, plan, codebook_of(table))
    faults += judge(facts, plan)
    if faults:
        raise DataError(faults)
    pupils = pupils_from_wide(widen(ready, plan), plan, facts.labels, facts.coded)
    notes += [*_strange_dates(table, plan), *_same_rows(table, plan)]
    return replace(pupils, notes=(*notes, *_fewer_asked(pupils), *_lonely(pupils)))


def _starts(column: pd.Series) -> pd.Series:
    """The period of start of every row; who never starts has a word for it."""
    words = column.map(label_of, na_action="ignore").astype("str")
    return words.mask(words.isna() | words.str.lower().isin(("", *NEVER_WORDS)), NEVER)


def _as_planned(
    table: pd.DataFrame, plan: Plan, codebook: Codebook | str | Path | None
) -> tuple[pd.DataFrame, list[Text]]:
    """The table with the names, values and missing codes that plan and codebook declare."""
    notes: list[Text] = []
    if codebook is None and codebook_of(table) is None:
        codebook = beside(plan)
    if isinstance(codebook, str | Path):
        codebook = read_codebook(codebook)
    if not isinstance(codebook, Codebook | None):
        rule = Text("Dit is geen codeboek.", "This is no codebook.")
        remedy = Text(
            "Geef de naam van codebook.toml, of wat read_codebook ervan maakt.",
            "Give the name of codebook.toml, or what read_codebook makes of it.",
        )
        raise DataError([Fault(rule, remedy)])
    if codebook is not None:
        table = apply_codebook(table, codebook)
        emptied = codebook_of(table) or codebook
        notes += [
            Text(
                f"{name}: {_count(column)} cellen met een code voor ‘ontbreekt’ zijn nu leeg",
                f"{name}: {_count(column)} cells with a code for ‘missing’ are empty now",
            )
            for name, column in emptied.columns.items()
            if _count(column) > _count(codebook[name])
        ]
    elif codebook_of(table) is None:
        notes.append(
            Text(
                "bij deze tabel is geen codeboek: antwoorden, bereik en codes voor ‘ontbreekt’ zijn"
                " niet nagekeken (zet codebook.toml naast het bestand)",
                "this table has no codebook: answers, ranges and codes for ‘missing’ were not"
                " checked (put codebook.toml beside the file)",
            )
        )
    if plan.rename or plan.recode:
        table, done = recode_all(table, plan.rename, plan.recode)
        notes += [note for one in done for note in one.notes()]
    book = codebook_of(table)
    if book is not None and not any(name in book for name in layout.needed(plan)):
        notes.append(
            Text(
                "in het codeboek staat geen kolom van dit plan: hoort het bij deze gegevens?",
                "the codebook holds no column of this plan: does it belong to these data?",
            )
        )
    return table, notes


def beside(plan: Plan) -> Path | None:
    """The codebook that stands in the folder of the plan."""
    path = plan.file.parent / "codebook.toml" if plan.file is not None else None
    return path if path is not None and path.is_file() else None


def _count(column: Column) -> int:
    return sum(each.count or 0 for each in column.missing)


def _as_numbers(table: pd.DataFrame, plan: Plan) -> tuple[pd.DataFrame, list[Fault]]:
    """The table with the codes of labelled answers where the plan reckons with numbers."""
    book = codebook_of(table)
    numbers: dict[str, pd.Series] = {}
    faults: list[Fault] = []
    for name in layout.numeric(plan) if book is not None else ():
        column = table.get(name)
        if book is None or name not in book or not isinstance(column, pd.Series):
            continue
        words = not pd.api.types.is_numeric_dtype(column.dtype) and bool(book[name].levels)
        if words or isinstance(column.dtype, pd.CategoricalDtype):
            try:
                numbers[name] = coded(column, book[name])
            except DataError as error:
                faults += error.faults
    return (table.assign(**numbers) if numbers else table), faults


IMPOSSIBLE_DATES = Text(
    "Hier staan datums die niet kunnen: vóór 1900 of na vandaag.",
    "There are impossible dates here: before 1900 or after today.",
)


NO_BASELINE = Text(  # what to do about an outcome that nobody has at the baseline
    "Haal de beginmeting (baseline) uit het plan, of vul de kolom aan bij de bron.",
    "Take the baseline out of the plan, or complete the column at its source.",
)


def _strange_dates(table: pd.DataFrame, plan: Plan) -> list[Text]:
    """Impossible dates in columns that the plan does not need: no reason to stop."""
    columns, needed = list(table.columns), layout.needed(plan)
    aside = [
        name
        for name in columns
        if isinstance(name, str) and columns.count(name) == 1 and name not in needed
    ]
    found = [*impossible_dates(table, aside), *(name for name in aside if _odd_words(table[name]))]
    return [Text(*(f"{name}: {IMPOSSIBLE_DATES[code]}" for code in LANGUAGES)) for name in found]


def _odd_words(column: pd.Series) -> bool:
    """Whether dates that are written as text hold one that cannot be."""
    if not isinstance(column.dtype, pd.StringDtype):
        return False
    filled = column.dropna()
    return (
        len(filled) > 0
        and DATE.match(filled.iloc[0]) is not None
        and any(is_impossible_date(word) for word in filled.unique())
    )


def _same_rows(table: pd.DataFrame, plan: Plan) -> list[Text]:
    """Rows that are alike, when the plan names no pupil: it may be one pupil twice, or chance.

    Nothing is said when they are so many that only chance explains them.
    """
    if plan.pupil is not None or len(table) > MOST_COMPARED:
        return []
    columns = [table.iloc[:, i] for i in range(table.shape[1])]
    cells = {i: x.astype("str") if x.dtype == object else x for i, x in enumerate(columns)}
    twice = pd.DataFrame(cells).duplicated(keep=False).to_numpy(bool)
    n = int(twice.sum())
    if not 0 < n <= max(SHOWN_ROWS, MOST_ALIKE * len(table)):
        return []
    rows = row_numbers(table)[twice][:SHOWN_ROWS]
    shown = ", ".join(map(str, rows))
    more = n > len(rows)
    return [
        Text(
            f"{n} rijen zijn precies gelijk aan een andere rij (rij {shown}"
            f"{' en meer' if more else ''}); het plan noemt geen kolom met de leerling (pupil), dus"
            " niet te zien is of dat één leerling is",
            f"{n} rows are precisely like another row (row {shown}"
            f"{' and more' if more else ''}); the plan names no column with the pupil, so it cannot"
            " be seen whether that is one pupil",
        )
    ]


def _fewer_asked(pupils: Pupils) -> list[Text]:
    """Arms of which the plan says that fewer were asked than there are."""
    there = pupils.flow.counts[0, :, :, 0].sum(axis=0)
    return [
        Text(
            f"groep ‘{arm}’: er staan meer leerlingen in het bestand dan volgens het plan zijn"
            " gevraagd (asked)",
            f"arm ‘{arm}’: the file holds more pupils than were asked according to the plan",
        )
        for arm, n in zip(pupils.flow.arms, there, strict=True)
        if n > pupils.plan.asked.get(arm, n)
    ]


def _lonely(pupils: Pupils) -> list[Text]:
    """Arms with one cluster: there can be a description, but no test."""
    flow, units = pupils.flow, pupils.plan.study.cluster_label
    clusters = (flow.counts.sum(axis=(0, 3)) > 0).sum(axis=0)
    arms = [arm for arm in flow.arms if arm not in (*pupils.plan.alone, EVERYONE)]
    return [
        Text(
            f"groep ‘{arm}’ heeft maar één cluster ({units.nl}): toetsen kan dan niet",
            f"arm ‘{arm}’ has only one cluster ({units.en}): no test is possible then",
        )
        for arm in arms
        if clusters[flow.arms.index(arm)] == 1
    ]


def check_file(source: str | Path, plan: Plan) -> Iterator[Pupils]:
    """Check a Parquet or CSV file without loading it, and give its pupils in parts.

    Parts add up (``ClusterMoments`` and ``Flow`` have ``+``). Other kinds of file and tables of a
    database are read whole, and so is every file with a codebook of its own, or when the plan
    tells how to read it or gives new names or values, or its codebook missing codes, or labels
    for what is reckoned with.
    Raises DataError as ``check`` does, without row numbers.
    """
    whole = plan.reading or plan.period or plan.repeated or plan.running or plan.comparing.exact
    if whole or (isinstance(source, str) and is_connection(source)):
        yield check(read(source, **plan.reading), plan)
        return
    path = Path(source)
    place = codebook_beside(path) or beside(plan)
    book = read_codebook(place) if place is not None else None
    changes = book is not None and any(
        book[name].missing
        or book[name].missing_ranges
        or (book[name].levels and name in layout.numeric(plan))
        for name in layout.needed(plan)
        if name in book
    )
    own = place is not None and place.name != "codebook.toml"
    if plan.rename or plan.recode or changes or own or not streams(path) or _brings_book(path):
        yield check(read(path), plan)
        return
    form = form_of(path)
    dialect = dialect_of(path) if form is Form.CSV else None
    try:
        yield from _streamed(path, dialect, plan, book)
    except engines.failures() as error:
        if form is Form.CSV or engines.is_out_of_memory(error):
            raise  # a regular file of text has been read to its end before
        raise damaged_parquet(path) from None


def _brings_book(path: Path) -> bool:
    return form_of(path) is Form.PARQUET and codebook_in_parquet(path) is not None


def _streamed(
    path: Path, dialect: Dialect | None, plan: Plan, book: Codebook | None
) -> Iterator[Pupils]:
    with engines.connect() as engine:
        typed, facts = facts_of_file(engine, path, dialect, plan, book)
        faults = judge(facts, plan)
        if faults:
            raise DataError(faults)
        for part in engines.stream(engine, f"SELECT * FROM {widen_sql(typed, plan)}"):
            yield pupils_from_wide(part, plan, facts.labels)


def judge(facts: Facts, plan: Plan) -> list[Fault]:
    """Every way in which the facts do not fit the plan."""
    faults: list[Fault] = []

    def fault(rule: Text, remedy: Text, column: str = "", rows: Rows = NO_ROWS) -> None:
        faults.append(Fault(rule, remedy, facts.source, column, rows.first, rows.count))

    for name in layout.needed(plan):
        if name not in facts.columns and name in facts.left_out:
            fault(
                Text(
                    "Deze kolom is bij het lezen weggelaten, want zij zegt wie een leerling is.",
                    "This column was left out on reading, for it tells who a pupil is.",
                ),
                Text(
                    "Maak er een pseudoniem van (workplace pseudonymise), of haal de kolom uit het"
                    " plan. Is zij toch nodig: lees met keep=.",
                    "Make it a pseudonym (workplace pseudonymise), or take the column out of the"
                    " plan. If it is needed all the same: read with keep=.",
                ),
                name,
            )
        elif name not in facts.columns:
            near = difflib.get_close_matches(name, facts.columns, n=1, cutoff=0.6)
            fault(
                Text("Deze kolom ontbreekt.", "This column is missing."),
                Text(
                    f"Bedoelt u ‘{near[0]}’? Pas het plan of het bestand aan."
                    if near
                    else "Voeg de kolom toe of pas het plan aan.",
                    f"Do you mean ‘{near[0]}’? Change the plan or the file."
                    if near
                    else "Add the column or change the plan.",
                ),
                name,
            )
    for name in facts.doubled:
        fault(
            Text(
                "Deze kolomnaam komt meer dan eens voor.", "This column name occurs more than once."
            ),
            Text("Geef elke kolom een eigen naam.", "Give every column a name of its own."),
            name,
        )
    for name, rows in facts.blank.items():
        fault(
            Text(
                "Deze cellen zijn leeg; zonder leerling en meetmoment telt een rij nergens mee.",
                "These cells are empty; without a pupil and a wave a row counts nowhere.",
            )
            if plan.wave is not None
            else Text(
                "Deze cellen zijn leeg; zonder jaar telt een rij nergens mee.",
                "These cells are empty; without a period a row counts nowhere.",
            )
            if plan.period is not None
            else Text(
                "Deze cellen zijn leeg; wie op zichzelf staat (alone) heeft een pseudoniem nodig.",
                "These cells are empty; a pupil who stands alone needs a pseudonym.",
            ),
            Text("Vul ze in of haal de rijen weg.", "Fill them in or take the rows out."),
            name,
            rows,
        )
    for name, rows in facts.ambiguous.items():
        fault(
            Text(
                "De punt in deze getallen is niet duidelijk: 1.234 kan 1234 zijn, of 1,234.",
                "The point in these numbers is not clear: 1.234 may be 1234, or 1.234 exactly.",
            ),
            Text(
                "Haal de punten weg, of schrijf een komma voor de decimalen.",
                "Take the points out, or write a comma before the decimals.",
            ),
            name,
            rows,
        )
    for name, rows in facts.not_numbers.items():
        remedy = Text(
            "Maak er getallen van; laat een cel leeg als een getal ontbreekt.",
            "Make them numbers; leave a cell empty when a number is missing.",
        )
        if facts.source and rows.first in HEADERS and rows.count == len(rows.first):
            header = (1, *rows.first)
            remedy = Text(
                "Horen die rijen bij de kop? Haal ze weg uit het bestand, of lees het met"
                f" header={header}.",
                "Are those rows part of the header? Take them out of the file, or read it with"
                f" header={header}.",
            )
        fault(
            Text("Hier horen getallen; er staat tekst.", "Numbers belong here; there is text."),
            remedy,
            name,
            rows,
        )
    for name, rows in facts.strays.items():
        fault(
            Text(
                "Tussen de getallen staat hier tekst, of een verborgen aantal (zoals <5).",
                "Among the numbers there is text here, or a hidden count (such as <5).",
            ),
            Text(
                "Maak die cellen leeg, of zet ze om in het plan ([recode]). Zijn alle waarden"
                " groepen? Noem de kolom dan in het plan bij categories.",
                "Empty those cells, or change them in the plan ([recode]). Are all values groups?"
                " Then name the column in the plan, at categories.",
            ),
            name,
            rows,
        )
    for name, rows in facts.outside.items():
        least, most = (f"{limit:g}" for limit in facts.limits[name])
        fault(
            Text(
                f"Hier staan waarden die niet kunnen: het bereik is {least} tot {most}.",
                f"There are impossible values here: the range is {least} to {most}.",
            ),
            Text(
                "Is het een code voor ‘ontbreekt’ (zoals 99)? Noem die in het codeboek"
                " (missing), of maak de cel leeg.",
                "Is it a code for ‘missing’ (such as 99)? Name it in the codebook (missing), or"
                " empty the cell.",
            ),
            name,
            rows,
        )
    for name, rows in facts.suspected.items():
        fault(
            Text(
                "Hier staan getallen die op een code voor ‘ontbreekt’ lijken (zoals 9 of 99).",
                "There are numbers here that look like a code for ‘missing’ (such as 9 or 99).",
            ),
            Text(
                "Noem de code in het codeboek (missing). Is het een echte waarde? Geef daar dan"
                " het bereik (range) of de antwoorden (levels).",
                "Name the code in the codebook (missing). Is it a real value? Then give the range"
                " or the answers (levels) there.",
            ),
            name,
            rows,
        )
    for name, rows in facts.unknown.items():
        fault(
            Text(
                "Hier staan antwoorden die het codeboek niet kent.",
                "There are answers here that the codebook does not know.",
            ),
            Text(
                "Verbeter de cellen, of noem ze in het codeboek: bij levels, of bij missing als ze"
                " ‘ontbreekt’ betekenen. Omzetten kan ook, in het plan ([recode]).",
                "Mend the cells, or name them in the codebook: in levels, or in missing when they"
                " mean ‘missing’. Or change them in the plan ([recode]).",
            ),
            name,
            rows,
        )
    for name, rows in facts.impossible.items():
        fault(
            IMPOSSIBLE_DATES,
            Text("Verbeter ze, of maak de cel leeg.", "Mend them, or empty the cell."),
            name,
            rows,
        )
    for name, rows in facts.alike.items():
        fault(
            Text(
                "Hier staan namen die alleen in hoofdletters of spaties verschillen. Zo tellen ze"
                " als verschillende groepen.",
                "There are names here that differ in capitals or spaces only. Like this they count"
                " as different groups.",
            ),
            Text(
                "Schrijf elke naam op één manier, of zet ze om in het plan ([recode]).",
                "Write every name in one way, or change them in the plan ([recode]).",
            ),
            name,
            rows,
        )
    for name, found in facts.levels.items():
        if twice := two_codings(found):
            both = _shown(twice)
            fault(
                Text(
                    f"Hetzelfde staat hier op twee manieren: {both.nl}.",
                    f"The same is written in two ways here: {both.en}.",
                ),
                Text(
                    "Zet de ene om in de andere, in het plan ([recode]).",
                    "Turn one into the other, in the plan ([recode]).",
                ),
                name,
            )
    for name, rows in facts.infinite.items():
        fault(
            Text("Hier staat een oneindig getal.", "There is an infinite number here."),
            Text("Maak de cel leeg, of verbeter het getal.", "Empty the cell, or mend it."),
            name,
            rows,
        )
    for name, rows in facts.extreme.items():
        fault(
            Text(
                "Dit getal is zo groot of zo klein dat er niet mee te rekenen is.",
                "This number is so large or so small that it cannot be reckoned with.",
            ),
            Text(
                "Verbeter het getal, of druk de kolom uit in een andere eenheid.",
                "Mend the number, or express the column in another unit.",
            ),
            name,
            rows,
        )
    for name in facts.tiny:
        fault(
            Text(
                "Alle getallen in deze kolom zijn zo klein dat er niet mee te rekenen is.",
                "All numbers of this column are so small that they cannot be reckoned with.",
            ),
            Text("Druk de kolom uit in een andere eenheid.", "Express the column in another unit."),
            name,
        )
    for name in facts.too_many_levels:
        count = len(facts.levels[name])
        fault(
            Text(
                f"Deze kolom heeft {count} verschillende waarden; dat is te veel voor groepen.",
                f"This column has {count} different values; that is too many for groups.",
            ),
            Text(
                "Maak er getallen van, of deel ze in groepen in.",
                "Make them numbers, or sort them into groups.",
            ),
            name,
        )
    if facts.repeated.count:
        fault(
            Text(
                "Sommige leerlingen staan meer dan één keer in de tabel"
                + (" bij hetzelfde meetmoment" if plan.wave else "")
                + ", en die rijen zijn niet gelijk.",
                "Some pupils stand in the table more than once"
                + (" at the same wave" if plan.wave else "")
                + ", and those rows are not alike.",
            ),
            Text(
                "Zoek uit welke rij klopt. Houd per leerling één rij over"
                + (" per meetmoment." if plan.wave else "."),
                "Find out which row is right. Keep one row per pupil"
                + (" and wave." if plan.wave else "."),
            ),
            plan.pupil or "",
            facts.repeated,
        )
    if facts.exact.count:
        fault(
            Text(
                "Sommige rijen staan meer dan één keer in de tabel, precies gelijk.",
                "Some rows stand in the table more than once, precisely alike.",
            ),
            Text("Houd er van elke één over.", "Keep one of each."),
            plan.pupil or "",
            facts.exact,
        )
    if facts.shared.count:
        units = plan.study.cluster_label
        which = f"--id {shlex.quote(str(plan.pupil))} --id {shlex.quote(plan.cluster)}"
        command = f"workplace pseudonymise {which} --keep {shlex.quote(plan.cluster)}"
        fault(
            Text(
                f"Hetzelfde nummer van een leerling staat in meer dan één cluster ({units.nl}).",
                f"The same number of a pupil stands in more than one cluster ({units.en}).",
            ),
            Text(
                "Zijn het verschillende leerlingen, omdat elke school zelf nummert? Maak dan van"
                f" nummer en school samen één schuilnaam: {command} … Is het één leerling, houd dan"
                " één rij over" + (" per meetmoment." if plan.wave else "."),
                "Are they different pupils, for every school has its own numbers? Then make one"
                f" pseudonym of number and school together: {command} … If it is one pupil, keep"
                " one row" + (" per wave." if plan.wave else "."),
            ),
            plan.pupil or "",
            facts.shared,
        )
    for name, rows in facts.moved.items():
        fault(
            Text(
                "Bij sommige leerlingen verschilt deze waarde tussen de meetmomenten.",
                "For some pupils this value differs between the waves.",
            ),
            Text(
                "Zet in elke rij de waarde van de start (wie van school wisselt, telt mee waar"
                " hij of zij begon).",
                "Give every row the value at the start (a pupil who changes school counts where"
                " they began).",
            ),
            name,
            rows,
        )
    if facts.mixed.count and plan.dose:
        fault(
            Text(
                "In sommige clusters kregen niet alle leerlingen even veel. Volgens het plan zijn"
                " hele clusters ingedeeld.",
                "In some clusters not all pupils got the same amount, although the plan says that"
                " whole clusters were assigned.",
            ),
            Text(
                "Verbeter de waarden. Alleen als de hoeveelheid per leerling verschilt: schrijf in"
                ' het plan assigned = "pupil".',
                "Mend the values. Only if the amount differs between pupils: write"
                ' assigned = "pupil" in the plan.',
            ),
            plan.treatment,
            facts.mixed,
        )
    elif facts.mixed.count and plan.period is not None:
        fault(
            Text(
                "Bij sommige clusters (scholen) verschilt het begin van rij tot rij: alsof ze meer"
                " dan eens begonnen, of weer stopten.",
                "For some clusters (schools) the start differs from row to row: as if they started"
                " more than once, or stopped again.",
            ),
            Text(
                "Zet in elke rij van een cluster hetzelfde begin; laat de cel leeg als het nooit"
                " begon.",
                "Give every row of a cluster the same start; leave the cell empty when it never"
                " started.",
            ),
            plan.treatment,
            facts.mixed,
        )
    elif facts.mixed.count and plan.repeated:
        fault(
            Text(
                "In sommige clusters komt meer dan één groep voor. Bij andere leerlingen per"
                " meetmoment hoort een cluster steeds bij dezelfde groep, ook vóór de start.",
                "More than one arm occurs within some clusters. With other pupils at every wave a"
                " cluster belongs to the same arm throughout, before the start as well.",
            ),
            Text(
                "Zet in elke rij van een cluster dezelfde groep. Alleen als leerlingen zelf zijn"
                ' ingedeeld: schrijf in het plan assigned = "pupil".',
                "Give every row of a cluster the same arm. Only if pupils themselves were assigned:"
                ' write assigned = "pupil" in the plan.',
            ),
            plan.treatment,
            facts.mixed,
        )
    elif facts.mixed.count:
        fault(
            Text(
                "In sommige clusters komt meer dan één groep voor. Volgens het plan zijn hele"
                " clusters ingedeeld.",
                "More than one arm occurs within some clusters, although the plan says that whole"
                " clusters were assigned.",
            ),
            Text(
                "Verbeter de waarden. Alleen als leerlingen zelf zijn ingedeeld: schrijf in het"
                ' plan assigned = "pupil".',
                "Mend the values. Only if pupils themselves were assigned: write"
                ' assigned = "pupil" in the plan.',
            ),
            plan.treatment,
            facts.mixed,
        )
    faults += _weight_faults(facts, plan)
    if plan.period is not None:
        faults += _start_faults(facts, plan)
    else:
        faults += _dose_faults(facts, plan) if plan.dose else _arm_faults(facts, plan)
    faults += _wave_faults(facts, plan)
    faults += _empty_faults(facts, plan)
    for (outcome, wave), (count, low, high) in facts.spread.items():
        at = f" ({wave})" if wave else ""
        if wave and wave not in facts.levels.get(str(plan.wave), (wave,)):
            continue  # the wave itself is the fault
        if count == 0:
            fault(
                Text(f"De uitkomst is leeg{at}.", f"The outcome is empty{at}."),
                Text(
                    "Vul de kolom in, of haal de uitkomst uit het plan.",
                    "Fill it in or take it out of the plan.",
                ),
                outcome,
            )
        elif low == high:
            fault(
                Text(
                    f"De uitkomst is voor iedereen gelijk{at}.",
                    f"The outcome is the same for everyone{at}.",
                ),
                Text(
                    "Controleer de kolom; zo valt er niets te vergelijken.",
                    "Check the column; like this there is nothing to compare.",
                ),
                outcome,
            )
    return faults


def _empty_faults(facts: Facts, plan: Plan) -> list[Fault]:
    """Columns that are needed of every pupil, and that nobody in some arm has."""
    faults: list[Fault] = []
    if plan.treatment in facts.too_many_levels:
        return faults
    levels = facts.levels.get(plan.treatment, NOWHERE)
    for name, arms in facts.empty.items():
        wave = wave_of(plan, name)
        when = Text(f" bij het meetmoment ‘{wave}’", f" at the wave ‘{wave}’")
        at = when if wave is not None else same("")
        shown = _shown(arms, levels)
        rule = Text(
            f"Deze kolom is{at.nl} leeg voor iedereen in groep {shown.nl}. Dan valt er niets te"
            " vergelijken.",
            f"This column is empty{at.en} for everyone in arm {shown.en}. Then there is nothing to"
            " compare.",
        )
        if everyone_alike(plan) or set(arms) >= set(levels):
            rule = Text(
                f"Deze kolom is{at.nl} leeg: van geen enkele leerling is dit bekend.",
                f"This column is empty{at.en}: it is known of no pupil.",
            )
        remedy = NO_BASELINE if name in plan.outcomes else WHERE_EMPTY
        faults.append(Fault(rule, remedy, facts.source, name))
    return faults


def _arm_faults(facts: Facts, plan: Plan) -> list[Fault]:
    found = facts.levels.get(plan.treatment)
    if found is None or plan.treatment in facts.too_many_levels:
        return []
    faults: list[Fault] = []

    def fault(rule: Text, remedy: Text) -> None:
        faults.append(Fault(rule, remedy, facts.source, plan.treatment))

    shown = _shown(found, found)
    expected = tuple(plan.study.arms or found)
    named = (*([plan.comparison] if plan.comparison is not None else []), *plan.alone, *plan.asked)
    expected = tuple(dict.fromkeys((*expected, *named)))
    absent = [arm for arm in expected if arm not in found]
    unknown = [arm for arm in found if arm not in expected]
    mend = Text("Verbeter de kolom of het plan.", "Mend the column or the plan.")
    if absent:
        lacking = _shown(absent)
        fault(
            Text(
                f"Deze groep komt niet voor en heeft dus geen clusters: {lacking.nl}. Wel gevonden:"
                f" {shown.nl}.",
                f"This arm does not occur, so it has no clusters: {lacking.en}. Found: {shown.en}.",
            ),
            mend,
        )
    elif len(found) < 2:
        fault(
            Text(
                f"Er zijn geen twee groepen met clusters. Wel gevonden: {shown.nl}.",
                f"There are no two arms with clusters. Found: {shown.en}.",
            ),
            Text(
                "Vul de kolom aan; zonder twee groepen is er niets te vergelijken.",
                "Complete the column; without two arms there is nothing to compare.",
            ),
        )
    elif set(found) <= set(plan.alone):
        fault(
            Text(
                "Volgens het plan staan de leerlingen van elke groep op zichzelf (alone).",
                "The plan says that the pupils of every arm stand alone.",
            ),
            Text(
                "Noem bij alone alleen groepen zonder clusters. Zijn er geen clusters, noem dan bij"
                " cluster de kolom met het pseudoniem.",
                "Name at alone only arms without clusters. If there are no clusters, name the"
                " column with the pseudonym as the cluster.",
            ),
        )
    elif comparison_arm(plan, found) is None:
        fault(
            Text(
                f"Het plan zegt niet welke groep de vergelijkingsgroep is. Gevonden: {shown.nl}.",
                f"The plan does not say which arm is the comparison. Found: {shown.en}.",
            ),
            Text('Schrijf in het plan comparison = "…".', 'Write comparison = "…" in the plan.'),
        )
    if unknown and plan.study.arms:
        there = _shown(unknown, found)
        fault(
            Text(
                f"Deze groepen staan niet in het plan: {there.nl}.",
                f"These arms are not in the plan: {there.en}.",
            ),
            mend,
        )
    return faults


def _start_faults(facts: Facts, plan: Plan) -> list[Fault]:
    """Whether some cluster starts within the periods that were measured."""
    starts, periods = facts.levels.get(plan.treatment), facts.levels.get(str(plan.period))
    if not starts or not periods:
        return []
    faults = []
    if len(periods) < 2:
        rule = Text("Er is maar één periode.", "There is only one period.")
        remedy = Text("Voeg eerdere jaren toe.", "Add earlier years.")
        faults.append(Fault(rule, remedy, facts.source, str(plan.period)))
    begun = [start for start in starts if start != NEVER]
    odd = [start for start in begun if start not in periods and not _placed(start, periods)]
    if odd:
        shown = _shown(odd, starts)
        rule = Text(
            f"Dit begin is niet geschreven zoals de perioden: {shown.nl}.",
            f"This start is not written as the periods are: {shown.en}.",
        )
        remedy = Text(
            f"Schrijf het zoals ‘{next(iter(periods))}’, of laat de cel leeg.",
            f"Write it as ‘{next(iter(periods))}’ is written, or leave the cell empty.",
        )
        faults.append(Fault(rule, remedy, facts.source, plan.treatment))
        return faults
    first, last = (natural(list(periods)[i]) for i in (0, -1))
    if not any(first < natural(start) <= last for start in begun):
        shown = _shown(starts, starts)
        rule = Text(
            f"Geen enkel cluster begint na de eerste periode. Wel gevonden: {shown.nl}.",
            f"No cluster starts after the first period. Found: {shown.en}.",
        )
        remedy = Text(
            "Schrijf het begin zoals de periode (bijvoorbeeld 2024).",
            "Write the start as the period is written (for example 2024).",
        )
        faults.append(Fault(rule, remedy, facts.source, plan.treatment))
    return faults


def _placed(start: str, periods: Iterable[str]) -> bool:
    """Whether a start that is no period has a place among them: numbers, or years in front."""
    both = [start, *periods]
    return len({natural(label)[0] for label in both}) == 1 and (
        natural(start)[0] == 0 or all(label[:4].isdecimal() for label in both)
    )


def _dose_faults(facts: Facts, plan: Plan) -> list[Fault]:
    if facts.dose is None:
        return []
    count, low, high = facts.dose
    if count and low < high:
        return []
    rule = Text(
        "Bij geen enkele leerling is de hoeveelheid bekend.", "The amount is known of no pupil."
    )
    if count:
        rule = Text(
            "Iedereen kreeg even veel; dan is er niets te vergelijken.",
            "Everyone got the same amount; then there is nothing to compare.",
        )
    remedy = Text("Controleer de kolom of het plan.", "Check the column or the plan.")
    return [Fault(rule, remedy, facts.source, plan.treatment)]


def _weight_faults(facts: Facts, plan: Plan) -> list[Fault]:
    faults: list[Fault] = []

    def fault(rule: Text, remedy: Text, rows: Rows = NO_ROWS) -> None:
        name = plan.weights or ""
        faults.append(Fault(rule, remedy, facts.source, name, rows.first, rows.count))

    if facts.negative.count:
        fault(
            Text("Een gewicht is nooit kleiner dan 0.", "A weight is never below 0."),
            Text(
                "Verbeter de gewichten; 0 betekent dat de leerling niet meetelt.",
                "Mend the weights; 0 means that the pupil does not count.",
            ),
            facts.negative,
        )
    if facts.unweighted.count:
        fault(
            Text("Deze leerlingen hebben geen gewicht.", "These pupils have no weight."),
            Text(
                "Vul het in; 0 betekent dat de leerling niet meetelt.",
                "Fill it in; 0 means that the pupil does not count.",
            ),
            facts.unweighted,
        )
    if facts.weightless:
        fault(
            Text("Alle gewichten zijn 0; dan telt niemand.", "All weights are 0; nobody counts."),
            Text("Controleer de kolom of het plan.", "Check the column or the plan."),
        )
    return faults


def _wave_faults(facts: Facts, plan: Plan) -> list[Fault]:
    if plan.wave is None or plan.wave not in facts.levels:
        return []
    found = facts.levels[plan.wave]
    asked = layout.waves_of(plan)
    shown = _shown(found, found)
    return [
        Fault(
            Text(
                f"Het meetmoment ‘{wave}’ komt niet voor. Wel gevonden: {shown.nl}.",
                f"The wave ‘{wave}’ does not occur. Found: {shown.en}.",
            ),
            Text(
                "Verbeter [waves] in het plan, of de kolom.",
                "Mend [waves] in the plan, or the column.",
            ),
            facts.source,
            plan.wave,
        )
        for wave in asked
        if wave not in found
    ]


def _shown(labels: Iterable[str], rows: Mapping[str, int] = NOWHERE) -> Text:
    """Names of groups or waves. rows: of what stands in a column, where a label may be a pupil.

    One in fewer than ten rows is only counted, and so are many.
    """
    every = list(labels)
    if not every:
        return Text("niets", "nothing")
    if len(every) > SHOWN_ROWS:
        return Text(f"{len(every)} verschillende waarden", f"{len(every)} different values")
    named = [f"‘{label}’" for label in every if rows.get(label, fewest()) >= fewest()]
    few = len(every) - len(named)
    one = few == 1
    nl = f"{few} {'waarde (' if one else 'waarden (elk '}in minder dan {fewest()} rijen)"
    en = f"{few} {'value (' if one else 'values (each '}in fewer than {fewest()} rows)"
    return Text(*(", ".join([*named, *([rest] if few else [])]) for rest in (nl, en)))
