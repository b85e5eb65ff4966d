"""What the name of a column (or its meaning in the codebook) says about persons."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from academic_workplace.intake.identity.kinds import Kind
from academic_workplace.intake.identity.patterns import words_in

SHORT = 5  # words; a longer header is a question or a statement, and its words prove less
BREAKS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W\d_]+")

PERSONS = words_in(
    "leerling leerlingen lln kind kinderen student studenten pupil child ouder ouders parent"
    " moeder vader mother father docent leerkracht leraar teacher mentor deelnemer deelnemers"
    " participant respondent contactpersoon verzorger juf meester begeleider coach invuller"
    " persoon person"
)
NAMED = words_in("naam namen name names")
BETWEEN = words_in("van de het een je jouw uw wat is of the your what")
HOME = words_in("woon woonadres thuis home prive") | PERSONS
# A name, address or postcode of one of these is not that of a person.
ORGANISATION = re.compile(
    "school|instelling|vestiging|gemeente|plaats|klas|groep|bestuur|gezag|programma|methode"
    "|toets|test|variab|bestand|file|product|provincie|buurt|wijk|vak|cursus|opleiding|instrument"
    "|schaal|land$|stad|organisatie|bedrijf|project|item|wave|meting|class|group|country|city|brin"
)
SCHOOL = re.compile("school|instelling|vestiging|brin|bestuur|gezag|organisatie")
OF_SCHOOL = re.compile(
    "(school|brin|vestiging|instelling)s?(id|code|nr|nummer|naam|name)?|location"
)

NAME = re.compile(
    "(voor|achter|roep|familie|meisjes|leerling|kind|ouder|docent|leerkracht|mentor|deelnemer"
    "|gebruikers|inlog|contact|volledige|eigen)na(am|men)|voorletter|initialen|initials"
    "|(tussen|voor)voegsel|(first|last|sur|fore|full|user|nick|given|family)name"
)
ENGLISH_NAME = words_in("first last full family given user")
BIRTH = re.compile("geboortedat|geboortedag|geb(oorte)?dat|birth_?da|verjaardag|geboren")
PHONE = re.compile("^(telefoon|tel$|telnr|telnummer|mobiel|phone|mobile|gsm)")
BSN = re.compile("^(bsn|burgerservice|sofi|onderwijsn(umme)?r|pgn|persoonsgebonden|ssn)")
STREET = re.compile(
    "^(adres|woonadres|postadres|thuisadres|straat|straatnaam|address|street|woonstraat)$"
)
HOUSE = re.compile("^(huisn(umme)?r|huisnummertoevoeging|housen(umbe)?r)")
POSTCODE = re.compile("^(postcode|postkode|woonpostcode|pc$|postal|zip)")
LOCATION = re.compile("latitude|longitude|breedtegraad|lengtegraad|^gps|coordina")
REMARK = re.compile(
    "^(opmerking|toelicht|namelijk|commenta|comment|remark|notitie|notes?$|beschrijf|omschrijf"
    "|omschrijving|feedback|explain|text$|waarom|verhaal)"
)
# The dates of a measurement, a lesson or an export.
MEASURED = re.compile(
    "meet|meting|afname|toets|test|start|eind|begin|end$|record|submit|stamp|invul|ingevuld|peil"
    "|prik|inschrij|uitschrij|stroom|aanmaak|create|modif|tijd|time|export|bezoek|gesprek|wave"
    "|complet|last|les|sessie|session|vakantie|advies|schooljaar"
)


@dataclass(frozen=True, slots=True)
class Header:
    """The words of a header, without accents and capitals."""

    words: tuple[str, ...]

    @property
    def short(self) -> bool:
        return len(self.words) <= SHORT

    @property
    def bare(self) -> tuple[str, ...]:
        """Without the small words."""
        return tuple(word for word in self.words if word not in BETWEEN)

    @property
    def of_school(self) -> bool:
        """Whether it is about a school, so not about a person."""
        return any(SCHOOL.search(word) for word in self.words)

    @property
    def is_school(self) -> bool:
        """Whether the column says which school."""
        return bool(self.words) and all(
            OF_SCHOOL.fullmatch(word) or word in ("code", "nr", "id", "naam") for word in self.words
        )

    @property
    def at_home(self) -> bool:
        return any(word in HOME or word.startswith("woon") for word in self.words)

    @property
    def person(self) -> bool:
        """Only persons are mentioned, and not one of their traits or numbers."""
        named = [word for word in self.words if word not in BETWEEN | NAMED]
        return bool(named) and all(word in PERSONS for word in named)

    @property
    def measured(self) -> bool:
        return any(MEASURED.search(word) for word in self.words)

    @property
    def remark(self) -> bool:
        return any(REMARK.search(word) for word in self.words)

    @property
    def house(self) -> bool:
        return any(HOUSE.search(word) for word in self.words) and not self.of_school

    @property
    def just_name(self) -> bool:
        """A name, it does not say of whom or of what."""
        return (
            bool(NAMED & set(self.words))
            and len(self.words) <= SHORT + 1
            and not any(ORGANISATION.search(word) for word in self.words)
        )

    def says(self, kind: Kind) -> bool:
        """Whether it promises what identifies in this way."""
        words = self.words
        match kind:
            case Kind.NAME:
                named = any(NAME.search(word) for word in words)
                english = bool(ENGLISH_NAME & set(words)) and "name" in words
                return named or english or (self.just_name and bool(PERSONS & set(words)))
            case Kind.BIRTH_DATE:
                pairs = ({"geb", "datum"}, {"geb", "dat"}, {"geboorte", "datum"})
                more = ({"birth", "date"}, {"date", "birth"}, {"dob"}, {"birthday"})
                return any(BIRTH.search(word) for word in words) or any(
                    pair <= set(words) for pair in (*pairs, *more)
                )
            case Kind.BSN:
                return any(BSN.search(word) for word in words)
            case Kind.EMAIL:
                return any("mail" in word for word in words)
            case Kind.PHONE:
                return any(PHONE.search(word) for word in words)
            case Kind.ADDRESS:
                online = any("mail" in word or word in ("ip", "web") for word in words)
                street = any(STREET.search(word) for word in words)
                return (street or self.house) and not (self.of_school or online)
            case Kind.POSTCODE:
                return any(POSTCODE.search(word) for word in words) and not self.of_school
            case Kind.LOCATION:
                return any(LOCATION.search(word) for word in words) and not self.of_school
            case Kind.IP_ADDRESS:
                return any(word in ("ip", "ipadres", "ipaddress", "ipaddr") for word in words)
            case Kind.IBAN:
                return any(word in ("iban", "rekeningnummer", "rekening") for word in words)
            case Kind.FREE_TEXT:
                return self.remark


def header_of(text: str) -> Header:
    """The words of a name such as ``GeboorteDatum_kind`` or ``Wat is je naam?``."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return Header(tuple(word.casefold() for word in BREAKS.split(plain) if word))
