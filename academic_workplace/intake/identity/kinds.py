"""What can identify a person, and what was found of it: kinds and counts, never a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from academic_workplace.errors import dutch
from academic_workplace.language import Text


class Kind(StrEnum):
    """What identifies."""

    NAME = "name"
    BIRTH_DATE = "birth date"
    BSN = "citizen service number"  # and the education number of who has none
    EMAIL = "e-mail address"
    PHONE = "phone number"
    ADDRESS = "address"
    POSTCODE = "postcode"
    LOCATION = "location"
    IP_ADDRESS = "IP address"
    IBAN = "bank account"
    FREE_TEXT = "free text"


class Why(StrEnum):
    """What gave it away."""

    HEADER = "header"
    CONTENT = "content"


class Reach(StrEnum):
    """How far it goes: all of a column, some of its cells, or only its labels in the codebook."""

    COLUMN = "column"
    CELLS = "cells"
    LABELS = "labels"


WORDS = {  # one, and several
    Kind.NAME: (Text("een naam", "a name"), Text("namen", "names")),
    Kind.BIRTH_DATE: (
        Text("een geboortedatum", "a birth date"),
        Text("geboortedatums", "birth dates"),
    ),
    Kind.BSN: (
        Text("een burgerservicenummer", "a citizen service number"),
        Text("burgerservicenummers of onderwijsnummers", "citizen service or education numbers"),
    ),
    Kind.EMAIL: (
        Text("een e-mailadres", "an e-mail address"),
        Text("e-mailadressen", "e-mail addresses"),
    ),
    Kind.PHONE: (
        Text("een telefoonnummer", "a phone number"),
        Text("telefoonnummers", "phone numbers"),
    ),
    Kind.ADDRESS: (Text("een adres", "an address"), Text("adressen", "addresses")),
    Kind.POSTCODE: (Text("een postcode", "a postcode"), Text("postcodes", "postcodes")),
    Kind.LOCATION: (Text("een plaats op de kaart", "a place on the map"),
                    Text("plaatsen op de kaart", "places on the map")),
    Kind.IP_ADDRESS: (Text("een IP-adres", "an IP address"), Text("IP-adressen", "IP addresses")),
    Kind.IBAN: (
        Text("een rekeningnummer", "a bank account"),
        Text("rekeningnummers", "bank accounts"),
    ),
    Kind.FREE_TEXT: (Text("vrije tekst", "free text"), Text("vrije tekst", "free text")),
}  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Identifier:
    """One column in which something identifies.

    column: its name in the table. shown: how a message names it, which is its place when the name
    itself looks like a value (a file without a header). count: cells that go with it, of those
    filled; labels when only those identify.
    """

    column: str
    kind: Kind
    count: int
    why: Why
    reach: Reach
    shown: str

    def __repr__(self) -> str:
        return f"Identifier({self.shown!r}, {self.kind.value}, {self.reach.value}, {self.count})"

    def explain(self, language: str) -> str:
        """What was found, in a sentence without a value."""
        return self.sentence(done=False)[language] if dutch(language) else self.sentence()["en"]

    def sentence(self, *, done: bool = False) -> Text:
        """What was found, or (done) what was therefore taken out."""
        one, many = WORDS[self.kind]
        cells = Text(
            "1 cel" if self.count == 1 else f"{self.count} cellen",
            "1 cell" if self.count == 1 else f"{self.count} cells",
        )
        if self.reach is Reach.COLUMN:
            nl = f"dit lijk{'t' if many.nl == 'vrije tekst' else 'en'} {many.nl} ({cells.nl})"
            en = f"this looks like {many.en} ({cells.en})"
            if done:
                return Text(f"{self.shown}: weggelaten, {nl}", f"{self.shown}: left out, {en}")
        elif self.reach is Reach.CELLS:
            what = one if self.count == 1 else many
            nl = f"in {cells.nl} staa{'t' if self.count == 1 else 'n'} {what.nl}"
            en = f"{cells.en} hold{'s' if self.count == 1 else ''} {what.en}"
            if done:
                nl = f"{cells.nl} leeggemaakt, want er st{_stood(self.count)} {what.nl} in"
                en = f"{cells.en} emptied, because {what.en} stood there"
        else:
            nl = f"de labels in het codeboek lijken {many.nl} ({self.count})"
            en = f"the labels in the codebook look like {many.en} ({self.count})"
            if done:
                nl = f"labels weggelaten uit het codeboek, ze lijken {many.nl} ({self.count})"
                en = f"labels left out of the codebook, they look like {many.en} ({self.count})"
        return Text(f"{self.shown}: {nl}", f"{self.shown}: {en}")


def _stood(count: int) -> str:
    return "ond" if count == 1 else "onden"
