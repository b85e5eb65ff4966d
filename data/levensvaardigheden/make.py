"""Makes the invented data of this study: pupils.csv and truth.toml. Usage: python make.py

Outcomes are made in standard deviations (of one measurement, without the programme) as the sum of
school, class, known characteristics and pupil, and then mapped linearly to the scale.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

# Chosen: see README. Another seed gives another draw of the same study.
SEED = 20261656
SCHOOLS = "ABCDEFGHIJKL"
WAVES = ["voormeting", "nameting", "20 maanden"]
EDUCATION = ["laag", "midden", "hoog"]

# Correlations with the same pupil, or the same school or class, at another measurement.
PUPIL_STABILITY = 0.6
GROUP_STABILITY = 0.8
# Lasting differences between pupils go together: own ability, self-image, problem behaviour.
TOGETHER = np.array([[1.0, 0.5, -0.2], [0.5, 1.0, -0.2], [-0.2, -0.2, 1.0]])

# Share of the pupils without a row at 20 maanden, by programme, and what parents' education
# (laag, midden, hoog) adds to a pupil's chance.
LEFT = {"ja": 0.16, "nee": 0.22}
LEFT_BY_EDUCATION = np.array([0.04, 0.0, -0.03])
# Absent at the nameting: of those who will have left at 20 maanden, and of those who stay.
ABSENT_IF_LEFT, ABSENT_IF_STAYED = 0.40, 0.03
JOINED_LATER = 0.01
SINGLE_MISSING = 0.015


@dataclass(frozen=True)
class Outcome:
    """One scale; everything but mean, points, range and decimals is in standard deviations."""

    name: str
    mean: float  # at the voormeting, in scale points
    points: float  # scale points in one standard deviation
    range: tuple[float, float]
    decimals: int
    icc_school: float
    icc_class: float
    trend: tuple[float, float, float]  # by measurement, with and without the programme
    girl: float
    education: tuple[float, float, float]  # by parents' education
    weight: float  # per point of schoolweging
    effect: tuple[float, float, float]  # at 20 maanden, by parents' education; 0 at the nameting
    skew: float = 0.0  # 0 is normal, 0.3 a mildly longer upper tail


OUTCOMES = [
    Outcome("zelfeffectiviteit", 2.80, 0.42, (1, 4), 2, 0.03, 0.02, (0.0, 0.05, 0.10),
            -0.05, (-0.15, 0.0, 0.15), -0.02, (0.45, 0.30, 0.20)),
    Outcome("zelfbeeld", 2.90, 0.40, (1, 4), 2, 0.02, 0.02, (0.0, 0.0, -0.05),
            -0.15, (-0.10, 0.0, 0.10), -0.01, (0.10, 0.10, 0.10)),
    Outcome("probleemgedrag", 3.40, 1.30, (0, 10), 1, 0.04, 0.02, (0.0, 0.05, 0.05),
            -0.30, (0.15, 0.0, -0.15), 0.02, (-0.25, -0.25, -0.25), skew=0.3),
]  # fmt: skip


def make_pupils(rng: np.random.Generator) -> pd.DataFrame:
    """One row per pupil at the voormeting: school, class and characteristics."""
    with_programme = set(rng.permutation(list(SCHOOLS))[: len(SCHOOLS) // 2])
    classes = []
    for letter in SCHOOLS:
        weight = round(float(np.clip(rng.normal(28.5, 3.5), 20, 40)), 1)
        for group in sorted(rng.permutation([5, 6, 7])[: rng.integers(2, 4)]):
            programme = "ja" if letter in with_programme else "nee"
            row = (f"School {letter}", f"{letter}-{group}", programme, group, weight)
            classes += [row] * rng.integers(17, 28)
    columns = ["school", "klas", "programma", "groep", "schoolweging"]
    pupils = pd.DataFrame(classes, columns=columns)
    n = len(pupils)
    home = rng.normal(0.1 * (28.5 - pupils["schoolweging"]), 1)
    pupils["meisje"] = rng.integers(0, 2, n)
    pupils["opleiding_ouders"] = np.array(EDUCATION)[np.digitize(home, [-0.7, 0.4])]
    pupils["leerling"] = [f"L{number:04d}" for number in rng.permutation(n) + 1]
    return pupils


def group_part(rng: np.random.Generator, codes: np.ndarray, variance: float) -> np.ndarray:
    """(pupils, measurements): what a school or class shares; follow-ups lean on the first."""
    first, new = rng.normal(size=(2, codes.max() + 1, len(WAVES)))
    first = first[:, :1]
    later = GROUP_STABILITY * first + np.sqrt(1 - GROUP_STABILITY**2) * new[:, 1:]
    return np.sqrt(variance) * np.hstack([first, later])[codes]


def make_outcome(
    rng: np.random.Generator, pupils: pd.DataFrame, outcome: Outcome, trait: np.ndarray
) -> np.ndarray:
    """(pupils, measurements): the scores on the scale, before rounding and clipping."""
    if outcome.skew:
        a = outcome.skew
        trait = (np.exp(a * trait - a**2 / 2) - 1) / np.sqrt(np.exp(a**2) - 1)
    education = pd.Categorical(pupils["opleiding_ouders"], EDUCATION).codes
    known = (
        outcome.girl * (pupils["meisje"] - 0.5)
        + np.array(outcome.education)[education]
        + outcome.weight * (pupils["schoolweging"] - 28.5)
    ).to_numpy()
    school = group_part(rng, pd.factorize(pupils["school"])[0], outcome.icc_school)
    room = group_part(rng, pd.factorize(pupils["klas"])[0], outcome.icc_class)
    moment = rng.normal(size=school.shape)
    pupil = np.sqrt(PUPIL_STABILITY) * trait[:, None] + np.sqrt(1 - PUPIL_STABILITY) * moment
    left_over = 1 - outcome.icc_school - outcome.icc_class - known.var()
    score = school + room + known[:, None] + np.sqrt(left_over) * pupil + outcome.trend
    treated = (pupils["programma"] == "ja").to_numpy()
    score[:, 2] += treated * np.array(outcome.effect)[education]
    return outcome.mean + outcome.points * score


def presence(rng: np.random.Generator, pupils: pd.DataFrame) -> np.ndarray:
    """(pupils, measurements): whether the measurement took place."""
    education = pd.Categorical(pupils["opleiding_ouders"], EDUCATION).codes
    draw, absent_draw, joined_draw = rng.random((3, len(pupils)))
    lead = pd.Series(LEFT_BY_EDUCATION[education] - draw, pupils.index)
    rank = lead.groupby(pupils["programma"]).rank(ascending=False, pct=True)
    left = (rank <= pupils["programma"].map(LEFT)).to_numpy()
    absent = absent_draw < np.where(left, ABSENT_IF_LEFT, ABSENT_IF_STAYED)
    joined = (joined_draw < JOINED_LATER) & ~left
    return np.column_stack([~joined, ~absent, ~left])


def make(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pupils, and the file: one row per pupil per measurement that took place."""
    pupils = make_pupils(rng)
    traits = rng.normal(size=(len(pupils), len(OUTCOMES))) @ np.linalg.cholesky(TOGETHER).T
    present = presence(rng, pupils)
    rows, waves = np.nonzero(present)
    long = pupils.iloc[rows].reset_index(drop=True)
    long["meetmoment"] = pd.Categorical.from_codes(waves, WAVES, ordered=True)
    for outcome, trait in zip(OUTCOMES, traits.T, strict=True):
        score = make_outcome(rng, pupils, outcome, trait)[rows, waves]
        score[rng.random(len(score)) < SINGLE_MISSING] = np.nan
        long[outcome.name] = score.clip(*outcome.range).round(outcome.decimals)
    order = ["leerling", "school", "klas", "meetmoment", "programma", "meisje", "groep",
             "opleiding_ouders", "schoolweging", *(o.name for o in OUTCOMES)]  # fmt: skip
    return pupils, long.sort_values(["leerling", "meetmoment"])[order]


def inline(values: np.ndarray) -> str:
    """An inline table of TOML: the average effect, then the effect by parents' education."""
    names = ["average", *EDUCATION]
    cells = (f"{name} = {value:.4f}" for name, value in zip(names, values, strict=True))
    return "{ " + ", ".join(cells) + " }"


def truth(pupils: pd.DataFrame) -> str:
    """What was put into the data, as TOML; an average is over all pupils in the study."""
    share = pupils["opleiding_ouders"].value_counts(normalize=True)[EDUCATION].to_numpy()
    absent = {
        arm: left * ABSENT_IF_LEFT + (1 - left) * ABSENT_IF_STAYED for arm, left in LEFT.items()
    }
    lines = [
        "# Made by make.py: what was put into pupils.csv. Do not edit.",
        f"seed = {SEED}",
        f"pupils = {len(pupils)}",
        f"classes = {pupils['klas'].nunique()}",
        f"schools = {pupils['school'].nunique()}",
        f"pupil_stability = {PUPIL_STABILITY}",
        f"school_stability = {GROUP_STABILITY}",
        "",
        "[note]",
        'nl = "Verzonnen gegevens. In het gepubliceerde onderzoek op middelbare scholen was het '
        "effect ook pas na 20 maanden te zien (Pannebakker e.a., 2019). Dat het effect groter is "
        'bij kinderen van laagopgeleide ouders is onze eigen keuze voor deze namaakgegevens."',
        'en = "Invented data. In the published trial in secondary schools the effect was also '
        "seen only after 20 months (Pannebakker et al., 2019). That the effect is larger when "
        'parents have little education is our own choice for this twin."',
        "",
        "[parents_education]  # share of pupils",
        *(f"{level} = {part:.4f}" for level, part in zip(EDUCATION, share, strict=True)),
        "",
        "[attrition_aimed_at]  # share of the pupils without a row",
        *(f'"nameting".{arm} = {part:.3f}' for arm, part in absent.items()),
        *(f'"20 maanden".{arm} = {part:.3f}' for arm, part in LEFT.items()),
    ]
    for outcome in OUTCOMES:
        lines += [
            "",
            f"[outcomes.{outcome.name}]",
            f"points_per_sd = {outcome.points}",
            f"icc_school = {outcome.icc_school}",
            f"icc_class = {outcome.icc_class}",
        ]
        for wave, effect in [(WAVES[1], np.zeros(3)), (WAVES[2], np.array(outcome.effect))]:
            values = np.array([share @ effect, *effect])
            lines.append(f'effect."{wave}".sd = {inline(values)}')
            lines.append(f'effect."{wave}".points = {inline(outcome.points * values)}')
    return "\n".join(lines) + "\n"


def write(name: str, text: str, encoding: str) -> None:
    """Writes beside this file, whole or not at all."""
    target = Path(__file__).with_name(name)
    temporary = target.with_suffix(".tmp")
    temporary.write_text(text, encoding=encoding, newline="\n")
    temporary.replace(target)


def main() -> None:
    pupils, long = make(np.random.default_rng(SEED))
    table = long.to_csv(index=False, sep=";", decimal=",", lineterminator="\n")
    write("pupils.csv", table, "utf-8-sig")
    write("truth.toml", truth(pupils), "utf-8")
    print(f"Wrote pupils.csv ({len(pupils)} pupils, {len(long)} rows) and truth.toml.")


if __name__ == "__main__":
    main()
