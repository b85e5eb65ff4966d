"""What the command line says of itself."""

from __future__ import annotations

from academic_workplace.language import Text

HELP = {
    "workplace": Text(
        "Van een bestand met leerlingen naar een rapport dat een werkgroep kan lezen.",
        "From a file with pupils to a report that a workgroup can read.",
    ),
    "check": Text(
        "controleer of de gegevens bij het plan passen; noemt alle fouten in één keer",
        "check whether the data fit the plan; names all faults at once",
    ),
    "report": Text(
        "reken de studie uit en schrijf het rapport (HTML, PDF, Word) met zijn getallen",
        "run the study and write the report (HTML, PDF, Word) with its numbers",
    ),
    "reproduce": Text(
        "reken een rapport opnieuw uit: 0 gelijk, 1 verschilt, 2 kan niet",
        "run a report again: 0 agrees, 1 differs, 2 cannot run",
    ),
    "power": Text(
        "reken vooraf uit welk verschil een onderzoek kan zien, en hoe vaak",
        "work out beforehand which difference a study can see, and how often",
    ),
    "new": Text(
        "begin een onderzoek: een map met een plan, een codeboek en een notebook",
        "begin a study: a folder with a plan, a codebook and a notebook",
    ),
    "pseudonymise": Text(
        "schrijf een kopie met schuilnamen, zonder iets anders dat zegt wie een leerling is",
        "write a copy with pseudonyms, without anything else that tells who a pupil is",
    ),
    "key": Text(
        "maak een sleutel voor schuilnamen; bewaar hem buiten het onderzoek",
        "make a key for pseudonyms; keep it outside the study",
    ),
    "source": Text("het bestand met de gegevens", "the file with the data"),
    "id": Text(
        "kolom die zegt wie de leerling is (mag vaker: samen één schuilnaam)",
        "column that tells who the pupil is (may be repeated: one pseudonym together)",
    ),
    "key file": Text("het bestand met de sleutel", "the file with the key"),
    "key made": Text("waar de sleutel komt", "where the key goes"),
    "copy": Text("waar de kopie komt", "where the copy goes"),
    "into": Text("naam van de kolom met de schuilnaam", "name of the column with the pseudonym"),
    "keep": Text(
        "kolom die mag blijven, ook al zegt zij misschien wie iemand is (mag vaker)",
        "column that may stay although it may tell who somebody is (may be repeated)",
    ),
    "name": Text("naam van de map", "name of the folder"),
    "from": Text(
        "het bestand met de gegevens: het plan en het codeboek worden ermee ingevuld",
        "the file with the data: plan and codebook are filled in from it",
    ),
    "beside": Text("in welke map (anders deze)", "in which folder (otherwise this one)"),
    "site": Text(
        "maak een website van alle rapporten; werkt zonder server, ook op een gedeelde schijf",
        "make a web site of all reports; works without a server, also on a file share",
    ),
    "reports": Text(
        "map met een map per rapport (anders reports)",
        "folder with a folder per report (otherwise reports)",
    ),
    "studies": Text(
        "map met een map per studie: wat nog geen rapport heeft, staat er als plan (anders data)",
        "folder with a folder per study: without a report it is listed as a plan (otherwise data)",
    ),
    "site out": Text(
        "waar de site komt (anders de map site bij de rapporten)",
        "where the site goes (otherwise the folder site beside the reports)",
    ),
    "notebook": Text(
        "maak van een notebook een bladzijde voor wie wil narekenen, met de code ingeklapt",
        "make a notebook into a page for who wants to check it, with its code folded",
    ),
    "notebooks": Text("een of meer notebooks (.ipynb)", "one or more notebooks (.ipynb)"),
    "pages out": Text(
        "map voor de bladzijden (anders reports/notebooks)",
        "folder for the pages (otherwise reports/notebooks)",
    ),
    "monitor": Text(
        "volg de acties: een rapport per werkgroep en een overzicht van twee bladzijden",
        "follow the actions: a report per workgroup and a factsheet of two pages",
    ),
    "voices": Text(
        "maak een rapport van gesprekken en open antwoorden, met alleen wat vrijgegeven is",
        "make a report of interviews and open answers, with only what was released",
    ),
    "voices folder": Text(
        "map met de gesprekken (stemmen.toml en wat erbij hoort)",
        "folder of the interviews (stemmen.toml and what belongs to it)",
    ),
    "template": Text(
        "schrijf het bestand waarin een werkgroep haar cijfers over een periode inlevert",
        "write the file in which a workgroup hands in its values for a period",
    ),
    "workgroup": Text(
        "de werkgroep, zoals de agenda haar noemt (actieplan/maatwerk)",
        "the workgroup, as the agenda calls it (actieplan/maatwerk)",
    ),
    "period": Text("een schooljaar (2025-2026) of 2025-1", "a school year (2025-2026) or 2025-1"),
    "template out": Text(
        "waar het bestand komt: .xlsx of .csv (anders <werkgroep>-<periode>.xlsx)",
        "where the file goes: .xlsx or .csv (otherwise <workgroup>-<period>.xlsx)",
    ),
    "agenda": Text(
        "map met de agenda’s (anders data/agenda)", "folder of the agendas (otherwise data/agenda)"
    ),
    "values": Text(
        "ingeleverde cijfers: een bestand of een map (mag vaker; anders data/monitor)",
        "values handed in: a file or a folder (may be repeated; otherwise data/monitor)",
    ),
    "evidence": Text(
        "map met gepubliceerd onderzoek (anders data/evidence)",
        "folder of published research (otherwise data/evidence)",
    ),
    "monitor out": Text(
        "map voor de mappen van de rapporten (anders reports)",
        "folder for the folders of the reports (otherwise reports)",
    ),
    "lab": Text("open JupyterLab met de notebooks", "open JupyterLab with the notebooks"),
    "plan": Text("het plan van de studie (plan.toml)", "the plan of the study (plan.toml)"),
    "data": Text("een ander bestand dan het plan noemt", "another file than the plan names"),
    "language": Text(
        "taal van rapport en meldingen: nl of en (mag vaker)",
        "language of report and messages: nl or en (may be repeated)",
    ),
    "out": Text(
        "map voor het rapport (anders reports/<naam van de studie>)",
        "folder for the report (otherwise reports/<name of the study>)",
    ),
    "folder": Text("map van een rapport (met manifest.json)", "folder of a report"),
    "clusters": Text(
        "aantal scholen, in alle groepen samen", "number of schools, all arms together"
    ),
    "pupils": Text("leerlingen per school, gemiddeld", "pupils per school, on average"),
    "icc": Text(
        "hoe sterk leerlingen van één school op elkaar lijken (anders 0,10; zie --attainment)",
        "how much pupils of one school are alike (otherwise 0.10; see --attainment)",
    ),
    "attainment": Text(
        "de uitkomst is een leerprestatie: de ICC is dan 0,20, tenzij u er een geeft",
        "the outcome is attainment: the ICC is then 0.20, unless you give one",
    ),
    "assigned": Text(
        "wie verdeeld wordt: cluster (hele scholen) of pupil (leerlingen binnen scholen)",
        "who is assigned: cluster (whole schools) or pupil (pupils within schools)",
    ),
    "share": Text(
        "deel dat het programma krijgt (anders de helft)", "share treated (otherwise half)"
    ),
    "r2": Text(
        "deel van de verschillen tussen leerlingen dat vooraf bekende kenmerken verklaren",
        "share of the variance between pupils that covariates explain",
    ),
    "r2-clusters": Text("hetzelfde, tussen scholen", "the same, between schools"),
    "correlation": Text(
        "samenhang van voormeting en nameting (anders telt een voormeting niet mee)",
        "correlation of the measurements before and after (otherwise none before is counted)",
    ),
    "cv": Text("hoe ongelijk de scholen in grootte zijn (0 = gelijk)", "CV of the schools’ sizes"),
    "proportion": Text(
        "voor een ja-nee-uitkomst: het deel ‘ja’ zonder het programma",
        "for a yes-or-no outcome: the share of ‘yes’ without the programme",
    ),
    "outcomes": Text(
        "aantal uitkomsten waarop getoetst wordt (Holm)", "number of outcomes tested (Holm)"
    ),
    "effect": Text(
        "een verschil: hoe vaak is het te zien, en hoeveel scholen kost dat?",
        "a difference: how often is it seen, and how many schools does that take?",
    ),
    "chance": Text("hoe vaak het te zien moet zijn (anders 0,80)", "power wanted (otherwise 0.80)"),
    "alpha": Text("kans op een toevalstreffer (anders 0,05)", "level of the test (otherwise 0.05)"),
    "simulate": Text(
        "speel het onderzoek ook zo vaak na met verzonnen leerlingen",
        "also act the study out this many times with invented pupils",
    ),
    "figure": Text("bewaar de figuur (.png of .svg)", "keep the picture (.png or .svg)"),
    "data of plan": Text(
        "tel scholen en leerlingen in dit bestand (anders in dat van het plan)",
        "count schools and pupils in this file (otherwise in that of the plan)",
    ),
}
