"""Makes the invented data of this study: metingen.csv, pupils.csv, truth.toml. Usage: python make.py

For every pupil both outcomes are made: had the school been given the offer, and had it not. The
files hold the one that fits; the truth is the difference. Who takes part follows from something that
stands in no file (how eager a pupil is), and so do the scores: comparing who came with who did not
gives the wrong answer. Which score is missing follows from what stands in the file, and from chance.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

SEED = 20261123  # chosen: see README
SCHOOLS, CLASSES = 20, 2
WAVES = ["start", "eind", "half jaar later"]
EDUCATION = ["laag", "midden", "hoog"]
ICC_SCHOOL, ICC_CLASS = 0.05, 0.04
# The effect on reading of taking part, in standard deviations, by parents' education; and how much
# of it is left half a year later.
EFFECT = np.array([0.38, 0.28, 0.18])
LASTS = 0.6
WELLBEING = 0.15  # the effect on wellbeing, the same for all
GROWTH = np.array([0.0, 0.45, 0.65])  # of reading, with or without the offer
DAYS, SPREAD = 5.5, 1.3  # days absent: their mean without the offer, and the shape of the gamma
FEWER_DAYS = 0.80  # of the days absent, for who takes part
TARGET = 0.15  # the reading score at the end that is the target level
MEAN, POINTS = 170.0, 20.0  # reading: points of the test
GONE = np.array([0.03, 0.11, 0.19])  # share without scores per wave, at an average start


def make(
    rng: np.random.Generator, times: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, np.ndarray]]:
    """The two files, and per outcome what the offer and taking part do, per pupil.

    times: so many studies of this size beside each other, as one.
    """
    schools = SCHOOLS * times
    rooms = schools * CLASSES
    size = rng.integers(17, 28, rooms)
    room = np.repeat(np.arange(rooms), size)
    school, n = room // CLASSES, len(room)
    offered = (rng.permutation(schools) % 2 == 0)[school]
    home, girl = rng.normal(size=n), rng.integers(0, 2, n)
    home += 0.4 * rng.normal(size=schools)[school]
    education = np.digitize(home, [-0.6, 0.5])
    eager = rng.normal(size=n) + 0.15 * (girl - 0.5)
    part = 1 / (1 + np.exp(-(1.0 + 0.9 * eager))) > rng.random(n)
    took = offered & part

    shared = np.sqrt(ICC_SCHOOL) * rng.normal(size=schools)[school]
    shared += np.sqrt(ICC_CLASS) * rng.normal(size=rooms)[room]
    able = 0.35 * home + 0.2 * eager + 0.1 * (girl - 0.5) + 0.7 * rng.normal(size=n)
    happy = 0.10 * home + 0.25 * eager + 0.6 * rng.normal(size=n)
    slope = 0.12 * rng.normal(size=n)  # some grow faster, whatever is offered
    shocks = np.sqrt(ICC_SCHOOL / 3) * rng.normal(size=(2, schools))[:, school]
    size_of = part * EFFECT[education]
    rows, without, gained, happier = [], [], [], []
    for t, wave in enumerate(WAVES):
        reading = able + shared + GROWTH[t] + slope * t + 0.4 * rng.normal(size=n)
        well = happy + shared / 2 + 0.5 * rng.normal(size=n) - 0.05 * t
        if t:
            reading += shocks[t - 1]
        gain = size_of * (0.0, 1.0, LASTS)[t]
        without.append(reading)
        gained.append(gain)
        seen = np.round(MEAN + POINTS * (reading + offered * gain))
        both = [np.round(3.6 + 0.6 * (well + more), 1).clip(1, 5) for more in (0, part * WELLBEING)]
        happier.append(both[1] - both[0])
        wellbeing = np.where(offered, both[1], both[0]) if t else both[0]
        rows.append(pd.DataFrame({"meting": wave, "lezen": seen, "welbevinden": wellbeing}))
    start = np.round(MEAN + POINTS * without[0])
    # Who is away later: a low score at the start, little education at home, no offer.
    risk = -0.6 * (start - MEAN) / POINTS - 0.35 * (education - 1) - 0.35 * offered
    for t, table in enumerate(rows):
        away = rng.random(n) < GONE[t] * np.exp(0.7 * risk * (t > 0))
        table.loc[away, ["lezen", "welbevinden"]] = np.nan
        table.loc[rng.random(n) < 0.02, "welbevinden"] = np.nan

    end = without[1]
    level = np.stack([end > TARGET, end + gained[1] > TARGET]).astype(int)
    rate = DAYS * np.exp(-0.25 * home - 0.15 * eager + 0.4 * shared)
    rate *= rng.gamma(SPREAD, 1 / SPREAD, n)
    calm = rng.random(n)  # the same luck with the offer as without
    days = np.stack([stats.poisson.ppf(calm, rate * (FEWER_DAYS if with_it else 1) ** part)
                     for with_it in (False, True)])  # fmt: skip
    own = offered.astype(int)
    code = rng.permutation(n) + 1
    fixed = pd.DataFrame(
        {
            "leerling": [f"R{number:04d}" for number in code],
            "school": [f"School {number + 1:02d}" for number in school],
            "klas": [f"{number // CLASSES + 1:02d}-7{'ab'[number % CLASSES]}" for number in room],
            "aanbod": np.where(offered, "ja", "nee"),
            "meisje": girl,
            "opleiding_ouders": np.array(EDUCATION)[education],
            "meegedaan": took.astype(int),
        }
    )
    pupils = fixed.assign(
        lezen_start=rows[0]["lezen"],
        streefniveau=np.choose(own, level),
        verzuim=np.choose(own, days).astype(int),
    )
    by = np.argsort(code)
    long = pd.concat([fixed.join(table).iloc[by] for table in rows], ignore_index=True)
    effects = {
        "part": part,
        "lezen eind": POINTS * gained[1],
        "lezen half jaar later": POINTS * gained[2],
        "welbevinden eind": happier[1],
        "welbevinden half jaar later": happier[2],
        "streefniveau": (level[1] - level[0]).astype(float),
        "verzuim": days[1] - days[0],
    }
    return long, pupils.iloc[by].reset_index(drop=True), effects


def truth(pupils: pd.DataFrame, effects: dict[str, np.ndarray]) -> str:
    """What was put into the data, as TOML: offered is the average over all, taking_part over those
    who take part when they may."""
    part = effects["part"]
    lines = [
        "# Made by make.py: what was put into the files. Do not edit.",
        f"seed = {SEED}",
        "synthetic = true",
        "",
        "[note]",
        'nl = "Verzonnen gegevens. Alle effecten zijn onze eigen keuze."',
        'en = "Invented data. All effects are our own choice."',
        "",
        "[pupils]",
        f"pupils = {len(pupils)}",
        f"schools = {pupils['school'].nunique()}",
        f"take_part_when_offered = {part.mean():.4f}",
        "",
        "[reading_by_education]  # of taking part, in standard deviations",
        *(f"{name} = {value}" for name, value in zip(EDUCATION, EFFECT, strict=True)),
    ]
    for name, effect in effects.items():
        if name == "part":
            continue
        lines += ["", f'["{name}"]', f"offered = {effect.mean():.4f}",
                  f"taking_part = {effect[part].mean():.4f}"]  # fmt: skip
    return "\n".join(lines) + "\n"


def write(name: str, text: str, encoding: str) -> None:
    """Writes beside this file, whole or not at all."""
    target = Path(__file__).with_name(name)
    temporary = target.with_suffix(".tmp")
    temporary.write_text(text, encoding=encoding, newline="\n")
    temporary.replace(target)


def main() -> None:
    """Make the files again, byte for byte."""
    long, pupils, effects = make(np.random.default_rng(SEED))
    for name, table in {"metingen.csv": long, "pupils.csv": pupils}.items():
        text = table.assign(**{
            column: table[column].map(lambda v: "" if pd.isna(v) else f"{v:g}".replace(".", ","))
            for column in table.select_dtypes("number")
        }).to_csv(index=False, sep=";")  # fmt: skip
        write(name, text, "utf-8-sig")
    write("truth.toml", truth(pupils, effects), "utf-8")


if __name__ == "__main__":
    main()
