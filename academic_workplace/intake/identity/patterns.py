"""What identifies by its form: numbers with a check digit, addresses, dates. Plain functions."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable

from academic_workplace.intake.identity.kinds import Kind

EMAIL = re.compile(r"[\w.%+-]+ ?@ ?[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
NINE = re.compile(r"(?<![\w.,-])(\d{9}|\d{4}\.\d{2}\.\d{3}|\d{3}[ .-]\d{3}[ .-]\d{3})(?![\w,-])")
IP = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")
IP6 = re.compile(r"(?=.*:.*:)[0-9a-fA-F:]{6,39}")
VERSION = re.compile(r"\d+\.0\.0\.0|0\..*")  # of a browser
PC6 = re.compile(r"[1-9]\d{3} ?(?!SA|SD|SS)[A-Z]{2}", re.IGNORECASE)
PC4 = re.compile(r"[1-9]\d{3}")
STREET = re.compile(
    r"[A-ZÀ-Ý][\w.'’ -]*(?:straat|str\.|laan|weg|plein|gracht|kade|singel|hof|dijk|steeg|dreef"
    r"|plantsoen|pad|park|markt|wal|vaart|veld|erf|kamp|hage|baan)\s+\d{1,4}\s?-?[a-zA-Z]?\b"
)
STREET_ONLY = re.compile(r"[^\W\d_][\w.'’ -]*")
POSTAL = re.compile(r"(?<!\w)[1-9]\d{3} ?[A-Z]{2},?\s+[A-Z][a-z]+")  # 2311 CS Leiden
BRIN = re.compile(r"\d{2}[A-Z]{2}(\d{2})?")

# Area codes as they stand in the Dutch numbering plan; what follows starts with 2 to 9.
_AREA3 = r"(?:10|13|15|20|23|24|26|30|33|35|36|38|40|43|45|46|50|53|55|58|7\d)"
_AREA4 = r"(?:1[1-8]\d|2[2-9]\d|3[1-4]\d|4[1-9]\d|5[1-9]\d)"
_NATIONAL = (
    r"(?:6[ .-]{0,3}[1-58](?: ?\d){7}"
    rf"|{_AREA3}\)?[ .-]{{0,3}}[2-9](?: ?\d){{6}}|{_AREA4}\)?[ .-]{{0,3}}[2-9](?: ?\d){{5}})"
)
PHONE = re.compile(
    rf"(?<![\w.,:/-])(?:\(?0|(?:\+|00)31[ -]?(?:\(0\))?[ -]?){_NATIONAL}(?![\w:]|[-/.,]\d)"
    r"|(?<!\w)\+[1-9]\d{0,2}[ -]?\(?\d{1,4}\)?(?:[ -]?\d){6,9}(?![\w:])"
)
TEN = re.compile(r"(?<!\w)\d{10}(?!\w)")
SEPARATORS = str.maketrans("", "", " .-")

MONTHS = ("jan", "feb", "maa mrt mar", "apr", "mei may", "jun", "jul", "aug", "sep", "okt oct",
          "nov", "dec")  # fmt: skip
TIME = r"(?:[ T](\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?"
DAY_FIRST = re.compile(rf"(\d{{1,2}})[-/. ](\d{{1,2}})[-/. ](\d{{4}}|\d{{2}}){TIME}")
YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){TIME}")
IN_WORDS = re.compile(r"(\d{1,2})[ -]([a-z]{3,9})\.?[ -](\d{4})", re.IGNORECASE)
DIGITS = re.compile(r"\d{7,8}")
FIRST_YEAR = 1900
EXCEL_EPOCH = dt.date(1899, 12, 30)


def eleven_test(number: str) -> bool:
    """The eleven-test of a citizen service number, or of an education number (10..., rest 5).

    number: nine digits (eight when the leading zero was lost).
    """
    if not 8 <= len(number) <= 9 or int(number) == 0:
        return False
    digits = [int(digit) for digit in number.zfill(9)]
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    rest: int = sum(w * d for w, d in zip(weights, digits, strict=True)) % 11
    return rest == 0 or (rest == 5 and number[:2] == "10")


def beyond_chance(passed: int, tried: int) -> bool:
    """Whether most pass the eleven-test, and random numbers would do that once in 1,000 columns.

    One in eleven random numbers passes.
    """
    if passed * 2 < tried or not passed:
        return False
    ways = sum(math.comb(tried, k) * 10 ** (tried - k) for k in range(passed, tried + 1))
    return bool(ways * 1000 < 11**tried)


def is_iban(text: str) -> bool:
    """Whether the remainder of an account number is right (ISO 7064, mod 97-10)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def holds(text: str, kind: Kind) -> bool:
    """Whether a piece of text holds what identifies by its form alone."""
    match kind:
        case Kind.EMAIL:
            return "@" in text and EMAIL.search(text) is not None
        case Kind.BSN:
            return any(eleven_test(found.translate(SEPARATORS)) for found in NINE.findall(text))
        case Kind.IBAN:
            return any(is_iban(found) for found in IBAN.findall(text))
        case Kind.PHONE:
            return PHONE.search(text) is not None
        case Kind.ADDRESS:
            return POSTAL.search(text) is not None
    return False


def day_of(text: str) -> dt.date | None:
    """The date that a cell is, day before month; None when it is none or has a time of day."""
    text = text.strip()
    if found := YEAR_FIRST.fullmatch(text):
        year, month, day, time = found.groups()
    elif found := DAY_FIRST.fullmatch(text):
        day, month, year, time = found.groups()
        if int(month) > 12:
            day, month = month, day
    elif found := IN_WORDS.fullmatch(text):
        day, word, year = found.groups()
        starts = [word.lower()[:3] in names for names in MONTHS]
        month, time = str(starts.index(True) + 1 if any(starts) else 0), None
    elif DIGITS.fullmatch(text):
        return _day_of_digits(text)
    else:
        return None
    if time and set(time) - set("0:."):
        return None
    return _day(int(year), int(month), int(day), short=len(year) == 2)


def has_time(text: str) -> bool:
    """Whether a cell is a date with a time of day."""
    found = YEAR_FIRST.fullmatch(text.strip()) or DAY_FIRST.fullmatch(text.strip())
    return found is not None and bool(set(found.groups()[3] or "") - set("0:."))


def day_of_serial(number: float) -> dt.date | None:
    """The date that a spreadsheet stores as a number of days; None outside 1925 to 2064."""
    if not 9_133 <= number < 60_000 or number != int(number):
        return None
    return EXCEL_EPOCH + dt.timedelta(days=int(number))


def _day_of_digits(text: str) -> dt.date | None:
    """20120314, or 14032012 (perhaps without its leading zero)."""
    if len(text) == 8 and (day := _day(int(text[:4]), int(text[4:6]), int(text[6:]))):
        return day
    text = text.zfill(8)
    return _day(int(text[4:]), int(text[2:4]), int(text[:2]))


def _day(year: int, month: int, day: int, *, short: bool = False) -> dt.date | None:
    latest = dt.datetime.now(dt.UTC).date().year
    if short:
        year += 2000 if year + 2000 <= latest else 1900
    if not FIRST_YEAR <= year <= latest:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def words_in(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def share(matches: Iterable[bool]) -> float:
    """The share that is true; 0 of nothing."""
    found = list(matches)
    return sum(found) / len(found) if found else 0.0
