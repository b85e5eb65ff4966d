"""Makes the invented files of this folder again, byte for byte. Usage: python make.py

Every school, name and number is invented; only the layouts are those of DUO and CBS.
"""

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openpyxl

HERE = Path(__file__).parent
SEED = 20261122
LEVELS = ["VSO", "PRO", "VMBO_B", "VMBO_B_K", "VMBO_K", "VMBO_K_GT", "VMBO_GT", "VMBO_GT_HAVO",
          "HAVO", "HAVO_VWO", "VWO", "ADVIES_NIET_MOGELIJK"]  # fmt: skip
# How often each is given, invented.
CHANCES = [0.005, 0.015, 0.06, 0.04, 0.09, 0.06, 0.17, 0.1, 0.18, 0.12, 0.15, 0.01]
OLD_LEVELS = {"VMBO_B": "VMBO_BL", "VMBO_B_K": "VMBO_BL_KL", "VMBO_K": "VMBO_KL",
              "VMBO_K_GT": "VMBO_KL_GT"}  # fmt: skip
PROVIDERS = {"IEP": 80.0, "ROUTE8": 200.0, "DIA": 360.0, "AMN": 400.0, "DOE": 300.0, "LIB": 176.0}
MARK = "VERZONNEN"


@dataclass(frozen=True)
class School:
    """One invented location; the codes and postcodes do not exist."""

    brin: str
    location: int
    name: str
    postcode: str
    municipality: int
    size: int  # pupils in groep 8
    sector: str = "Bo"

    @property
    def key(self) -> str:
        """The six characters."""
        return f"{self.brin}{self.location:02d}"


TOWNS = {99: "Verzonnen Voorbeeldstad", 9998: "Verzonnen Proefdorp"}
SCHOOLS = [
    School("99XA", 0, "De Verzonnen Berk", "0999AA", 99, 28),
    School("99XA", 1, "De Verzonnen Berk, locatie Zuid", "0999AB", 99, 14),
    School("99XB", 0, "Het Café-model (verzonnen)", "0999AC", 99, 45),
    School("99XC", 0, "Verzonnen School ’t Één", "0999AD", 99, 21),
    School("99XD", 0, "De Bedachte Boog", "0998AA", 9998, 11),
    School("99XE", 0, "De Bedachte Ster", "0998AB", 9998, 33),
    School("99XF", 0, "Verzonnen sbo De Brug", "0998AC", 9998, 12, "Sbo"),
    School("99XG", 0, "De Gefingeerde Linde", "0998AD", 9998, 9),
]
RNG = np.random.default_rng(SEED)


def draw(size: int, chances: list[float]) -> list[int]:
    """Counts that add up to the size."""
    return [int(n) for n in RNG.multinomial(size, np.array(chances) / sum(chances))]


def hide(n: int, sign: str = "<5") -> str:
    """A count as DUO writes it."""
    return sign if 0 < n < 5 else str(n)


def write(name: str, rows: list[list[object]], separator: str, encoding: str) -> None:
    """A file of text with the line ends of Windows."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(rows)
    (HERE / name).write_bytes(out.getvalue().encode(encoding))


def advice_years() -> dict[str, list[tuple[School, list[int]]]]:
    """The counts of every year, with a school that changes its name and one that merges."""
    out = {}
    for year in ("2013-2014", "2018-2019", "2022-2023", "2024-2025"):
        there = list(SCHOOLS)
        if year >= "2022-2023":
            there[4] = School("99XD", 0, "De Nieuwe Boog (verzonnen)", "0998AA", 9998, 12)
        if year >= "2024-2025":  # 99XG closed, and its building is now a location of 99XE
            there[7] = School("99XE", 1, "De Bedachte Ster, locatie Linde", "0998AD", 9998, 10)
        out[year] = [(s, draw(s.size + int(RNG.integers(-3, 4)), CHANCES)) for s in there]
    return out


def advice_wide(years: dict[str, list[tuple[School, list[int]]]]) -> None:
    """Four generations of the wide header."""
    begin = ["INSTELLINGSNAAM_VESTIGING", "POSTCODE_VESTIGING", "PLAATSNAAM", "GEMEENTENUMMER",
             "GEMEENTENAAM", "PROVINCIE", "SOORT_PO", "DENOMINATIE_VESTIGING",
             "BEVOEGD_GEZAG_NUMMER"]  # fmt: skip

    def about(s: School, municipality: str) -> list[object]:
        town = TOWNS[s.municipality]
        return [s.name, s.postcode, town.upper(), municipality, town, "Verzonnen provincie",
                s.sector, "Openbaar", "99001"]  # fmt: skip

    old = [OLD_LEVELS.get(level, level) for level in LEVELS]
    rows: list[list[object]] = [["PEILDATUM_LEERLINGEN", "PEILDATUM_ADVIEZEN", "BRIN_NUMMER",
                                 "VESTIGINGSNUMMER", *begin, *old, "TOTAAL_ADVIES"]]  # fmt: skip
    rows += [
        ["20131001", "20140801", s.brin, s.location, *about(s, str(s.municipality)), *n, sum(n)]
        for s, n in years["2013-2014"]
    ]
    write("04.-leerlingen-bo-sbo-schooladviezen-2013-2014.csv", rows, ";", "cp1252")

    rows = [["PEILDATUM_LEERLINGEN", "PRIKDATUM_ADVIEZEN", "BRIN_NUMMER", "VESTIGINGSNUMMER",
             *begin, *LEVELS, "TOTAAL_ADVIES"]]  # fmt: skip
    rows += [
        ["20190417", "20190725", s.brin, s.location, *about(s, str(s.municipality)), *n, sum(n)]
        for s, n in years["2018-2019"]
    ]
    write("04.-leerlingen-bo-sbo-schooladviezen-2018-2019.csv", rows, ";", "cp1252")

    rows = [["PEILDATUM_LEERLINGEN", "PRIKDATUM_ADVIEZEN", "INSTELLINGSCODE", "VESTIGINGSCODE",
             *begin, *LEVELS, "TOTAAL_ADVIES"]]  # fmt: skip
    rows += [
        ["20221001", "20230901", s.brin, f"{s.location:02d}", *about(s, f"{s.municipality:04d}"),
         *map(hide, n), hide(sum(n))]
        for s, n in years["2022-2023"]
    ]  # fmt: skip
    write("04-leerlingen-bo-sbo-schooladviezen-2022-2023.csv", rows, ";", "utf-8")

    rows = [["PEILDATUM_LEERLINGEN", "PRIKDATUM", "INSTELLINGSCODE", "VESTIGINGSCODE", *begin,
             *LEVELS]]  # fmt: skip
    rows += [
        ["20241001", "20250904", s.brin, s.key, *about(s, f"{s.municipality:04d}"), *map(hide, n)]
        for s, n in years["2024-2025"]
    ]
    write("04-leerlingen-bo-sbo-schooladviezen-2024-2025.csv", rows, ";", "utf-8-sig")


def advice_long(years: dict[str, list[tuple[School, list[int]]]]) -> None:
    """The long family, in which ADVIES is a code from 1 (vso) to 11 (vwo)."""
    rows: list[list[object]] = [["INSTELLINGSCODE", "VESTIGINGSCODE", "TYPE_PO", "PEILJAAR",
                                 "ADVIES", "AANTAL_LEERLINGEN"]]  # fmt: skip
    rows += [
        [s.brin, f"{s.location:02d}", s.sector.upper(), year[:4], code, hide(n, "-1")]
        for year in ("2022-2023", "2024-2025")
        for s, counts in years[year]
        for code, n in enumerate(counts[:11], start=1)
        if n
    ]
    write("brin6_advies.csv", rows, ",", "utf-8")


def other_long() -> None:
    """Background and postcode in the long family."""
    for name, column, labels in (
        ("brin6_noat.csv", "NOAT", ["0", "1", "2"]),
        ("brin6_pc4.csv", "POSTCODE4_DEELNEMER", ["0997", "0998", "0999"]),
    ):
        rows: list[list[object]] = [["INSTELLINGSCODE", "VESTIGINGSCODE", "TYPE_PO", "PEILJAAR",
                                     column, "AANTAL_LEERLINGEN"]]  # fmt: skip
        for s in SCHOOLS:
            counts = draw(8 * s.size, [0.7, 0.25, 0.02])
            rows += [
                [s.brin, f"{s.location:02d}", s.sector.upper(), "2024", label, hide(n, "-1")]
                for label, n in zip(labels, counts, strict=True)
                if n
            ]
        write(name, rows, ",", "utf-8")


def scores_and_levels() -> None:
    """Final scores by provider (decimal comma) and reference levels."""
    begin = ["PEILDATUM_LEERLINGEN", "PRIKDATUM", "INSTELLINGSCODE", "VESTIGINGSCODE",
             "INSTELLINGSNAAM_VESTIGING", "GEMEENTENUMMER", "GEMEENTENAAM", "SOORT_PO"]  # fmt: skip
    pairs = [f"{p}_{what}" for p in PROVIDERS for what in ("AANTAL", "GEM")]
    scores: list[list[object]] = [[*begin, "ONTHEFFING_REDEN_ND", *pairs]]
    names = ["REKENEN_LAGER1F", "REKENEN_1F", "REKENEN_1S", "REKENEN_2F", "LV_LAGER1F", "LV_1F",
             "LV_2F", "TV_LAGER1F", "TV_1F", "TV_2F"]  # fmt: skip
    levels: list[list[object]] = [[*begin, *names]]
    for s in SCHOOLS:
        about = ["20241001", "20250904", s.brin, f"{s.location:02d}", s.name,
                 f"{s.municipality:04d}", TOWNS[s.municipality], s.sector]  # fmt: skip
        used = str(RNG.choice(list(PROVIDERS)))
        exempted = int(RNG.integers(0, 3))
        cells: list[object] = []
        for provider, middle in PROVIDERS.items():
            n = s.size - exempted if provider == used else 0
            mean = middle * (1 + 0.03 * RNG.standard_normal())
            shown = "" if 0 < n < 5 else f"{mean:.1f}".replace(".", ",") if n else "0"
            cells += [hide(n), shown]
        scores.append([*about, hide(exempted), *cells])
        sums = draw(s.size, [0.1, 0.5, 0.4])
        reading, writing = draw(s.size, [0.03, 0.3, 0.67]), draw(s.size, [0.05, 0.4, 0.55])
        levels.append([*about, *map(hide, sums), "0", *map(hide, reading), *map(hide, writing)])
    write("05-gemiddelde-eindscores-bo-sbo-2024-2025.csv", scores, ";", "utf-8")
    write("06-referentieniveaus-bo-sbo-2024-2025.csv", levels, ";", "utf-8-sig")


def secondary_and_funded() -> None:
    """Secondary pupils by postcode and grade (headers with spaces), and funded pupils (BOM)."""
    grades = [f"LEER- OF VERBLIJFSJAAR {n}" for n in range(1, 7)]
    rows: list[list[object]] = [["BRIN NUMMER", "VESTIGINGSNUMMER", "INSTELLINGSNAAM VESTIGING",
                                 "POSTCODE LEERLING", "PLAATSNAAM LEERLING",
                                 "GEMEENTENUMMER LEERLING", "GEMEENTENAAM LEERLING",
                                 *grades]]  # fmt: skip
    for brin, name in (("99YA", "Verzonnen College"), ("99YB", "Bedacht Lyceum (verzonnen)")):
        for postcode, code in (("0998", 9998), ("0999", 99)):
            counts = [hide(int(n)) for n in RNG.integers(0, 40, 6)]
            rows.append([brin, "0", name, postcode, TOWNS[code].upper(), str(code), TOWNS[code],
                         *counts])  # fmt: skip
    write("02.-leerlingen-per-vestiging-naar-postcode-en-leerjaar-2024.csv", rows, ";", "cp1252")
    rows = [["vestigingscode", "aantal bekostigde leerlingen"]]
    rows += [[s.key, hide(8 * s.size)] for s in SCHOOLS]
    write("bekostigde-leerlingen-per-vestiging-2024.csv", rows, ";", "utf-8-sig")


def disadvantage() -> None:
    """The two CBS workbooks: header on the fourth row, a spacer row, then the schools."""
    sizes = {s.key: 8 * s.size for s in SCHOOLS}
    raw = {key: round(float(n * RNG.uniform(0.2, 2.0)), 2) for key, n in sizes.items()}
    cut = {key: max(0.0, round(raw[key] - 0.9 * n, 2)) for key, n in sizes.items()}
    head = ["Vestigingsnummer", "Aantal leerlingen", "Achterstandsscore"]
    two = {
        "Toelichting": [["Dit is een voorbeeld. Alle scholen en cijfers zijn verzonnen."]],
        "Tabel 1": [
            ["Tabel 1"], [f"Achterstandsscores scholen 2024, met drempel ({MARK})"], [None], head,
            [None], *([key, n, cut[key]] for key, n in sizes.items()), [None], ["Bron: verzonnen"],
        ],
        "Tabel 2": [
            ["Tabel 2"], [f"Achterstandsscores scholen 2024, zonder drempel ({MARK})"], [None],
            [head[0], head[2]], [None], *([key, score] for key, score in raw.items()), [None],
            ["Bron: verzonnen"],
        ],
    }  # fmt: skip
    workbook("achterstandsscores_scholen_vhv_2024_voorbeeld.xlsx", two)
    one = {
        "Tabel 1": [
            ["Tabel 1"], [f"Achterstandsscores basisscholen 2019, zonder drempel ({MARK})"],
            [None], head, [None], *([key, n, raw[key]] for key, n in sizes.items()),
        ]
    }  # fmt: skip
    workbook("achterstandsscores-scholen-2019-voorbeeld.xlsx", one)


def workbook(name: str, sheets: dict[str, list[list[object]]]) -> None:
    """A workbook without a date in it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(HERE / name, "w") as new:
        for item in sorted(old.namelist()):
            if item == "docProps/core.xml":
                text = b'<?xml version="1.0"?><cp:coreProperties xmlns:cp="http://schemas.' \
                       b'openxmlformats.org/package/2006/metadata/core-properties"/>'  # fmt: skip
            else:
                text = old.read(item)
            info = zipfile.ZipInfo(item, (2026, 11, 22, 0, 0, 0))
            new.writestr(info, text, zipfile.ZIP_STORED)


def page() -> None:
    """What DUO answers, with status 200, when a file is no longer there."""
    text = (
        "<!DOCTYPE html>\n<html lang='nl'><head><title>Pagina niet gevonden</title></head>"
        "<body><p>Verzonnen voorbeeld van een foutpagina.</p></body></html>\n"
    )
    (HERE / "geen-tabel-maar-een-webpagina.csv").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    years = advice_years()
    advice_wide(years)
    advice_long(years)
    other_long()
    scores_and_levels()
    secondary_and_funded()
    disadvantage()
    page()
    print("made again")
