"""Why some plans cannot have their missing values filled in several times, and what to do then."""

from __future__ import annotations

from academic_workplace.language import Text
from academic_workplace.plan.choices import MATCHING, Method

OR_COMPLETE = Text('Of schrijf missing = "complete cases".', 'Or write missing = "complete cases".')
COMPLETE = Text('Schrijf missing = "complete cases".', 'Write missing = "complete cases".')
NO_POOLING = (
    Text(
        "Dit kan niet als ontbrekende waarden worden ingevuld (multiple imputation).",
        "This cannot be had with multiple imputation.",
    ),
    COMPLETE,
)
NOT_FILLED_IN = {  # the rule, and what to do instead
    "varying": (
        Text(
            "Bij het invullen is deze samenhang in elke school gelijk. Verschillen tussen scholen"
            " zouden dan te klein lijken.",
            "In filling in this relation is the same in every school. Differences between schools"
            " would then look too small.",
        ),
        Text(
            'Schrijf missing = "complete cases", of laat varying weg.',
            'Write missing = "complete cases", or leave varying out.',
        ),
    ),
    "crossed": (
        Text(
            "Het invullen kent scholen, en klassen in scholen. Wie bij elkaar hoort in de tweede"
            " indeling (crossed), zou in de ingevulde waarden niet meer op elkaar lijken.",
            "Filling in knows schools, and classes in schools. Those who belong together in the"
            " second division (crossed) would no longer be alike in the values filled in.",
        ),
        Text(
            'Schrijf missing = "complete cases", of laat crossed weg.',
            'Write missing = "complete cases", or leave crossed out.',
        ),
    ),
    "earlier": (
        Text(
            "Metingen van vóór de voormeting laten zien of de groepen al gelijk opliepen. Dat is"
            " alleen te zien aan wat echt is gemeten.",
            "Waves before the baseline show whether the arms already moved alike. Only what was"
            " really measured can show that.",
        ),
        Text(
            'Schrijf missing = "complete cases", of laat earlier weg.',
            'Write missing = "complete cases", or leave earlier out.',
        ),
    ),
    "repeated": (
        Text(
            "Elke meting heeft andere leerlingen. Wie er niet was, staat niet in de tabel, en is"
            " dus niet in te vullen.",
            "Every wave has other pupils. Who was not there is not in the table, and so cannot be"
            " filled in.",
        ),
        COMPLETE,
    ),
    "period": (
        Text(
            "Een rij is hier een antwoord in een jaar. Wie er een jaar niet was, staat dat jaar"
            " niet in de tabel, en is dus niet in te vullen.",
            "A row is one answer in one year here. Who was not there in a year is not in the table"
            " of that year, and so cannot be filled in.",
        ),
        COMPLETE,
    ),
    "running": (
        Text(
            "Rond een grens telt hoe scores vlakbij lopen. Het invullen trekt één rechte lijn door"
            " alle scores, en zou dat verloop zelf bepalen.",
            "At a cut-off it counts how scores go near it. Filling in draws one straight line"
            " through all scores, and would decide that itself.",
        ),
        COMPLETE,
    ),
}
_NO_PAIRS = (
    Text(
        "Elke ingevulde tabel geeft andere tweetallen of klassen. Hoe zeker die samen zijn, volgt"
        " niet uit de regels van Rubin.",
        "Every completed table gives other pairs or classes. How sure these are together does not"
        " follow from Rubin's rules.",
    ),
    Text(
        f"Neem gewichten (‘{Method.ENTROPY}’). {OR_COMPLETE.nl}",
        f"Take weights (‘{Method.ENTROPY}’). {OR_COMPLETE.en}",
    ),
)
NOT_POOLED: dict[str | None, tuple[Text, Text]] = {
    **dict.fromkeys(MATCHING, _NO_PAIRS),
    Method.WAVES: (
        Text(
            "Dit model gebruikt al elke score die er is, ook van wie een meting miste. Invullen"
            " voegt daar niets aan toe.",
            "This model already uses every score that there is, also of those who missed a wave."
            " Filling in adds nothing.",
        ),
        COMPLETE,
    ),
    Method.COUNTS: (
        Text(
            "Ingevulde aantallen volgen een normale verdeling en kunnen onder nul liggen. Dit model"
            " kent alleen aantallen vanaf nul.",
            "Counts that are filled in follow a normal distribution and may lie below zero. This"
            " model knows only counts from zero.",
        ),
        Text(
            f"Neem de methode ‘{Method.ADJUSTED}’. {OR_COMPLETE.nl}",
            f"Take the method ‘{Method.ADJUSTED}’. {OR_COMPLETE.en}",
        ),
    ),
}
