"""Makes the invented values of this folder: a file per workgroup and school year. Usage: python make.py

Every number is drawn: a share as how many of so many count, a count as it is. Nothing is known of the
real actions, and no value says anything of them.
"""

import csv
from pathlib import Path

import numpy as np

SEED = 20261122  # any other seed gives another draw
PERIODS = ("2023-2024", "2024-2025", "2025-2026")
COUNTED = {"2023-2024": "01-07-2024", "2024-2025": "01-07-2025", "2025-2026": "01-07-2026"}
HEADINGS = ("sleutel", "periode", "teller", "noemer", "bron", "datum", "opmerking", "verzonnen")
SOURCE = "Verzonnen voor dit voorbeeld"

# Indicator -> of how many in each school year (None: nobody handed it in), and the share that is drawn.
SHARES = {
    "vliegende-start": {
        "actieplan/1.1/kwaliteit": ((64, 66, 68), (0.58, 0.63, 0.68)),
        "actieplan/1.2/in-beeld": ((7310, 7240, 7185), (0.93, 0.94, 0.955)),
        "actieplan/1.2/steun-op-tijd": ((118, 131, 126), (0.55, 0.56, 0.55)),
        "actieplan/1.3/bereik": ((402, 418, 395), (0.78, 0.81, 0.85)),
    },
    "leeromgeving": {
        "actieplan/2.1/samenwerking": ((None, 71, 78), (0, 0.40, 0.45)),
        "actieplan/2.2/deelname": ((2260, 2310, 2285), (0.52, 0.57, 0.61)),
        "actieplan/2.3/afspraken": ((14, 14, 15), (0.3, 0.4, 0.5)),
        "actieplan/6.1/netwerk": ((None, None, 512), (0, 0, 0.63)),
        "actieplan/6.2/leerdag": ((640, 690, 735), (0.47, 0.51, 0.55)),
    },
    "maatwerk": {
        "actieplan/3.1/eigen-plan": ((240, 251, 246), (0.61, 0.66, 0.70)),
        "actieplan/3.2/aan-tafel": ((88, 95, 102), (0.66, 0.70, 0.74)),
        "actieplan/3.4/klassen": ((96, 95, 97), (0.20, 0.24, 0.27)),
        "actieplan/5.1/warme-overdracht": ((905, 930, 918), (0.81, 0.86, 0.93)),
        "actieplan/5.2/afstroom": ((1180, 1205, 1190), (0.145, 0.15, 0.14)),
        "actieplan/5.2/begeleiding": ((None, 84, 90), (0, 0.47, 0.37)),
        "gka/levensvaardigheden/bereik": ((2260, 2310, 2285), (0.11, 0.17, 0.24)),
        "gka/levensvaardigheden/alle-lessen": ((24, 31, 44), (0.50, 0.60, 0.66)),
        "gka/routekaart-professionals/gebruik": ((None, 61, 73), (0, 0.07, 0.20)),
    },
    "ouderbetrokkenheid": {
        "actieplan/4.1/gesprek-met-drie": ((5120, 5060, 5090), (0.71, 0.70, 0.67)),
        "actieplan/4.2/training": ((310, 322, 318), (0.33, 0.38, 0.42)),
        "actieplan/4.3/betrokken": ((None, 214, 231), (0, 0.66, 0.69)),
    },
}  # fmt: skip
COUNTS = {  # the mean that is drawn about in each school year
    "leeromgeving": {"actieplan/2.1/overzicht": (142, 168, 181)},
    "maatwerk": {"gka/gelijke-kansen-conferentie/bezoek": (118, 126, 131)},
    "ouderbetrokkenheid": {
        "actieplan/4.4/doorverwezen": (92, 104, 141),
        "gka/routekaart-ouders/uitgereikt": (None, None, 260),
    },
}
# What a source gave as "1 tot 4", to show that it stays within bounds.
HIDDEN = {("gka/routekaart-professionals/gebruik", "2024-2025")}
NOTES = {
    ("gka/routekaart-professionals/gebruik", "2024-2025"): "Eerste jaar",
    ("gka/routekaart-ouders/uitgereikt", "2025-2026"): "Voor het eerst geteld",
}


def main() -> None:
    rng = np.random.default_rng(SEED)
    folder = Path(__file__).parent
    for workgroup, shares in SHARES.items():
        rows = {period: [] for period in PERIODS}
        for key, (of, share) in shares.items():
            for period, n, p in zip(PERIODS, of, share, strict=True):
                if n is not None:
                    x = int(rng.binomial(n, p))
                    rows[period].append((key, "<5" if (key, period) in HIDDEN else x, n))
        for key, means in COUNTS.get(workgroup, {}).items():
            for period, mean in zip(PERIODS, means, strict=True):
                if mean is not None:
                    rows[period].append((key, int(rng.poisson(mean)), ""))
        for period, found in rows.items():
            file = folder / f"{workgroup}-{period}.csv"
            with file.open("w", encoding="utf-8-sig", newline="") as out:
                written = csv.writer(out, delimiter=";", lineterminator="\r\n")
                written.writerow(HEADINGS)
                for key, x, n in found:
                    note = NOTES.get((key, period), "")
                    written.writerow([key, period, x, n, SOURCE, COUNTED[period], note, "ja"])


if __name__ == "__main__":
    main()
