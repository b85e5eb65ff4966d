"""Makes the invented interviews of this folder: fragments.csv, codings.csv and released-quotes.toml.

Usage: python make.py. Nobody said any of this. Every sentence was written for this file; who says
what, to which question and in which words is drawn.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20261122  # another seed gives another draw of the same conversations
GROUPS = {"leerlingen": 46, "ouders": 34, "leerkrachten": 30, "mentoren": 26}  # respondents
SECOND = 0.5  # of the respondents of whom a second reader read everything
FRAGMENTS = (2, 4)  # per respondent, the last not included
QUESTIONS = {
    "overstap": "Hoe was de overstap naar de middelbare school?",
    "hulp": "Wie of wat hielp?",
    "beter": "Wat kan beter?",
}


@dataclass(frozen=True)
class Subject:
    """A code: how many of each group mention it, and how alike two readers see it.

    missed: the chance that the second reader does not give it where it belongs; extra: that they
    give it where it does not. says: sentences of pupils, parents and professionals.
    """

    mention: tuple[float, float, float, float]
    missed: float
    extra: float
    says: dict[str, tuple[str, ...]]


SUBJECTS = {
    "spanning": Subject((0.62, 0.50, 0.47, 0.46), 0.05, 0.010, {
        "leerling": (
            "Ik sliep de eerste week bijna niet, zo spannend vond ik het",
            "De eerste dag had ik buikpijn van de zenuwen",
            "Ik was bang dat ik het lokaal niet kon vinden",
            "Het gebouw was zo groot dat ik steeds verdwaalde",
            "In het begin vond ik alles eng, zelfs de kantine",
            "Ik durfde de eerste dagen niet alleen naar de fietsenstalling",
        ),
        "ouder": (
            "Mijn kind kwam de eerste weken moe en stil thuis",
            "Er waren tranen op zondagavond, omdat de week weer begon",
            "Wij vonden het zelf misschien nog spannender dan ons kind",
            "De overgang van één juf naar tien docenten was erg groot",
        ),
        "school": (
            "In september zie je veel kinderen die niet goed slapen",
            "De stap is groot, en daar praten we te weinig over",
            "Rond de herfst zakt de spanning, maar niet bij iedereen",
            "Sommige kinderen trekken zich terug, en dat valt laat op",
        ),
    }),
    "erbij-horen": Subject((0.60, 0.41, 0.40, 0.46), 0.07, 0.012, {
        "leerling": (
            "In de pauze stond ik alleen, want mijn vrienden zaten in een andere klas",
            "Op het kamp leerde ik eindelijk iemand kennen met wie ik kon lachen",
            "Ik ken nu twee kinderen met wie ik altijd samen eet",
            "Iedereen had al een groepje en ik niet",
            "Via voetbal kreeg ik meteen nieuwe vrienden",
        ),
        "ouder": (
            "Zodra er één vriendje was, ging het een stuk beter",
            "Ons kind werd niet gevraagd voor feestjes en dat deed pijn",
            "Het kamp in de tweede week heeft de groep echt gemaakt",
            "Je wilt gewoon dat je kind erbij hoort",
        ),
        "school": (
            "De eerste weken gaan bij ons over de groep, niet over de stof",
            "Wie geen plek in de groep vindt, leert ook minder",
            "Een vast maatje doet vaak meer dan een goed gesprek",
        ),
    }),
    "bekende-volwassene": Subject((0.48, 0.44, 0.50, 0.54), 0.16, 0.035, {
        "leerling": (
            "Mijn mentor vroeg elke week hoe het ging en dat hielp",
            "Er was één docent bij wie ik altijd binnen mocht lopen",
            "De conciërge kende mijn naam al na een week",
            "Ik wist niet bij wie ik moest zijn als er iets was",
        ),
        "ouder": (
            "De mentor belde ons zelf op, dat was heel fijn",
            "Wij hadden één vast gezicht op school en dat gaf rust",
            "Na de zomer wisselde de mentor en moesten we opnieuw beginnen",
        ),
        "school": (
            "Elk kind heeft iemand nodig die het echt kent",
            "Een mentor met tijd maakt het verschil, maar die tijd is er niet altijd",
            "Wij spreken elke leerling in de eerste maand, ook wie niets vraagt",
        ),
    }),
    "durven-vragen": Subject((0.46, 0.37, 0.43, 0.54), 0.24, 0.060, {
        "leerling": (
            "Ik steek mijn vinger niet op, want dan kijkt iedereen",
            "Nu durf ik te zeggen dat ik iets niet snap",
            "In de lessen leerde ik hoe je om hulp vraagt zonder je te schamen",
            "Ik dacht altijd dat ik de enige was die het niet begreep",
        ),
        "ouder": (
            "Ons kind zegt dat alles goed gaat, ook als dat niet zo is",
            "Thuis vertelt ze veel, maar op school houdt ze haar mond",
            "Je merkt dat hij nu zelf naar de docent stapt",
        ),
        "school": (
            "De stille leerlingen vragen niets en die missen we dus",
            "Om hulp vragen moet je oefenen, dat gaat niet vanzelf",
            "Wie thuis leert dat je niet klaagt, vraagt ook hier niets",
        ),
    }),
    "hulp-thuis": Subject((0.37, 0.47, 0.50, 0.46), 0.06, 0.012, {
        "leerling": (
            "Mijn ouders kunnen niet helpen met wiskunde, dus ik doe het zelf",
            "Mijn broer legt het uit als hij tijd heeft",
            "Thuis is het druk, daarom leer ik in de bibliotheek",
            "Bij mij thuis weet niemand hoe je zo'n verslag maakt",
        ),
        "ouder": (
            "Ik wil wel helpen, maar de stof is anders dan vroeger",
            "Wij werken allebei in de avond en dan is er niemand",
            "Bijles is te duur, dus zoeken we filmpjes",
            "Het huiswerk leidt bij ons elke avond tot ruzie",
        ),
        "school": (
            "Je ziet meteen wie thuis iemand heeft die meekijkt",
            "Huiswerk vergroot de verschillen, dat weten we eigenlijk allemaal",
            "Na schooltijd een stille plek bieden helpt meer dan strafwerk",
        ),
    }),
    "advies": Subject((0.33, 0.44, 0.47, 0.2), 0.04, 0.008, {
        "leerling": (
            "Mijn advies was lager dan ik hoopte en dat zat me dwars",
            "Ik wilde laten zien dat ik meer kon dan op het papier stond",
            "Na de toets ging mijn advies omhoog en toen was ik trots",
        ),
        "ouder": (
            "Het gesprek over het advies duurde tien minuten",
            "Wij wisten niet dat je daar iets over mocht zeggen",
            "De school zei dat het later nog kon, maar dat bleek lastig",
            "Het advies klopte met wat wij thuis zagen",
        ),
        "school": (
            "Bij twijfel geven wij nu vaker het hogere advies",
            "Ouders die de weg kennen, bellen, en de andere ouders niet",
            "Een advies voelt voor een kind als een oordeel",
        ),
    }),
    "taal": Subject((0.28, 0.38, 0.43, 0.4), 0.05, 0.008, {
        "leerling": (
            "Ik vertaal de brieven van school voor mijn moeder",
            "De vragen bij de toets waren moeilijker dan de sommen zelf",
            "Met een woordenlijst erbij lukt het me wel",
        ),
        "ouder": (
            "De brieven zijn lang en ik begrijp ze maar half",
            "Ik durf niet te bellen, want mijn Nederlands is niet goed",
            "Een filmpje met uitleg begrijp ik beter dan een mail",
        ),
        "school": (
            "Onze brieven zijn te moeilijk, dat zeggen ouders ons al jaren",
            "Met een tolk erbij werd het een heel ander gesprek",
            "De taal van de toets is voor veel kinderen de drempel",
        ),
    }),
    "kosten": Subject((0.24, 0.33, 0.33, 0.2), 0.03, 0.004, {
        "leerling": (
            "Ik had geen laptop en deed alles op mijn telefoon",
            "De reis naar het museum heb ik overgeslagen vanwege het geld",
        ),
        "ouder": (
            "De laptop, de boeken, de fiets: het kwam allemaal tegelijk",
            "Wij vragen niet graag om hulp met de kosten",
            "Het fonds betaalde de laptop en dat gaf lucht",
        ),
        "school": (
            "Kinderen zeggen dat ze ziek zijn als een uitje geld kost",
            "Vraag nooit in de klas wie het kan betalen",
        ),
    }),
    "verhuizing": Subject((0.05, 0.05, 0.02, 0.1), 0.10, 0.004, {
        "leerling": ("We verhuisden in de zomer en ik kende hier niemand",),
        "ouder": ("Door de verhuizing begon ons kind op twee plekken opnieuw",),
        "school": ("Wie halverwege instroomt, mist de weken waarin de groep wordt gemaakt",),
    }),
}  # fmt: skip
NOTHING = {  # said by many, about nothing in the codebook
    "leerling": ("De roosters zijn elke week weer anders", "De kluisjes zijn wel handig",
                 "Ik vind de pauzes te kort"),
    "ouder": ("De informatie kwam op tijd", "De open dag was druk maar goed"),
    "school": ("De roosters zijn pas laat klaar", "We hebben goede spullen in de lokalen"),
}  # fmt: skip
BEGINS = {
    "overstap": ("", "", "Eerlijk gezegd: ", "Als ik terugdenk: ", "Nou, ", "In het begin was het zo: "),
    "hulp": ("", "", "Wat hielp? ", "Ik denk dit: ", "Misschien gek, maar ", "Het zit zo: "),
    "beter": ("", "", "Dit mag anders: ", "Let hier meer op: ", "Ik zou zeggen: ", "Wat ik mis: "),
}  # fmt: skip
ENDS = {
    "leerling": ("", "", "", " Dat weet ik nog goed.", " Nu gaat het beter.", " Snap je?",
                 " Dat was niet leuk.", " Zo voelde het voor mij.", " Daar dacht ik veel aan."),
    "ouder": ("", "", "", " Dat vonden wij lastig.", " Zo was het bij ons.",
              " Daar heb ik vaak aan gedacht.", " Ik hoor dat ook van andere ouders."),
    "school": ("", "", "", " Dat zie ik elk jaar.", " Daar is te weinig tijd voor.",
               " Dat bespreken we in het team.", " Het is per klas anders."),
}  # fmt: skip
SPEAKER = {
    "leerlingen": "leerling",
    "ouders": "ouder",
    "leerkrachten": "school",
    "mentoren": "school",
}
QUOTED = 14  # fragments on the release list
BY, DATE = "EV", "2026-11-20"  # invented initials of who looked


def sentence(rng: np.random.Generator, speaker: str, about: list[str], question: str) -> str:
    """What somebody says about one or two subjects."""
    parts = [
        str(rng.choice(SUBJECTS[key].says[speaker] if key else NOTHING[speaker])) for key in about
    ]
    begin = str(rng.choice(BEGINS[question]))
    words = ". ".join(parts)
    if begin:
        words = words[0].lower() + words[1:]
    text = begin + words
    return text[0].upper() + text[1:] + "." + str(rng.choice(ENDS[speaker]))


def conversations(rng: np.random.Generator) -> pd.DataFrame:
    """A row per fragment, with the codes that belong to it."""
    rows = []
    person = 0
    for place, (group, size) in enumerate(GROUPS.items()):
        for _ in range(size):
            person += 1
            mind = [key for key, one in SUBJECTS.items() if rng.random() < one.mention[place]]
            order = [str(key) for key in rng.permutation(np.array(mind, dtype=object))]
            pieces = int(rng.integers(*FRAGMENTS))
            pieces = max(pieces, -(-len(order) // 2))  # at most two subjects in a fragment
            shares = [order[i::pieces] for i in range(pieces)]
            questions = rng.permutation(list(QUESTIONS))
            for i, about in enumerate(shares):
                question = str(questions[i % len(questions)])
                text = sentence(rng, SPEAKER[group], about or [""], question)
                rows.append((f"R{person:03d}", group, question, text, about))
    table = pd.DataFrame(rows, columns=["respondent", "groep", "vraag", "tekst", "codes"])
    table.insert(0, "fragment", [f"F{i:03d}" for i in range(1, len(table) + 1)])
    return table


def readings(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Reader A read everything; reader B half of the respondents, and not always with the same eye."""
    rows = [
        (key, "A", ", ".join(about))
        for key, about in zip(table["fragment"], table["codes"], strict=True)
    ]
    people = table["respondent"].unique()
    second = set(rng.choice(people, size=int(SECOND * len(people)), replace=False))
    for one in table.itertuples(index=False):
        if one.respondent in second:
            seen = [
                key for key, subject in SUBJECTS.items()
                if (rng.random() >= subject.missed if key in one.codes else rng.random() < subject.extra)
            ]  # fmt: skip
            rows.append((one.fragment, "B", ", ".join(seen)))
    return pd.DataFrame(rows, columns=["fragment", "codeur", "codes"])


def release_list(rng: np.random.Generator, table: pd.DataFrame) -> str:
    """Fragments that a person (invented) looked at: short ones, of the larger groups and of codes
    that many mention. The last was ticked by nobody, and of the one before it the text was changed.
    """
    fit = table[(table["tekst"].str.len() < 120) & (table["codes"].map(len) == 1)]
    fit = fit[~fit["groep"].eq("mentoren") & ~fit["codes"].map(lambda codes: "verhuizing" in codes)]
    lines = [
        "# What may be quoted: a person looked at the text with this fingerprint, and ticked it here.",
        "# Invented, as is everything in this folder. The last two show what is refused.",
        "",
    ]
    picked = []
    for key in [key for key in SUBJECTS if key != "verhuizing"]:
        own = fit[fit["codes"].map(lambda codes, key=key: key in codes)].drop_duplicates("tekst")
        for group in rng.permutation(list(own["groep"].unique()))[:2]:
            picked.append(own[own["groep"] == group].sample(1, random_state=rng).iloc[0])
    for i, one in enumerate(picked[: QUOTED + 2]):
        text = one["tekst"] if i != QUOTED else one["tekst"] + " Of toch niet."
        by = BY if i != QUOTED + 1 else ""
        print_ = sha256(" ".join(text.split()).encode()).hexdigest()[:16]
        lines += ["[[quote]]", f'fragment = "{one["fragment"]}"', f'fingerprint = "{print_}"',
                  f'by = "{by}"', f"date = {DATE}", ""]  # fmt: skip
    return "\n".join(lines)


def write(name: str, text: str, encoding: str = "utf-8") -> None:
    """Writes beside this file, whole or not at all."""
    target = Path(__file__).with_name(name)
    temporary = target.with_suffix(".tmp")
    temporary.write_text(text, encoding=encoding, newline="\n")
    temporary.replace(target)


def main() -> None:
    rng = np.random.default_rng(SEED)
    table = conversations(rng)
    tables = {"fragments.csv": table.drop(columns="codes"), "codings.csv": readings(rng, table)}
    for name, one in tables.items():
        write(name, one.to_csv(index=False, sep=";", lineterminator="\n"), "utf-8-sig")
    write("released-quotes.toml", release_list(rng, table))
    print("Wrote " + ", ".join(f"{name} ({len(one)})" for name, one in tables.items()) + ".")


if __name__ == "__main__":
    main()
