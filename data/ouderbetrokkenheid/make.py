"""Makes the invented data of this study: parents.csv, pupils.csv, asked.csv and truth.toml.

Usage: python make.py. Every school year other parents and pupils answer. An answer is made twice, as
if the school had started and as if it had not; the file holds the one that fits.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

# Chosen: see README. Another seed gives another draw of the same study.
SEED = 20261462
YEARS = ["2020-2021", "2021-2022", "2022-2023", "2023-2024", "2024-2025", "2025-2026"]
STARTS = (2, 3, 4, None)  # as a place in YEARS; None: never
SCHOOLS_PER_START = 4
LANGUAGES = ["Nederlands", "anders"]
ASKED = (75, 115)  # parents a year, by school; about as many pupils
ICC_SCHOOL = 0.05
ICC_YEAR = 0.005  # what a school shares in one school year only
SINGLE_MISSING = 0.01


@dataclass(frozen=True)
class Survey:
    """One survey with its outcome; everything but mean, points and range is in standard deviations."""

    name: str
    outcome: str
    mean: float  # in scale points
    points: float  # scale points in one standard deviation
    range: tuple[float, float]
    trend: tuple[float, ...]  # by school year, the same for all schools
    effect: tuple[float, float, float]  # of every year since the start, by year of starting
    other_language: float  # another language at home
    weight: float  # per point of school weight
    response: tuple[float, float]  # of those asked, by language at home
    reached: float  # what a school that has started adds to the response of the other languages


SURVEYS = [
    Survey("parents", "betrokkenheid", 3.40, 0.60, (1, 5), (0.0, -0.04, 0.02, 0.05, 0.04, 0.08),
           (0.20, 0.12, 0.06), -0.40, -0.02, (0.62, 0.30), 0.14),
    Survey("pupils", "welbevinden", 3.80, 0.55, (1, 5), (0.0, -0.06, -0.10, -0.08, -0.05, -0.05),
           (0.08, 0.05, 0.02), -0.10, -0.01, (0.93, 0.88), 0.0),
]  # fmt: skip


def make_schools(rng: np.random.Generator, times: int) -> pd.DataFrame:
    """One row per school. Schools with a higher school weight start a little earlier."""
    start = np.repeat([len(YEARS) if s is None else s for s in STARTS], SCHOOLS_PER_START * times)
    weight = (rng.normal(29, 3, len(start)) - (start - 4.0)).clip(20, 40)
    order = rng.permutation(len(start))
    schools = pd.DataFrame({"start": start[order], "schoolweging": weight[order].round(1)})
    schools["school"] = [f"School {number + 1:02d}" for number in range(len(schools))]
    schools["asked"] = rng.integers(*ASKED, len(schools))
    schools["other"] = (0.25 + 0.025 * (schools["schoolweging"] - 29)).clip(0.05, 0.60)
    return schools


def make_survey(
    rng: np.random.Generator, schools: pd.DataFrame, survey: Survey
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers, with the scores ``started`` and ``not started``; and who was asked, in counts."""
    asked = schools.loc[schools.index.repeat(schools["asked"] * len(YEARS))].reset_index(drop=True)
    asked["year"] = asked.groupby("school").cumcount() % len(YEARS)
    n = len(asked)
    other = rng.random(n) < asked["other"].to_numpy()
    asked["thuistaal"] = np.array(LANGUAGES)[other.astype(int)]
    counts = asked.groupby(["school", "year", "thuistaal"]).size()
    since = (asked["year"] - asked["start"] + 1).clip(lower=0).to_numpy()
    likely = np.array(survey.response)[other.astype(int)] + survey.reached * other * (since > 0)
    answered = rng.random(n) < likely
    school = pd.factorize(asked["school"])[0]
    year = asked["year"].to_numpy()
    base = (
        np.array(survey.trend)[year]
        + survey.other_language * (other - 0.25)
        + survey.weight * (asked["schoolweging"] - 29).to_numpy()
        + np.sqrt(ICC_SCHOOL) * rng.normal(size=len(schools))[school]
        + np.sqrt(ICC_YEAR) * rng.normal(size=(len(schools), len(YEARS)))[school, year]
        + np.sqrt(1 - ICC_SCHOOL - ICC_YEAR - 0.03) * rng.normal(size=n)
    )
    per_year = np.append(survey.effect, 0.0)[[(2, 3, 4, 6).index(s) for s in asked["start"]]]

    def written(score: np.ndarray) -> np.ndarray:
        return (survey.mean + survey.points * score).clip(*survey.range).round(2)

    asked["started"], asked["not_started"] = written(base + per_year * since), written(base)
    asked[survey.outcome] = asked["started"]  # without a year since the start the two are the same
    asked.loc[rng.random(n) < SINGLE_MISSING, survey.outcome] = np.nan
    if survey.name == "pupils":
        asked["groep"] = rng.integers(6, 9, n)
        asked["meisje"] = rng.integers(0, 2, n)
    return asked[answered].reset_index(drop=True), counts.rename(survey.name).reset_index()


def as_file(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The columns as they are written: names of school years, an empty start for never."""
    named = table.assign(
        schooljaar=np.array(YEARS)[table["year"]],
        start=np.array([*YEARS, ""])[table["start"]] if "start" in table else "",
    )
    return named.sort_values(["school", "year"], kind="stable")[columns]


def two_way_fixed_effects(table: pd.DataFrame, effect: np.ndarray) -> float:
    """What a regression on schools, school years and 'has started' makes of the effects alone.

    Rows count equally. The weights are those of Goodman-Bacon (2021) and De Chaisemartin and
    D'Haultfoeuille (2020): what is left of 'has started' after schools and years.
    """
    cells = pd.DataFrame({
        "school": pd.factorize(table["school"])[0],
        "year": table["year"].to_numpy(),
        "on": (table["year"] >= table["start"]).to_numpy(float),
        "effect": effect,
    }).groupby(["school", "year"])  # fmt: skip
    mean, n = cells.mean().reset_index(), cells.size().to_numpy(float)
    groups = np.hstack([
        mean["school"].to_numpy()[:, None] == np.arange(mean["school"].max() + 1),
        mean["year"].to_numpy()[:, None] == np.arange(1, len(YEARS)),
    ]).astype(float)  # fmt: skip
    root = np.sqrt(n)[:, None]
    on = mean["on"].to_numpy()
    fitted = groups @ np.linalg.lstsq(root * groups, root[:, 0] * on, rcond=None)[0]
    left = n * (on - fitted)
    return float(left @ mean["effect"].to_numpy() / (left @ on))


def true_effects(table: pd.DataFrame) -> dict[str, object]:
    """In scale points: the effect per year of starting and school year, its averages, and what
    two-way fixed effects are expected to give.

    In an average a year of starting counts by the answers of its schools (Callaway & Sant'Anna).
    """
    effect = (table["started"] - table["not_started"]).to_numpy()
    on = (table["year"] >= table["start"]).to_numpy()
    cells = table[on].assign(effect=effect[on]).groupby(["start", "year"])["effect"].mean()
    start, year = (cells.index.get_level_values(name) for name in ("start", "year"))
    size = table.groupby("start").size().loc[start].to_numpy()
    weighed, by_start = pd.Series(cells.to_numpy() * size), cells.groupby(level="start").mean()
    since = np.asarray(year - start)
    return {
        "att": cells,
        "average": weighed.sum() / size.sum(),
        "over_starts": np.average(by_start, weights=table.groupby("start").size()[by_start.index]),
        "by_start": by_start,
        "by_years_since": weighed.groupby(since).sum() / pd.Series(size).groupby(since).sum(),
        "two_way": two_way_fixed_effects(table, effect),
    }


def make(rng: np.random.Generator, times: int = 1) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """For every survey the answers and the counts of who was asked.

    times: so many times the schools of this study.
    """
    schools = make_schools(rng, times)
    return {survey.name: make_survey(rng, schools, survey) for survey in SURVEYS}


def truth(made: dict[str, tuple[pd.DataFrame, pd.DataFrame]]) -> str:
    """What was put into the data, as TOML."""
    lines = [
        "# Made by make.py: what was put into parents.csv and pupils.csv. Do not edit.",
        f"seed = {SEED}",
        f"schools = {SCHOOLS_PER_START * len(STARTS)}",
        f"schools_never = {SCHOOLS_PER_START}",
        'estimand = "ATT"  # per year of starting (g) and school year (t)',
        "parallel_trends = true  # without the programme all schools share one trend",
        f"icc_school = {ICC_SCHOOL}",
        f"icc_school_year = {ICC_YEAR}",
        "",
        "[note]",
        'nl = "Verzonnen gegevens. Het effect groeit elk jaar, en is groter op scholen die eerder '
        "begonnen. Dat is onze eigen keuze, net als de grootte: overzichten van echt onderzoek "
        'noemen kleine effecten van ouderbetrokkenheid."',
        'en = "Invented data. The effect grows every year and is larger in schools that started '
        "earlier. That is our own choice, as is its size: reviews of real research name small "
        'effects of parental involvement."',
    ]
    for survey in SURVEYS:
        table, counts = made[survey.name]
        found = true_effects(table)
        head = f"{survey.name}.{survey.outcome}"
        response = (
            table.groupby("thuistaal").size() / counts.groupby("thuistaal")[survey.name].sum()
        )

        def both(value: float, points: float = survey.points) -> str:
            return f"{{ points = {value:.4f}, sd = {value / points:.4f} }}"

        lines += ["", f"[{head}]", f"points_per_sd = {survey.points}", f"answers = {len(table)}"]
        lines += [f'response."{name}" = {response[name]:.3f}' for name in LANGUAGES]
        lines += [
            f"average = {both(found['average'])}  # over the school years since a start",
            f"average_over_starts = {both(found['over_starts'])}  # first per year of starting",
            f"two_way_fixed_effects = {both(found['two_way'])}  # expected, with these answers",
            "",
            f"[{head}.by_start]",
            *(f'"{YEARS[g]}" = {both(value)}' for g, value in found["by_start"].items()),
            "",
            f"[{head}.by_years_since]",
            *(f'"{e}" = {both(value)}' for e, value in found["by_years_since"].items()),
            "",
            f"[{head}.att]  # year of starting, school year",
            *(
                f'"{YEARS[g]}"."{YEARS[t]}" = {both(value)}'
                for (g, t), value in found["att"].items()
            ),
        ]
    return "\n".join(lines) + "\n"


def write(name: str, text: str, encoding: str) -> None:
    """Writes beside this file, whole or not at all."""
    target = Path(__file__).with_name(name)
    temporary = target.with_suffix(".tmp")
    temporary.write_text(text, encoding=encoding, newline="\n")
    temporary.replace(target)


def main() -> None:
    made = make(np.random.default_rng(SEED))
    known = ["school", "schooljaar", "start", "thuistaal"]
    parents, pupils = made["parents"], made["pupils"]
    asked = parents[1].merge(pupils[1], how="outer").fillna(0)
    counts = ["parents", "pupils"]
    asked[counts] = asked[counts].astype(int)
    tables = {
        "parents.csv": as_file(parents[0], [*known, "betrokkenheid"]),
        "pupils.csv": as_file(pupils[0], [*known, "groep", "meisje", "welbevinden"]),
        "asked.csv": as_file(asked, ["school", "schooljaar", "thuistaal", *counts]),
    }
    for name, table in tables.items():
        write(
            name, table.to_csv(index=False, sep=";", decimal=",", lineterminator="\n"), "utf-8-sig"
        )
    write("truth.toml", truth(made), "utf-8")
    print("Wrote " + ", ".join(f"{name} ({len(table)})" for name, table in tables.items()) + ".")


if __name__ == "__main__":
    main()
