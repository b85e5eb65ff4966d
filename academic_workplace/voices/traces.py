"""What in running Dutch text can point at a person: names, places, schools, ages, numbers, dates.

A finding is a kind and a place in the text, never the words. A word between square brackets
(``[naam]``) stands for something that was taken out, and is no trace.

What is found and missed is measured on invented fragments that are kept with the tests
(``tests/traces.toml``); data/stemmen/README.md has the figures. It finds more than it should
rather than less, and a person looks at every fragment that is to be quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from academic_workplace.intake.identity import patterns
from academic_workplace.intake.identity.kinds import Kind
from academic_workplace.intake.identity.names import FIRST_NAMES, PREFIXES, SURNAMES
from academic_workplace.intake.identity.patterns import holds
from academic_workplace.language import Text
from academic_workplace.voices.lexicon import (
    ACRONYMS,
    CAPITALS,
    EVERYDAY,
    EVERYDAY_PLACES,
    IN_PLACE,
    NO_INITIAL,
    NO_NAME,
    NO_SCHOOL,
    NO_STREET,
    OPENERS,
    PERSON_VERBS,
    PLACE_ENDS,
    PLACES,
    TITLES,
)


class Trace(StrEnum):
    """What can point at a person."""

    NAME = "name"
    PLACE = "place"
    SCHOOL = "school"
    CLASS = "class"
    AGE = "age"
    DATE = "date"
    EMAIL = "e-mail address"
    WEB = "web address"
    PHONE = "phone number"
    ADDRESS = "address"
    NUMBER = "number"  # of a person or of a bank account
    WATCHED = "watched word"  # that the study itself asked to look for


WORDS = {
    Trace.NAME: Text("een naam", "a name"),
    Trace.PLACE: Text("een plaats", "a place"),
    Trace.SCHOOL: Text("een school", "a school"),
    Trace.CLASS: Text("een klas", "a class"),
    Trace.AGE: Text("een leeftijd", "an age"),
    Trace.DATE: Text("een datum", "a date"),
    Trace.EMAIL: Text("een e-mailadres", "an e-mail address"),
    Trace.WEB: Text("een webadres", "a web address"),
    Trace.PHONE: Text("een telefoonnummer", "a phone number"),
    Trace.ADDRESS: Text("een adres of postcode", "an address or postcode"),
    Trace.NUMBER: Text("een persoons- of rekeningnummer", "the number of a person or an account"),
    Trace.WATCHED: Text("een woord van de eigen lijst", "a word of the study's own list"),
}


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """Where in a text something stands (from start, before end), and what it seems to be."""

    start: int
    end: int
    kind: Trace


_TENS = "twintig|dertig|veertig|vijftig|zestig|zeventig|tachtig|negentig"
_ONES = "een|één|twee|drie|vier|vijf|zes|zeven|acht|negen"
_AGE_WORD = (
    rf"(?:(?:{_ONES})[eë]n(?:{_TENS})|{_TENS}|dertien|veertien|vijftien|zestien|zeventien|achttien"
    r"|negentien|twaalf|elf|tien|twee|drie|vier|vijf|zes|zeven|acht|negen)"
)
_AGE = rf"(?:\d{{1,2}}(?![\d,.]\d)|{_AGE_WORD})"
_MORE = rf"(?:(?:,|\s+en)\s+{_AGE})*"
_WHO = (
    r"(?:ik|hij|zij|ze|je|dochters?|zoons?|zus(?:je|sen)?|broer(?:tje|s)?|kind(?:eren)?|jongen"
    r"|meisje|vriend(?:in)?|nicht(?:je)?|neef(?:je)?|oudste|jongste|middelste|moeder|vader|oma|opa|tweeling|leerling|puber|kleuter)"
)
_NO_AGE = (
    r"(?!\s*(?:uur|keer|dag|week|weken|maand|minu|euro|%|procent|van\b|kind|maal|punt|les|boek|zus"
    r"|broer|mensen|leerl|klas|vakken|jaar\s+(?!oud\b|en\b|maar\b|toen\b|geworden\b)))"
)
_IS = r"(?:is|ben|bent|was|waren|word|wordt|werd|zijn)"
_MONTH = (
    r"(?:jan(?:uari)?|feb(?:ruari)?|maart|mrt|apr(?:il)?|mei|juni?|juli?|aug(?:ustus)?"
    r"|sep(?:t(?:ember)?)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_SOON = (
    r"(?:(?:volgende?|deze|dit|komende?)\s+(?:week|maand|jaar|schooljaar|zomer|herfst|winter|lente)"
    rf"|(?:(?:in|eind|begin|half)\s+)+{_MONTH}|morgen|overmorgen|vandaag|binnenkort|straks)"
)
_SOME = (
    rf"(?:(?:net|nu|pas|bijna|toen|inmiddels|ongeveer|al|intussen|nog\s+(?:geen|maar)|{_SOON})\s+)*"
)
AGES = (
    rf"\b{_WHO}\s*\(\s*{_AGE}(?:\s+jaar)?\s*\)",
    rf"\b{_AGE}\s+jaar\s+(?:was|ben|is|werd|word|wordt)\s+{_WHO}(?=\s*(?:[,.;!?]|$|toen\b|en\b))",
    rf"\btoen\s+{_WHO}\s+{_AGE}\s+jaar\s+(?:was|werd|waren)\b",
    rf"\b{_AGE}[- ]?jarige?n?\b",
    rf"\b{_AGE}\s+jaar\s+oud\b",
    rf"\b{_AGE}\s+jaren\s+oud\b",
    rf"\b{_WHO}\s+{_IS}\s+{_SOME}{_AGE}{_MORE}\b{_NO_AGE}",
    rf"\b{_IS}\s+(?:ik|hij|zij|ze|je)\s+{_SOME}{_AGE}\b{_NO_AGE}",
    rf"\b(?:ik|hij|zij|ze|je|{_WHO})\s+{_AGE}\s+(?:was|ben|is|werd|word|wordt|waren)\b",
    rf"\b{_WHO}\s+van\s+{_AGE}{_MORE}\b{_NO_AGE}",
    rf"[,(]\s*{_AGE}\s+jaar\b(?!\s*(?:geleden|lang|later))",
    rf"\b(?:op|vanaf|sinds|voor|na)\s+(?:mijn|m'n|zijn|z'n|haar|hun)\s+(?:\d{{1,2}}(?:e|ste|de)"
    rf"|(?:vier|vijf|zes|zeven|negen|tien|elf|twaalf|{_AGE_WORD}|achtt?)(?:de|ste))\b",
    r"\b(?:geboren|geboortejaar|bouwjaar)\b[^.!?]{0,25}\b(?:19|20)\d\d\b",
)
DATES = (
    rf"\b\d{{1,2}}\s+{_MONTH}\b(?:\s+\d{{4}})?",
    r"\b\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})\b",
    r"\b(?:19|20)\d\d-\d{2}-\d{2}\b",
)
CLASSES: tuple[str, ...] = (
    r"\b(?:klas|groep|brugklas)\s+[1-8]\s?[a-hA-H]\d?\b(?!\s+\w+\s+\w*en\b(?<=hebben))",
    r"\b[1-6]\s?(?:havo|vwo|mavo|vmbo|gym|HAVO|VWO)\s?[a-hA-H0-9]\b",
    r"\b[HVMAG][1-6][a-h]\b",
)
# Two or three letters of kinds of school, and what a school calls its own class: 2hv3, 1gyc.
_STREAM = r"(?:hv|vh|ha|mh|hm|bk|kb|bb|kt|tk|tl|th|ht|gt|vg|gv|gy|at|vw)[a-z]?"
CLASSES = (
    *CLASSES,
    r"\b(?i:klas|brugklas)\s+[1-6](?!(?:e|de|ste)\b)[a-zA-Z]{1,4}\d?\b",
    rf"\b[1-6](?i:{_STREAM})\d?\b",
)
INITIALS = (  # of a person, inside a sentence or after a word that asks for one: bij J. thuis
    r"(?<=[a-zà-ÿ] )"
    + "".join(f"(?<!{one} )" for one in NO_INITIAL)
    + r"[A-Z]\.(?:\s?[A-Z]\.)*(?=\s+[a-zà-ÿ]|,)",
    r"(?:(?<=\bbij )|(?<=\bmet )|(?<=\bvan )|(?<=\baan )|(?<=\bdoor ))[A-Z]\.(?=\s*$|\s+[A-Z])",
)
NUMBERS = (r"\b\w{3,}nummer\b[^.!?\n\d]{0,30}\d{4,12}\b", r"\bnummer\b[^.!?\n\d]{0,30}\d{5,12}\b")
SMALL_STREETS = (
    rf"(?<=\bde )(?!(?:{'|'.join(NO_STREET)})(?:straat|weg|laan)\b)"
    r"[a-zà-ÿ]{3,}(?:straat|laan|weg|gracht|kade|singel|dijk|steeg|dreef)\b",
    rf"(?<=\bhet )(?!(?:{'|'.join(NO_STREET)})plein\b)[a-zà-ÿ]{{3,}}(?:plein|plantsoen)\b",
    r"\b(?:hoge|lage|oude|nieuwe|korte|lange)\s+(?:singel|gracht|kade|vest|steeg|[a-zà-ÿ]{3,}dijk)\b",
)
WEB = (r"\b(?:https?://|www\.)\S+", r"(?<![\w.@])@[A-Za-z_][\w.]{2,}")
STREET = (
    r"\b[A-ZÀ-Ý][\w'’-]+(?:straat|laan|weg|plein|gracht|kade|singel|dijk|steeg|dreef|plantsoen|hof)"
    r"(?:\s+\d{1,4}\s?[a-zA-Z]?)?\b"
)
_KIND = (
    r"(?:obs|cbs|kbs|rkbs|pcbs?|ikc|sbo|vso|kc|basisschool|school|college|lyceum|gymnasium|mavo)"
)
SCHOOLS = (
    rf"\b(?i:{_KIND})\s+(?:(?i:de|het)\s+|'t\s+)?(?P<own>[A-ZÀ-Þ][\w'’-]+)(?:\s+[A-ZÀ-Þ][\w'’-]+)*",
    r"(?:\b[A-ZÀ-Þ][\w'’-]+\s+(?:'t\s+|[dD]e\s+)?){1,3}(?:College|Lyceum|Gymnasium|School|Mavo"
    r"|college|lyceum|gymnasium|school)\b",
    r"\b(?P<whole>[A-ZÀ-Þ][\w'’-]*(?:college|lyceum|gymnasium|school|mavo))\b",
    r"\b(?P<small>[a-zà-ÿ]{3,}(?:college|lyceum))\b",
    # The only one of its kind in a town, by what it is: het stedelijk gymnasium.
    r"(?:(?<=\b[Hh]et )|(?<=\b[Dd]e )|(?<='t ))(?:stedelijke?|gemeentelijke?"
    r"|christelijke?|openba(?:ar|re)|(?:rooms-)?katholieke?|protestantse?|gereformeerde?|islamitische?|hindoe[iï]stische?"
    r"|joodse?|technisch|agrarisch)\s+(?:gymnasium|lyceum|college|mavo|basisschool|scholengemeenschap)\b",
)
TOKEN = re.compile(r"[^\W\d_](?:[^\W_]|['’-](?=[^\W_]))*")
BRACKETS = re.compile(r"\[[^\]\n]{1,40}\]")
OPENS = re.compile(r"(?:^|[.!?:;…\n–]|\.\.\.)[\s\"'‘’“”„()\-–]*$|(?:^|\s)[\"'‘“„(]$")
POSSESSIVE = re.compile(r"['’]?s$")
_BY_FORM = (
    (Trace.EMAIL, patterns.EMAIL),
    *((Trace.WEB, re.compile(each)) for each in WEB),
    (Trace.PHONE, patterns.PHONE),
    (Trace.ADDRESS, re.compile(r"(?<!\w)[1-9]\d{3} ?(?!SA|SD|SS)[A-Z]{2}(?!\w)")),
    (Trace.ADDRESS, re.compile(STREET)),
    *((Trace.DATE, re.compile(each, re.IGNORECASE)) for each in DATES),
    *((Trace.AGE, re.compile(each, re.IGNORECASE)) for each in AGES),
    *((Trace.CLASS, re.compile(each)) for each in CLASSES),
    *((Trace.NAME, re.compile(each)) for each in INITIALS),
    *((Trace.NUMBER, re.compile(each, re.IGNORECASE)) for each in NUMBERS),
    *((Trace.ADDRESS, re.compile(each)) for each in SMALL_STREETS),
)
_SCHOOLS = tuple(re.compile(each) for each in SCHOOLS)


def find(
    text: str, *, watch: Iterable[str] = (), everyday: frozenset[str] = frozenset()
) -> tuple[Found, ...]:
    """What in a text can point at a person, in order and without overlap.

    watch: words of the study's own (schools, quarters of a town), in any case. everyday: words that
    stand without a capital elsewhere in the material (``everyday_of``), so that a capital at the
    start of a sentence says nothing.

    >>> [one.kind.value for one in find("Mijn zoon van 9 zit bij juf Anouk.")]
    ['age', 'name']
    """
    plain = BRACKETS.sub(lambda one: " " * len(one.group()), text)
    out: list[Found] = []

    def put(kind: Trace, start: int, end: int) -> None:
        if all(end <= one.start or start >= one.end for one in out):
            out.append(Found(start, end, kind))

    for word in watch:
        for one in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", plain, re.IGNORECASE):
            put(Trace.WATCHED, *one.span())
    for number, kind in ((patterns.IBAN, Kind.IBAN), (patterns.NINE, Kind.BSN)):
        for one in number.finditer(plain):
            if holds(one.group(), kind):
                put(Trace.NUMBER, *one.span())
    for trace, pattern in _BY_FORM:
        for one in pattern.finditer(plain):
            put(trace, *one.span())
    for pattern in _SCHOOLS:
        for one in pattern.finditer(plain):
            if not any(_no_school(word) for word in one.groupdict().values()) and _named(one):
                put(Trace.SCHOOL, *one.span())
    for trace, start, end in _names(plain, everyday):
        put(trace, start, end)
    return tuple(sorted(out))


def everyday_of(texts: Iterable[str]) -> frozenset[str]:
    """Words that stand somewhere in the texts without a capital, and are no known first name."""
    words = (
        one for text in texts for one in TOKEN.findall(text) if one.islower() and one not in PLACES
    )
    return frozenset(words) - (FIRST_NAMES - EVERYDAY)


def kinds_in(
    text: str, *, watch: Iterable[str] = (), everyday: frozenset[str] = frozenset()
) -> tuple[Trace, ...]:
    """The kinds of what is found, each once, in the order of ``Trace``."""
    there = {one.kind for one in find(text, watch=watch, everyday=everyday)}
    return tuple(kind for kind in Trace if kind in there)


def _no_school(word: str | None) -> bool:
    if word is None:
        return False
    low = word.lower()
    return low in NO_SCHOOL or low in CAPITALS or low in ACRONYMS or low in OPENERS


def _named(found: re.Match[str]) -> bool:
    """Whether a word for a school has a name with it: ``Da Vinci College``, not ``Onze School``."""
    first, _, rest = found.group().partition(" ")
    return not rest or rest[0].isupper() or not _no_school(first)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, where it stands, and whether it opens a sentence."""

    text: str
    start: int
    end: int
    opens: bool

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def stem(self) -> str:
        """Without the s of a possessive."""
        low = self.low
        return low if low in FIRST_NAMES | SURNAMES | PLACES else POSSESSIVE.sub("", low)

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()


def _words(text: str) -> list[_Word]:
    return [
        _Word(one.group(), *one.span(), OPENS.search(text[: one.start()]) is not None)
        for one in TOKEN.finditer(text)
    ]


def _names(text: str, everyday: frozenset[str]) -> Iterator[tuple[Trace, int, int]]:
    """Names of persons and places, by a list, a capital, a title before or a verb after them."""
    words = _words(text)
    blank = _Word("", -9, -9, opens=False)
    for i, word in enumerate(words):
        before = words[i - 1] if i else blank
        after = words[i + 1] if i + 1 < len(words) else blank
        near = word.start - before.end <= 2 if i else False
        if _harmless(word):
            continue
        if word.stem in PLACES and (word.capital or word.low not in EVERYDAY_PLACES or (
            near and before.low in IN_PLACE
        )):  # fmt: skip
            if not (word.opens and word.low in EVERYDAY_PLACES and after.low not in PERSON_VERBS):
                yield Trace.PLACE, word.start, word.end
        elif (
            near and before.low in IN_PLACE and len(word.low) > 6 and word.low.endswith(PLACE_ENDS)
        ):
            yield Trace.PLACE, word.start, word.end
        elif _is_name(word, before, after, everyday, near=near):
            place = (near and before.low in IN_PLACE and word.stem not in FIRST_NAMES) or (
                word.low.endswith(PLACE_ENDS) and word.stem not in SURNAMES and len(word.low) > 5
            )
            yield Trace.PLACE if place else Trace.NAME, word.start, word.end


def _harmless(word: _Word) -> bool:
    low = word.low
    if word.text.isupper() and (low in ACRONYMS or len(low) == 1 or low in OPENERS):
        return True
    first, *others = re.split(r"[-/]", word.text)
    known = first.lower() in CAPITALS | ACRONYMS
    return known and all(one.lower() in CAPITALS | ACRONYMS or one.islower() for one in others)


def _is_name(
    word: _Word, before: _Word, after: _Word, everyday: frozenset[str], *, near: bool
) -> bool:
    known = word.stem in FIRST_NAMES and word.stem not in EVERYDAY
    if near and before.low in TITLES and word.low not in NO_NAME and word.low not in PREFIXES:
        return True
    if known:
        return True
    if not word.capital:
        return False
    if not word.opens:
        return not (word.text.isupper() and word.low in everyday)
    ordinary = word.low in OPENERS or word.low in everyday
    follows = after.start - word.end <= 2 if after.text else False
    if word.stem in FIRST_NAMES | SURNAMES:
        return follows and (after.low in PERSON_VERBS or after.capital)
    if ordinary or not follows:
        return False
    surname = after.capital and not _harmless(after)
    return (
        surname or after.low in PERSON_VERBS or after.low in PREFIXES & {"van", "el", "ben", "al"}
    )
