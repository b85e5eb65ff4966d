"""How names of persons look: their build, and a few that are so common that they give it away."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from academic_workplace.intake.identity.patterns import share, words_in

# Common among pupils, parents and teachers in the Netherlands. One in six is enough (MOST_COMMON).
FIRST_NAMES = words_in(
    """
    aaliyah abdullah adam ahmed aisha ali amina amir amy anna anne anouk anton arthur aya
    ayse bart bas ben benjamin bram britt bryan carlijn charlotte chris christiaan daan
    daniel david demi denise dennis dylan elif elin eline elise ella emily emma erik esmee
    esther eva evi fatima feline femke finn fleur floor floris frank frans gijs guus hamza
    hanna hannah hans hassan hendrik henk hugo ibrahim ilse imane ingrid iris isa isabel ivy
    jace jack jan jasmijn jasper jayden jelle jens jeroen jesse jip joep johan johannes
    jolijn jonas joost joris josephine julia julian juliette jurre karim karin kevin kim
    klaas koen lara lars laura lauren leah lena leon levi lieke lina linda lisa lise lizzy
    lotte louise luca lucas luuk lynn maaike maartje maja manon maria marieke mark mart
    martijn matthijs maud max mees mehdi mehmet melissa merel michael mila milan milou
    mohamed mohammed morris mustafa naomi nick niek niels nienke nina noa noah noor nora
    noud nour olivia omar oscar otto patrick paul peter philip pieter pim quinten rachel
    ravi rayan rick rik robin roel romy ruben ryan saar salma sam samuel sander sanne sara
    sarah selin senna shanaya simon sofia sofie sophie stefan stijn sven teun thijs thom
    thomas tijn tim timo tobias tom vera victor vince wessel willem wouter xavi yara yasmin
    yasmine youssef yusuf zeynep zoe zoey
    """
)
SURNAMES = words_in(
    """
    aydin bakker boer bos brouwer bruijn bruin dekker demir dijk dijkstra groot haan
    hendriks hoekstra jacobs jansen janssen jong kaya khan kok koning koster kuipers leeuw
    linden maas martens meer meijer mulder nguyen peeters peters post postma prins ramdin
    sahin schouten singh smit smits tran veen verhoeven vermeulen vink visser vliet vos
    vries wal willems wit yildirim yildiz yilmaz
    """
)
PREFIXES = words_in("van de der den het 't ten ter te el al ben aan op in la le")
OPENING = words_in("van de den ter ten el al te 't in")
SHAPE = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’`,-])*")
INITIALS = re.compile(
    r"(?:[A-Z]\. ?){1,5}(?:[a-z'’]{1,4} ){0,3}[A-Z][^\W\d_]+.*|[A-Z][\w'’-]+, ?(?:[A-Z]\. ?)+.*"
)
SPLITS = re.compile(r"[ ,.\-]+")
SCHOOL = re.compile(
    r"school|college|lyceum|gymnasium|mavo|havo|vwo|\b(?:obs|cbs|kbs|rkbs|pcbs?|ikc|sbo|vso|kc)\b",
    re.IGNORECASE,
)
LONGEST = 60
MOST_WORDS = 7
MOST_COMMON = 0.15  # one in six: what common first names make up at least among pupils


@dataclass(frozen=True, slots=True)
class Build:
    """Of distinct cells, the share with some trait.

    shaped: only letters, as a name; first, last: with a common first name or surname; full: two
    words or more, with capitals; capital: the last with one; between: with a prefix between or
    before names; initials; schools: with a word for a school.
    """

    shaped: float
    first: float
    last: float
    full: float
    capital: float
    between: float
    initials: float
    schools: float


def build_of(words: Sequence[str]) -> Build:
    """What share of these distinct cells looks how."""
    parts = [[part for part in SPLITS.split(word) if part] for word in words]
    plain = [[_plain(part) for part in each] for each in parts]
    return Build(
        shaped=share(
            len(word) <= LONGEST and SHAPE.fullmatch(word) is not None and len(each) <= MOST_WORDS
            for word, each in zip(words, parts, strict=True)
        ),
        first=share(any(part in FIRST_NAMES for part in each) for each in plain),
        last=share(any(part in SURNAMES for part in each) for each in plain),
        full=share(_is_full(each) for each in parts),
        capital=share(bool(each) and each[-1][0].isupper() for each in parts),
        between=share(_has_prefix(each) for each in parts),
        initials=share(INITIALS.fullmatch(word) is not None for word in words),
        schools=share(SCHOOL.search(word) is not None for word in words),
    )


def _is_full(parts: Sequence[str]) -> bool:
    names = [part for part in parts if part.lower() not in PREFIXES]
    capitals = all(name[0].isupper() for name in (*names[:1], *names[-1:]))
    return len(names) >= 2 and len(names[-1]) > 1 and capitals


def _has_prefix(parts: Sequence[str]) -> bool:
    """``Jan de Vries`` or ``de Vries``, not ``De Springplank``."""
    inside = any(part in PREFIXES for part in parts[1:-1]) and parts[0][:1].isupper()
    return len(parts) > 1 and parts[-1][:1].isupper() and (inside or parts[0] in OPENING)


def _plain(part: str) -> str:
    letters = unicodedata.normalize("NFKD", part.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
