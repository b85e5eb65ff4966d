"""Makes the invented data of this study: pupils.csv, classes.csv, truth.toml. Usage: python make.py

For every pupil both outcomes are made: with a mentor and without. The file holds the one that fits;
the truth is the difference between the two, over the pupils with a mentor. Who gets a mentor follows
from what stands in the file and from chance, and from nothing else.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

# Chosen: see README. Another seed gives another draw of the same study.
SEED, SEED_CLASSES = 20263264, 20261128
EDUCATION = ["laag", "midden", "hoog"]
YEARS = ["2021-2022", "2022-2023"]
# The ladder: 2 vmbo-b, 3 vmbo-k, 4 vmbo-gt, 5 havo, 6 vwo; a mixed advice lies halfway.
LADDER = np.array([2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6])
ADVICE = np.array([0.06, 0.05, 0.10, 0.06, 0.17, 0.11, 0.17, 0.12, 0.16])

# Home mentoring: one mentor a pupil, a coordinator guides about fifteen pairs.
PUPILS, SCHOOLS, COORDINATORS = 1400, 14, 12
HOURS, STOPPED = 50.0, 0.10  # of those who go on; share who stop within the first months
# Mentors for a whole class, during lessons, in the first year of secondary school.
CLASS_SCHOOLS, CLASSES_PER_SCHOOL, CLASS_HOURS = 8, 3, 15

ICC_SCHOOL = 0.03
COORDINATORS_DIFFER = 0.75  # standard deviation between coordinators, as a part of the effect
ICC_CLASS = 0.08  # in the study of whole classes
MISSING = {"ja": 0.07, "nee": 0.12}  # share of the pupils without a questionnaire afterwards
MISSING_BY_EDUCATION = np.array([0.04, 0.0, -0.03])  # what it adds to that share
MOVED = 0.03  # no position in year 3: the pupil left the region
SINGLE_MISSING = 0.015


@dataclass(frozen=True)
class Outcome:
    """One measure; everything but mean, points, range and step is in standard deviations."""

    name: str
    mean: float
    points: float  # scale points in one standard deviation
    range: tuple[float, float]
    step: float  # the values there can be
    effect: float  # of a mentor, when the pupil gets HOURS hours
    # What goes with it: a girl, one step of parents' education, of advice, of concern, of school
    # weight, one standard deviation of the two scores in groep 8.
    girl: float
    education: float
    advice: float
    concern: float
    weight: float
    confidence: float
    skills: float
    noise: float  # left over between pupils


OUTCOMES = [
    Outcome("zelfvertrouwen", 2.90, 0.45, (1, 4), 0.01, 0.22,
            -0.10, 0.10, 0.05, -0.20, -0.010, 0.45, 0.05, 0.71),
    Outcome("studievaardigheden", 2.80, 0.45, (1, 4), 0.01, 0.22,
            0.15, 0.10, 0.10, -0.20, -0.010, 0.05, 0.45, 0.67),
    Outcome("positie_leerjaar3", 4.40, 1.20, (2, 6), 1.0, 0.11,
            0.05, 0.12, 0.65, -0.08, -0.010, 0.00, 0.10, 0.40),
]  # fmt: skip


def make_pupils(rng: np.random.Generator, schools: int, pupils: int) -> pd.DataFrame:
    """One row per pupil in groep 8: school and what is known there."""
    share = rng.uniform(0.6, 1.4, schools)
    size = rng.multinomial(pupils, share / share.sum())
    school = np.repeat(np.arange(schools), size)
    weight = rng.normal(28.5, 3.5, schools).clip(20, 40).round(1)[school]
    home, ability, confidence, skills, worry = rng.normal(size=(5, pupils))
    home += 0.1 * (28.5 - weight)
    ability = 0.4 * home + np.sqrt(1 - 0.4**2) * ability
    confidence = 0.1 * home + 0.2 * ability + confidence
    skills = 0.5 * ability + np.sqrt(1 - 0.5**2) * skills
    worry = worry - 0.5 * home - 0.6 * skills - 0.6 * confidence
    table = pd.DataFrame({"school": [f"School {number + 1:02d}" for number in school]})
    table["schooljaar"] = np.array(YEARS)[rng.integers(0, 2, pupils)]
    table["meisje"] = rng.integers(0, 2, pupils)
    table["opleiding_ouders"] = np.array(EDUCATION)[np.digitize(home, [-0.7, 0.4])]
    steps = np.quantile(ability, ADVICE.cumsum()[:-1])
    table["advies"] = LADDER[np.digitize(ability, steps)]
    table["bezorgdheid"] = np.digitize(worry, [-1.2, 0.0, 1.2, 2.2]) + 1
    table["schoolweging"] = weight
    table["zelfvertrouwen_groep8"] = (2.9 + 0.45 * confidence).clip(1, 4).round(2)
    table["studievaardigheden_groep8"] = (2.8 + 0.45 * skills).clip(1, 4).round(2)
    table["leerling"] = [f"M{number:04d}" for number in rng.permutation(pupils) + 1]
    return table


def step_of(pupils: pd.DataFrame) -> np.ndarray:
    """(pupils,): parents' education as -1, 0, 1."""
    return pd.Categorical(pupils["opleiding_ouders"], EDUCATION).codes - 1.0


def chance(pupils: pd.DataFrame) -> np.ndarray:
    """(pupils,): of getting a mentor. It follows from the file alone."""
    logit = (
        -2.47
        - 0.70 * step_of(pupils)
        - 0.25 * (pupils["advies"] - 4.5)
        + 0.60 * (pupils["bezorgdheid"] - 2.5)
        + 0.03 * (pupils["schoolweging"] - 28.5)
    )
    return 1 / (1 + np.exp(-logit.to_numpy()))


def group_part(rng: np.random.Generator, code: np.ndarray, variance: float) -> np.ndarray:
    """(pupils,): what a school, class or coordinator shares; -1 stands for none."""
    part = np.sqrt(variance) * rng.normal(size=code.max() + 1)
    return np.where(code < 0, 0.0, part[code])


def known(outcome: Outcome, pupils: pd.DataFrame) -> np.ndarray:
    """(pupils,): the part of an outcome that follows from what stands in the file."""
    part = (
        outcome.girl * (pupils["meisje"] - 0.5)
        + outcome.education * step_of(pupils)
        + outcome.advice * (pupils["advies"] - 4.5)
        + outcome.concern * (pupils["bezorgdheid"] - 2.5)
        + outcome.weight * (pupils["schoolweging"] - 28.5)
        + outcome.confidence * (pupils["zelfvertrouwen_groep8"] - 2.9) / 0.45
        + outcome.skills * (pupils["studievaardigheden_groep8"] - 2.8) / 0.45
    )
    return part.to_numpy()


def written(outcome: Outcome, score: np.ndarray) -> np.ndarray:
    """A score in standard deviations, as it is written in the file."""
    points = outcome.mean + outcome.points * score
    return (np.round(points / outcome.step) * outcome.step).clip(*outcome.range).round(2)


def gone(rng: np.random.Generator, pupils: pd.DataFrame, arm: pd.Series) -> np.ndarray:
    """(pupils,): who filled in nothing afterwards; it hangs on nothing but the arm and education."""
    extra = MISSING_BY_EDUCATION[(step_of(pupils) + 1).astype(int)]
    return rng.random(len(pupils)) < (arm.map(MISSING) + extra).to_numpy()


def make(
    rng: np.random.Generator, times: int = 1
) -> tuple[pd.DataFrame, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """The file, and for every outcome the scores of all with and without a mentor.

    times: so many studies of this size beside each other, as one.
    """
    pupils = make_pupils(rng, SCHOOLS * times, PUPILS * times)
    n = len(pupils)
    treated = rng.random(n) < chance(pupils)
    pupils["mentor"] = np.where(treated, "ja", "nee")
    # Coordinators work by neighbourhood: the pupils of a school have one or two of them.
    coordinator = np.full(n, -1)
    coordinator[treated] = np.arange(treated.sum()) * COORDINATORS * times // treated.sum()
    names = np.array([f"Coördinator {number + 1:02d}" for number in range(COORDINATORS * times)])
    pupils["coordinator"] = np.where(treated, names[coordinator], "")
    usual = rng.normal(HOURS, 4, COORDINATORS * times)[coordinator] + rng.normal(0, 9, n)
    hours = np.where(rng.random(n) < STOPPED, rng.uniform(3, 15, n), usual).clip(3, 75).round()
    pupils["uren"] = np.where(treated, hours, 0).astype(int)
    away = gone(rng, pupils, pupils["mentor"])
    school = pd.factorize(pupils["school"])[0]
    scores = {}
    for outcome in OUTCOMES:
        guided = group_part(rng, coordinator, (COORDINATORS_DIFFER * outcome.effect) ** 2)
        base = (
            known(outcome, pupils)
            + group_part(rng, school, ICC_SCHOOL)
            + outcome.noise * rng.normal(size=n)
        )
        without = written(outcome, base)
        with_mentor = written(outcome, base + outcome.effect * hours / HOURS + guided)
        scores[outcome.name] = with_mentor, without
        seen = np.where(treated, with_mentor, without)
        lost = rng.random(n) < MOVED if outcome.name == "positie_leerjaar3" else away
        seen[lost | (rng.random(n) < SINGLE_MISSING)] = np.nan
        pupils[outcome.name] = seen
    order = ["leerling", "school", "schooljaar", "meisje", "opleiding_ouders", "advies",
             "bezorgdheid", "schoolweging", "zelfvertrouwen_groep8", "studievaardigheden_groep8",
             "mentor", "coordinator", "uren", *(o.name for o in OUTCOMES)]  # fmt: skip
    by = np.argsort(pupils["leerling"].to_numpy(), kind="stable")
    return pupils[order].iloc[by].reset_index(drop=True), {
        name: (one[by], other[by]) for name, (one, other) in scores.items()
    }


def make_classes(
    rng: np.random.Generator, times: int = 1
) -> tuple[pd.DataFrame, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """The same for whole classes: a class gets mentors, or none of its pupils does."""
    schools = CLASS_SCHOOLS * times
    rooms = schools * CLASSES_PER_SCHOOL
    school_of = np.repeat(np.arange(schools), CLASSES_PER_SCHOOL)
    size = rng.integers(19, 28, rooms)
    room = np.repeat(np.arange(rooms), size)
    pupils = make_pupils(rng, 1, len(room)).drop(columns=["school", "schoolweging", "schooljaar"])
    pupils["schoolweging"] = rng.normal(28.5, 3.5, schools).clip(20, 40).round(1)[school_of[room]]
    # How worried the teachers of a class are; one or two of the three classes get mentors.
    worry = rng.normal(size=rooms)
    worried = np.digitize(worry, [-0.8, 0.0, 0.8]) + 1
    places = rng.permutation(np.arange(schools) % 2)[school_of] + 1
    lead = pd.Series(0.6 * worried + rng.gumbel(size=rooms))
    chosen = lead.groupby(school_of).rank(ascending=False).to_numpy() <= places
    pupils["zorg_klas"] = worried[room]
    pupils["klassenmentoren"] = np.where(chosen, "ja", "nee")[room]
    pupils["school"] = [f"School {number + 1:02d}" for number in school_of[room]]
    letter = np.array(list("abc"))[np.arange(rooms) % CLASSES_PER_SCHOOL]
    pupils["klas"] = [f"{school_of[code] + 1:02d}-1{letter[code]}" for code in room]
    away = gone(rng, pupils, pupils["klassenmentoren"])
    scores = {}
    for outcome in OUTCOMES[:2]:
        base = (
            known(outcome, pupils)
            - 0.10 * (pupils["zorg_klas"] - 2.5).to_numpy()
            + group_part(rng, school_of[room], ICC_SCHOOL)
            + group_part(rng, room, ICC_CLASS)
            + outcome.noise * rng.normal(size=len(room))
        )
        without = written(outcome, base)
        scores[outcome.name] = written(outcome, base + outcome.effect), without
        seen = np.where(chosen[room], *scores[outcome.name])
        seen[away | (rng.random(len(room)) < SINGLE_MISSING)] = np.nan
        pupils[outcome.name] = seen
    names = {"zelfvertrouwen_groep8": "zelfvertrouwen_voor",
             "studievaardigheden_groep8": "studievaardigheden_voor"}  # fmt: skip
    order = ["leerling", "school", "klas", "meisje", "opleiding_ouders", "advies", "bezorgdheid",
             "zorg_klas", "schoolweging", *names, "klassenmentoren",
             *(o.name for o in OUTCOMES[:2])]  # fmt: skip
    by = np.argsort(pupils["leerling"].to_numpy(), kind="stable")
    return pupils[order].iloc[by].reset_index(drop=True).rename(columns=names), {
        name: (one[by], other[by]) for name, (one, other) in scores.items()
    }


def true_effects(
    table: pd.DataFrame, arm: str, scores: dict[str, tuple[np.ndarray, np.ndarray]]
) -> dict[str, dict[str, float]]:
    """For every outcome, in scale points.

    att: what a mentor adds, on average over those who have one. att_analysed: over those whose
    outcome is known. att_in_general: with an average coordinator, which is what an interval that
    counts coordinators is about. selection: what the arms would differ without any programme.
    """
    treated = (table[arm] == "ja").to_numpy()
    out = {}
    for outcome in OUTCOMES:
        if outcome.name not in scores:
            continue
        with_it, without = scores[outcome.name]
        effect, seen = with_it - without, table[outcome.name].notna().to_numpy()
        part = table.loc[treated, "uren"].mean() / HOURS if "uren" in table else 1.0
        out[outcome.name] = {
            "att": effect[treated].mean(),
            "att_analysed": effect[treated & seen].mean(),
            "att_in_general": outcome.points * outcome.effect * part,
            "selection": without[treated].mean() - without[~treated].mean(),
        }
    return out


def truth(pupils: pd.DataFrame, scores: dict, classes: pd.DataFrame, of_classes: dict) -> str:  # type: ignore[type-arg]  # as made above
    """What was put into the data, as TOML."""
    treated = pupils["mentor"] == "ja"
    in_class = classes["klassenmentoren"] == "ja"
    lines = [
        "# Made by make.py: what was put into pupils.csv and classes.csv. Do not edit.",
        f"seed = {SEED}",
        f"seed_classes = {SEED_CLASSES}",
        'estimand = "ATT"  # the average over the pupils with a mentor: with minus without',
        "selection_on_observables = true  # who gets a mentor follows from the file, and chance",
        "",
        "[note]",
        'nl = "Verzonnen gegevens. Een effect van ongeveer 0,2 standaarddeviatie is wat een '
        "overzicht van 70 onderzoeken naar mentoring gemiddeld vond (Raposa e.a., 2019). Dat het "
        "effect meegroeit met de uren, en kleiner is voor de positie in leerjaar 3, is onze eigen "
        'keuze."',
        'en = "Invented data. An effect of about 0.2 standard deviations is what a review of 70 '
        "studies of mentoring found on average (Raposa et al., 2019). That the effect grows with "
        'the hours, and is smaller for the position in year 3, is our own choice."',
        "",
        "[pupils]",
        f"pupils = {len(pupils)}",
        f"schools = {pupils['school'].nunique()}",
        f"with_mentor = {int(treated.sum())}",
        f"coordinators = {pupils.loc[treated, 'coordinator'].nunique()}",
        f"hours = {pupils.loc[treated, 'uren'].mean():.2f}  # average of those with a mentor",
        f"icc_school = {ICC_SCHOOL}",
        f"coordinators_differ = {COORDINATORS_DIFFER}  # standard deviation, as part of the effect",
        'chosen_on = ["opleiding_ouders", "advies", "bezorgdheid", "schoolweging"]',
        'equal_without_mentor = "given these and the other columns known in groep 8"',
        "",
        "[classes]",
        f"pupils = {len(classes)}",
        f"schools = {classes['school'].nunique()}",
        f"classes = {classes['klas'].nunique()}",
        f"classes_with_mentors = {classes.loc[in_class, 'klas'].nunique()}",
        f"hours = {CLASS_HOURS}",
        f"icc_school = {ICC_SCHOOL}",
        f"icc_class = {ICC_CLASS}",
        'chosen_on = ["zorg_klas"]  # within a school',
    ]
    studies = {
        "pupils": true_effects(pupils, "mentor", scores),
        "classes": true_effects(classes, "klassenmentoren", of_classes),
    }
    for study, effects in studies.items():
        for outcome in OUTCOMES:
            if outcome.name not in effects:
                continue
            found = effects[outcome.name]
            lines += ["", f"[{study}.outcomes.{outcome.name}]", f"points_per_sd = {outcome.points}"]
            if study == "pupils":
                lines.append(f"sd_per_hour = {outcome.effect / HOURS:.4f}")
            for key, value in found.items():
                both = f"{{ points = {value:.4f}, sd = {value / outcome.points:.4f} }}"
                lines.append(f"{key} = {both}")
    return "\n".join(lines) + "\n"


def write(name: str, text: str, encoding: str) -> None:
    """Writes beside this file, whole or not at all."""
    target = Path(__file__).with_name(name)
    temporary = target.with_suffix(".tmp")
    temporary.write_text(text, encoding=encoding, newline="\n")
    temporary.replace(target)


def main() -> None:
    pupils, scores = make(np.random.default_rng(SEED))
    classes, of_classes = make_classes(np.random.default_rng(SEED_CLASSES))
    for name, table in [("pupils.csv", pupils), ("classes.csv", classes)]:
        text = table.to_csv(index=False, sep=";", decimal=",", lineterminator="\n")
        write(name, text, "utf-8-sig")
    write("truth.toml", truth(pupils, scores, classes, of_classes), "utf-8")
    print(f"Wrote pupils.csv ({len(pupils)}), classes.csv ({len(classes)}) and truth.toml.")


if __name__ == "__main__":
    main()
