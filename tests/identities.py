"""Made-up tables of which it is known what identifies: they measure how well ``find`` sees it.

The names are not the list that ``find`` knows: of the first names of a table, 15 to 45 % are on it
(drawn per table), the others are rarer ones; surnames are built from parts. Run this file to write
the figures in the README of the room again.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import academic_workplace.intake.identity as room
from academic_workplace.intake.identity import Identifier, Kind, Reach, find
from academic_workplace.intake.identity.names import FIRST_NAMES
from academic_workplace.intake.identity.patterns import eleven_test

README = Path(room.__file__).with_name("README.md")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SEED, TABLES = 4711, 300  # a seed that was not looked at while the rules were made


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COMMON = tuple(sorted(FIRST_NAMES))
RARER = words(
    """
    Pepijn Roelof Sietske Jorrit Hidde Wytse Marit Fenna Tess Liv Zara Malak Aylin Berat Emir
    Yigit Ecrin Ilyas Anas Bilal Chaima Dounia Hajar Kaoutar Oumaima Siham Zakaria Jayda Djenna
    Rodrigo Chayenne Kacper Zuzanna Wiktor Oliwia Alicja Dragos Ioana Tesfay Selam Yohannes
    Farhad Parisa Arash Wei Xin Thuy Minh Priya Arjun Foppe Wieke Jildou Gerrit Cornelis Teunis
    Aagje Renée Zoë-Lynn Anne-Fleur Björn Séverine D'Angelo Nünüfer Mare Puck Sterre Fay Fiene
    Boaz Ezra Ties Cas Boris Stella Philou Juul Keet Owen Siem Abel Oskar Melle Jurriaan Ymke
    """
)
STEMS = ("Brug", "Molen", "Berg", "Water", "Wind", "Kerk", "Velden", "Hof", "Boom", "Steen",
         "Schip", "Kamp", "Hoek", "Els", "Lind", "Heid", "Zand", "Dorp", "Wester", "Nieuw",
         "Hage", "Roos", "Zwart", "Schuur", "Mid")  # fmt: skip
ENDS = ("man", "stra", "sma", "ma", "ink", "huis", "laar", "burg", "hout", "mans", "sen", "wijk",
        "hoven", "kamp", "dijk", "veld", "inga", "weg", "donk", "en")  # fmt: skip
FOREIGN = ("El Amrani", "Bouzidi", "Kowalski", "Ahmadi", "Tesfaye", "Wijngaarde", "Pinas", "Chen",
           "da Silva", "Popescu", "Hussein", "Öztürk", "Benali", "Ouali", "Karimi")  # fmt: skip
STREETS = ("Bree", "Haarlemmer", "Lage Rijn", "Julianas", "Anna van Saksen", "Boshuizer",
           "Van der Werf", "Witte Rozen", "Morssing", "Kool", "Zee", "Vijf Mei")  # fmt: skip
STREET_ENDS = ("straat", "weg", "laan", "plein", "kade", "gracht", "hof", "dreef")
TOWNS = ("Leiden", "Leiderdorp", "Voorschoten", "Oegstgeest", "Katwijk", "Zoeterwoude", "Alphen",
         "Den Haag", "Noordwijk", "Warmond")  # fmt: skip
SCHOOLS = ("De Springplank", "Basisschool De Regenboog", "OBS De Vlieger", "Marecollege",
           "Anne Frank", "De Zwaluw", "Stedelijk Gymnasium", "Het Baken", "Leonardo da Vinci",
           "De Meerpaal", "Roomburg", "Prinses Beatrix", "Lucas van Leyden", "Da Costa",
           "Woutertje Pieterse", "De Arcade")  # fmt: skip
START = (
    "Ik vind",
    "Wij vonden",
    "Mijn mentor zegt dat",
    "Soms is het zo dat",
    "Volgens mij is",
    "Het was goed dat",
    "Thuis zeggen ze dat",
    "Eigenlijk heb ik",
    "Meestal voel ik dat",
)
MIDDLE = (
    "de lessen",
    "het groepje",
    "deze juf",
    "een rustige klas",
    "mijn beste vriend",
    "de pauze",
    "een fijne sfeer",
    "dat gesprek",
    "het spel met de kaarten",
    "de nieuwe meester",
)
FINISH = (
    "heel leuk",
    "best moeilijk",
    "niet zo nodig",
    "altijd helpt",
    "beter dan vorig jaar",
    "mij meer vertrouwen gaf",
    "wel wat korter mag",
    "voor iedereen is",
    "nog niet lukt",
)

Rng = np.random.Generator
Maker = Callable[[Rng, int], list[object]]


def first_names(rng: Rng, n: int) -> list[str]:
    common = rng.uniform(0.15, 0.45)
    return [
        str(rng.choice(COMMON)).title() if rng.random() < common else str(rng.choice(RARER))
        for _ in range(n)
    ]


def surnames(rng: Rng, n: int) -> list[str]:
    out = []
    for _ in range(n):
        name = str(rng.choice(STEMS)) + str(rng.choice(ENDS))
        if rng.random() < 0.18:
            name = f"{rng.choice(['van', 'de', 'van de', 'van der', 'ten', 'van den'])} {name}"
        out.append(str(rng.choice(FOREIGN)) if rng.random() < 0.15 else name)
    return out


def full_names(rng: Rng, n: int) -> list[object]:
    pairs = list(zip(first_names(rng, n), surnames(rng, n), strict=True))
    form = rng.integers(5)
    if form == 0:
        return [f"{last}, {first}" for first, last in pairs]
    if form == 1:
        return [f"{first[0]}. {last}" for first, last in pairs]
    if form == 2:
        return [f"{first} {last}".lower() for first, last in pairs]
    return [f"{first} {last}" for first, last in pairs]


def teachers(rng: Rng, n: int) -> list[object]:
    some = full_names(rng, int(rng.integers(4, 9)))
    return list(rng.choice(np.array(some, dtype=object), n))


def birth_dates(rng: Rng, n: int) -> list[object]:
    age = int(rng.integers(2, 17))
    day = np.array([dt.date(2024 - age, 1, 1)] * n) + np.array(
        [dt.timedelta(days=int(days)) for days in rng.integers(0, int(rng.integers(300, 800)), n)]
    )
    form = rng.integers(6)
    if form == 0:
        return [f"{d.day}-{d.month}-{d.year}" for d in day]
    if form == 1:
        return [f"{d:%d/%m/%Y}" for d in day]
    if form == 2:
        return [int(f"{d:%Y%m%d}") for d in day]
    if form == 3:
        return [f"{d:%d%m%Y}" for d in day]
    return [pd.Timestamp(d) for d in day] if form == 4 else [d.isoformat() for d in day]


def serial_births(rng: Rng, n: int) -> list[object]:
    return [int(day) for day in rng.integers(40_000, 40_700, n)]


def bsn(rng: Rng, n: int) -> list[object]:
    out: list[int] = []
    while len(out) < n:
        number = int(rng.integers(10_000_000, 999_999_999))
        if eleven_test(f"{number:09d}") and not f"{number:09d}".startswith("10"):
            out.append(number)
    as_text = rng.random() < 0.5
    return [f"{number:09d}" for number in out] if as_text else list(out)


def emails(rng: Rng, n: int) -> list[object]:
    hosts = ("gmail.com", "school-leiden.nl", "ziggo.nl", "stud.hsleiden.nl")
    return [
        f"{name.lower().replace(' ', '')}{rng.integers(99)}@{rng.choice(hosts)}"
        for name in first_names(rng, n)
    ]


def phones(rng: Rng, n: int) -> list[object]:
    def one() -> str:
        mobile = f"{rng.integers(1, 6)}{rng.integers(10**7):07d}"
        form = rng.integers(5)
        if form == 0:
            return f"06-{mobile}"
        if form == 1:
            return f"+31 6 {mobile}"
        if form == 2:
            return f"071 {rng.integers(5, 6)}{rng.integers(10**6):06d}"
        return f"06{mobile}" if form == 3 else f"06 {mobile[:2]} {mobile[2:5]} {mobile[5:]}"

    if rng.random() < 0.2:  # Excel took the zero
        return [int(f"6{rng.integers(1, 6)}{rng.integers(10**7):07d}") for _ in range(n)]
    return [one() for _ in range(n)]


def addresses(rng: Rng, n: int) -> list[object]:
    return [
        f"{rng.choice(STREETS)}{rng.choice(STREET_ENDS)} {rng.integers(1, 300)}"
        f"{rng.choice(['', '', '', 'a', 'B'])}"
        for _ in range(n)
    ]


def postcodes(rng: Rng, n: int) -> list[object]:
    space = "" if rng.random() < 0.4 else " "
    letters = list("ABCDEFGHJKLMNPRTVWXZ")
    return [
        f"{rng.integers(2300, 2340)}{space}{rng.choice(letters)}{rng.choice(letters)}"
        for _ in range(n)
    ]


def postcodes4(rng: Rng, n: int) -> list[object]:
    return [int(code) for code in rng.integers(2300, 2340, n)]


def ip_addresses(rng: Rng, n: int) -> list[object]:
    return [".".join(str(part) for part in rng.integers(1, 255, 4)) for _ in range(n)]


def latitudes(rng: Rng, n: int) -> list[object]:
    return [float(x) for x in (52.1 + rng.normal(0, 0.1, n)).round(4)]


def ibans(rng: Rng, n: int) -> list[object]:
    def one() -> str:
        bank, number = str(rng.choice(["INGB", "RABO", "ABNA"])), f"{rng.integers(10**9):010d}"
        digits = "".join(str(int(x, 36)) for x in f"{bank}{number}NL00")
        plain = f"NL{98 - int(digits) % 97:02d}{bank}{number}"
        return plain if rng.random() < 0.5 else " ".join(
            plain[i : i + 4] for i in range(0, len(plain), 4)
        )  # fmt: skip

    return [one() for _ in range(n)]


def remarks(rng: Rng, n: int) -> list[object]:
    out = [f"{rng.choice(START)} {rng.choice(MIDDLE)} {rng.choice(FINISH)}" for _ in range(n)]
    return [None if rng.random() < 0.6 else remark for remark in out]


IDENTIFYING: tuple[tuple[Kind, Maker, tuple[str, ...]], ...] = (
    (Kind.NAME, lambda r, n: list(first_names(r, n)),
     ("Voornaam", "roepnaam", "first_name", "Naam leerling", "Wat is je voornaam?")),
    (Kind.NAME, lambda r, n: list(surnames(r, n)), ("achternaam", "Familienaam", "surname")),
    (Kind.NAME, full_names, ("naam", "Leerling", "leerlingnaam", "Name", "naam_kind")),
    (Kind.NAME, teachers, ("mentor", "Leerkracht", "naam docent")),
    (Kind.BIRTH_DATE, birth_dates,
     ("geboortedatum", "GebDatum", "geb.datum", "date of birth", "Wat is je geboortedatum?")),
    (Kind.BIRTH_DATE, serial_births, ("geboortedatum", "GebDat", "dob")),
    (Kind.BSN, bsn, ("BSN", "bsn_leerling", "Onderwijsnummer", "PGN")),
    (Kind.EMAIL, emails, ("e-mail", "RecipientEmail", "Mailadres ouder")),
    (Kind.PHONE, phones, ("telefoon", "tel. nr", "Mobiel", "Telefoonnummer ouders")),
    (Kind.ADDRESS, addresses, ("adres", "Straat en huisnummer", "woonadres")),
    (Kind.POSTCODE, postcodes, ("postcode", "Postcode leerling", "zip")),
    (Kind.POSTCODE, postcodes4, ("PC4", "postcode4", "postcode (cijfers)")),
    (Kind.LOCATION, latitudes, ("LocationLatitude", "breedtegraad")),
    (Kind.IP_ADDRESS, ip_addresses, ("IPAddress", "IP-adres")),
    (Kind.IBAN, ibans, ("IBAN", "Rekeningnummer")),
    (Kind.FREE_TEXT, remarks, ("opmerkingen", "Q12_TEXT", "Toelichting")),
)  # fmt: skip
# Nothing in these tells what they are but a header.
ONLY_BY_HEADER = (serial_births, postcodes4, latitudes)


def levels(*values: object) -> Maker:
    return lambda rng, n: [values[i] for i in rng.integers(0, len(values), n)]


def whole(low: int, high: int) -> Maker:
    return lambda rng, n: [int(x) for x in rng.integers(low, high, n)]


def written(form: str, low: int, high: int) -> Maker:
    return lambda rng, n: [form.format(x) for x in rng.integers(low, high, n)]


def measured(rng: Rng, n: int) -> list[object]:
    """School days in two months; many pupils on one day."""
    days = pd.bdate_range("2022-10-03", periods=40)
    return list(rng.choice(days, int(rng.integers(4, 12)))[rng.integers(0, 4, n)])


def moments(rng: Rng, n: int) -> list[object]:
    start = pd.Timestamp("2023-01-09 08:30")
    return [str(start + pd.Timedelta(minutes=int(m))) for m in rng.integers(0, 90_000, n)]


INNOCENT: tuple[tuple[Maker, tuple[str, ...]], ...] = (
    (lambda _, n: [f"L{i:03d}" for i in range(n)], ("leerling", "lln", "code")),
    (lambda r, n: [r.bytes(8).hex() for _ in range(n)], ("pseudoniem", "leerling", "id")),
    (lambda r, n: [int(x) for x in r.integers(10**8, 10**9, n)], ("id", "respondent")),
    (lambda r, n: [f"{x:09d}" for x in r.integers(0, 10**9, n)], ("leerlingnummer", "code")),
    (lambda _, n: [int(x) for x in 10_200_300 + np.arange(n)], ("stamnummer", "volgnummer")),
    (lambda r, n: [f"{x:010d}" for x in r.integers(0, 10**10, n)], ("sleutel", "toetscode")),
    (lambda r, n: [f"R_{r.bytes(7).hex()}" for _ in range(n)], ("ResponseId", "_recordId")),
    (levels(*SCHOOLS), ("school", "schoolnaam", "naam school")),
    (levels(*SCHOOLS[:4]), ("vestiging", "naam")),
    (levels("02QZ00", "14AB01", "27HM00", "05KL02"), ("BRIN", "vestigingscode")),
    (levels("8a", "8b", "7/8c", "1vmbo2"), ("klas", "groep")),
    (levels("Vlinders", "Beren", "Uilen"), ("groepsnaam", "stamgroep")),
    (levels("jongen", "meisje"), ("sekse", "geslacht")),
    (levels("m", "v", "x"), ("sekse", "gender")),
    (levels("ja", "nee"), ("toestemming", "programma", "mobiel")),
    (levels("helemaal oneens", "oneens", "niet eens en niet oneens", "eens", "helemaal eens"),
     ("item_3", "Mijn leraar kent mijn voornaam", "Ik voel me veilig op straat")),
    (levels("Dat klopt niet", "Dat klopt een beetje", "Dat klopt helemaal"), ("sdq7", "Q3")),
    (levels("VMBO-B", "VMBO-GT/HAVO", "HAVO", "HAVO/VWO", "VWO"), ("advies", "schooladvies")),
    (levels("laag", "midden", "hoog"), ("opleiding_ouders", "opleiding moeder")),
    (levels("Verpleegkundige", "Leraar", "Bakker", "Monteur", "Jurist", "Kok", "Chauffeur",
            "Boekhouder", "Kapper", "Programmeur", "Schilder", "Huisarts"), ("beroep vader",)),
    (levels("Nederland", "Marokko", "Turkije", "Suriname", "Polen", "Syrië"),
     ("geboorteland", "land moeder")),
    (levels(*TOWNS), ("woonplaats", "gemeente")),
    (levels("Mentoren op Zuid", "School's cool", "Levensvaardigheden"), ("programma", "naam")),
    (levels("2311 CS", "2332 KD", "2321 AJ"), ("postcode school", "POSTCODE_VESTIGING")),
    (levels("Sport;Muziek;", "Sport;", "Muziek;Lezen;", "Lezen;", "Sport;Lezen;Gamen;"),
     ("hobby's", "Q8")),
    (levels("Citotoets M8", "IEP", "Route 8", "Dia"), ("toets", "toetsaanbieder")),
    (lambda r, n: [float(x) for x in r.normal(7, 1, n).round(2)], ("cijfer", "score_na")),
    (lambda r, n: [f"{x:.2f}".replace(".", ",") for x in r.normal(7, 1, n)], ("gemiddelde",)),
    (whole(1, 6), ("item_12", "Wij praten over mijn verjaardag", "zelfbeeld")),
    (whole(0, 41), ("totaalscore", "sdq_totaal")),
    (whole(2005, 2016), ("geboortejaar", "schooljaar")),
    (whole(1000, 9999), ("inkomen", "woorden_per_toets")),
    (whole(18_000, 60_000), ("inkomen_ouders", "bedrag")),
    (whole(4, 19), ("leeftijd", "age")),
    (measured, ("afnamedatum", "datum meting", "StartDate")),
    (moments, ("RecordedDate", "tijdstip", "submitdate")),
    (written("{}-2023", 1, 13), ("maand", "periode")),
    (written("week {}", 1, 53), ("week", "lesweek")),
    (written("T{:04d}-{}".replace("{}", "N"), 0, 9999), ("toetsversie", "antwoordblad")),
    (levels("Chrome 118.0.0.0", "Safari 16.6", "Edge 118.0.0.0"), ("Browser", "UserAgent")),
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A table, what each column is (None: nothing), and the cells in which something is hidden."""

    table: pd.DataFrame
    truth: dict[str, Kind | None]
    told: dict[str, bool]  # whether the header says what the column is
    hidden: dict[str, tuple[Kind, int]]


def make(rng: Rng) -> Made:
    """One table of 20 to 300 rows."""
    n = int(rng.choice([20, 50, 120, 300]))
    columns: dict[str, list[object]] = {}
    truth: dict[str, Kind | None] = {}
    told: dict[str, bool] = {}

    def add(cells: list[object], header: str, kind: Kind | None, *, says: bool) -> None:
        name = header
        while name in columns:
            name += "_2"
        columns[name], truth[name], told[name] = cells, kind, says

    for i in rng.choice(len(IDENTIFYING), int(rng.integers(1, 6)), replace=False):
        kind, maker, headers = IDENTIFYING[i]
        says = maker in ONLY_BY_HEADER or rng.random() < 0.5
        header = str(rng.choice(headers)) if says else f"V{len(columns) + 1}"
        add(blanked(rng, maker(rng, n)), header, kind, says=says)
    for i in rng.choice(len(INNOCENT), int(rng.integers(5, 11)), replace=False):
        other, headers = INNOCENT[i]
        header = str(rng.choice(headers)) if rng.random() < 0.8 else f"V{len(columns) + 1}"
        add(blanked(rng, other(rng, n)), header, None, says=False)
    hidden = {}
    if rng.random() < 0.5:
        plain: list[object] = list(rng.choice(["goed", "ziek", "verhuisd", "overig"], n))
        kind, maker = HIDDEN[int(rng.integers(len(HIDDEN)))]
        places = rng.choice(n, int(rng.integers(1, 4)), replace=False)
        for place, value in zip(places, maker(rng, len(places)), strict=True):
            plain[place] = f"{plain[place]}, zie {value}" if rng.random() < 0.5 else str(value)
        add(plain, "bijzonderheid", None, says=False)
        hidden["bijzonderheid"] = (kind, len(places))
    order = rng.permutation(len(columns))
    names = [list(columns)[i] for i in order]
    table = pd.DataFrame({name: columns[name] for name in names})
    return Made(table, truth, told, hidden)


def phones_as_text(rng: Rng, n: int) -> list[object]:
    return [f"06-{rng.integers(1, 6)}{rng.integers(10**7):07d}" for _ in range(n)]


def bsn_as_text(rng: Rng, n: int) -> list[object]:
    return [f"{int(str(number)):09d}" for number in bsn(rng, n)]


HIDDEN: tuple[tuple[Kind, Maker], ...] = (
    (Kind.EMAIL, emails), (Kind.PHONE, phones_as_text), (Kind.BSN, bsn_as_text),
    (Kind.IBAN, ibans),
)  # fmt: skip


def blanked(rng: Rng, cells: list[object]) -> list[object]:
    """The cells with some missing."""
    often = float(rng.choice([0.0, 0.05, 0.2]))
    return [None if rng.random() < often else cell for cell in cells]


@dataclass
class Count:
    """How often something went well."""

    right: int = 0
    of: int = 0

    def add(self, right: bool) -> None:
        self.right += int(right)
        self.of += 1

    @property
    def share(self) -> float:
        return self.right / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson (1927), 95 %: of a share whose normal approximation is solved for the share."""
        if not self.of:
            return 0.0, 1.0
        z, n, p = 1.959964, self.of, self.share
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if not self.of:
            return "–"
        low, high = self.interval
        return f"{self.share:.3f} ({low:.3f}–{high:.3f}), n = {self.of}"


@dataclass(frozen=True)
class Measured:
    """recall: of columns of a kind, found as that kind, by whether the header says so. precision:
    of columns found as a kind, really that. removed: of identifying columns, taken out whatever
    they were taken for. innocent: of other columns, left alone. hidden: of cells, found."""

    recall: dict[tuple[Kind, bool], Count]
    precision: dict[Kind, Count]
    removed: Count
    innocent: Count
    hidden: dict[Kind, Count]
    wrong: list[tuple[str, Kind | None, tuple[Identifier, ...]]]


def measure(seed: int = SEED, tables: int = TABLES) -> Measured:
    """Look for identifiers in made-up tables and compare with what was put there."""
    rng = np.random.default_rng(seed)
    out = Measured(
        {(kind, says): Count() for kind in Kind for says in (True, False)},
        {kind: Count() for kind in Kind}, Count(), Count(),
        {kind: Count() for kind, _ in HIDDEN}, [],
    )  # fmt: skip
    for _ in range(tables):
        made = make(rng)
        found = find(made.table)
        whole = {each.column: each.kind for each in found if each.reach is Reach.COLUMN}
        cells = {(x.column, x.kind): x.count for x in found if x.reach is Reach.CELLS}
        for name, kind in made.truth.items():
            seen = whole.get(name)
            if kind is not None:
                out.recall[kind, made.told[name]].add(seen is kind)
                out.removed.add(seen is not None)
            elif name not in made.hidden:
                spared = seen is None and not any(column == name for column, _ in cells)
                out.innocent.add(spared)
            if seen is not None and name not in made.hidden:
                out.precision[seen].add(seen is kind)
            if seen is not kind:
                out.wrong.append((name, kind, tuple(x for x in found if x.column == name)))
        for name, (kind, count) in made.hidden.items():
            for i in range(count):
                gone = name in whole or i < cells.get((name, kind), 0)
                out.hidden[kind].add(gone)
    return out


def figures(measured: Measured) -> str:
    """The measured figures as a table in Markdown."""
    rows = [
        "| kind | recall, the header says so | recall, the header says nothing | precision |",
        "|---|---|---|---|",
    ]
    for kind in Kind:
        told, untold = measured.recall[kind, True], measured.recall[kind, False]
        rows.append(f"| {kind.value} | {told} | {untold} | {measured.precision[kind]} |")
    rows += [
        "",
        f"- identifying columns taken out, whatever they were taken for: {measured.removed}",
        f"- other columns left alone: {measured.innocent}",
    ]
    rows += [
        f"- {kind.value} in a cell of another column, found: {count}"
        for kind, count in measured.hidden.items()
    ]
    return "\n".join(rows)


def page(text: str, measured: Measured) -> str:
    """The README with these figures between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{figures(measured)}\n{END}{after}"


def worst(counts: Sequence[Count]) -> float:
    return min(count.interval[0] for count in counts if count.of)


if __name__ == "__main__":
    README.write_text(page(README.read_text(), measure()))
