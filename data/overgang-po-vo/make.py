"""Makes the invented data of this study: pupils.csv and truth.toml. Usage: python make.py

Six cohorts on their way from primary to secondary school. Within a cell of parents' education and
language at home nothing changes over the cohorts, up to the first advice; only how many pupils each
cell has does. So whatever moves in the first advice moves by intake.
"""

from pathlib import Path

import numpy as np
import pandas as pd

# Chosen: see README. Another seed gives another draw of the same study.
SEED = 20262382
SEED_TRUTH, TIMES_TRUTH = 1, 100  # truth.toml: as many studies beside each other

YEARS = ["2018-2019", "2019-2020", "2020-2021", "2021-2022", "2022-2023", "2023-2024"]
PUPILS = [1132, 1118, 1094, 1087, 1103, 1076]
NO_TEST = 1  # the final test of spring 2020 was cancelled
ADJUST = 5  # from this cohort the advice in principle goes up with a higher test
YEAR_3_KNOWN = 4  # so many cohorts are in year 3, or have been: the file is of 2024-2025
SCHOOLS, SECONDARY = 24, 8

EDUCATION = ["laag", "midden", "hoog"]
LANGUAGE = ["Nederlands", "anders"]
NEIGHBOURHOODS = [f"Buurt {letter}" for letter in "ABCDEFGH"]  # from well-off to poor
# The intake of the first and the last cohort; those between lie on the line.
EDUCATION_SHARE = np.array([[0.29, 0.36, 0.35], [0.19, 0.33, 0.48]])
OTHER_LANGUAGE = np.array([[0.60, 0.22, 0.06], [0.24, 0.18, 0.12]])  # by parents' education

# What the test shows, in standard deviations.
BY_EDUCATION = np.array([-0.22, -0.02, 0.25])
BY_LANGUAGE = -0.70  # another language at home
BY_NEIGHBOURHOOD = 0.12  # from the poorest (-1) to the best-off (+1)
SCHOOLS_DIFFER, PUPILS_DIFFER = 0.15, 0.80
# Points at 0, points per standard deviation, lowest and highest score of three invented tests.
PROVIDERS = {
    "Toets A": (535, 10, 501, 550),
    "Toets B": (78, 9, 50, 100),
    "Toets C": (200, 45, 90, 310),
}
NO_SCORE = 0.01  # ill, moved

# The advice that teachers give first: what the test will show, plus this, in standard deviations.
TEACHERS = np.array([-0.07, 0.00, 0.06])  # by parents' education, at equal test scores
STRICT, DOUBT = 0.08, 0.34  # standard deviation between schools, and between pupils
# Where the ten levels from pro to vwo part, in standard deviations.
CUTS = np.array([-2.25, -1.80, -1.55, -1.23, -1.04, -0.58, -0.32, 0.10, 0.46])

LEVELS = ["VSO", "PRO", "VMBO_B", "VMBO_B_K", "VMBO_K", "VMBO_K_GT", "VMBO_GT", "VMBO_GT_HAVO",
          "HAVO", "HAVO_VWO", "VWO", "ADVIES_NIET_MOGELIJK"]  # fmt: skip
VSO, PRO, VWO, NOT_POSSIBLE = 0, 1, 10, 11
NONE = -1  # nothing filled in
STEPS = np.array([np.nan, 1, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, np.nan])  # the ladder
CODE = np.array([1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])  # of a place on it, in half steps
# Of the pupils whose test is above the first advice: whose advice goes up, by parents' education.
ADJUSTED = np.array([[0.24, 0.33, 0.44], [0.85, 0.85, 0.85]])  # before and from 2023-2024

# Secondary schools: lowest and highest level, bridging classes or not, how much chosen.
TRACKS = np.array([
    [6, 6, 0, 0.7], [5, 6, 1, 1.2], [5, 6, 0, 1.0], [4, 6, 1, 1.2],
    [4, 5, 1, 0.9], [2, 4, 1, 1.0], [1, 3, 0, 1.0], [2, 6, 1, 0.8],
])  # fmt: skip
GYMNASIUM = np.array([0.4, 0.7, 1.4])  # how much more it is chosen, by parents' education
# The position in year 3: between the final advice and what the test says, plus this, in levels.
LATER = np.array([-0.16, -0.06, 0.03])  # by parents' education
SECONDARY_DIFFER, LATER_DIFFER = 0.08, 0.42
MOVED = (0.02, 0.03)  # unknown in year 1, and in year 3 as well: the pupil left the region


def between(ends: np.ndarray, cohort: np.ndarray) -> np.ndarray:
    """(pupils, k): the row of every pupil's cohort, on the line between the first and the last."""
    part = (cohort / (len(YEARS) - 1))[:, None]
    return ends[0] * (1 - part) + ends[1] * part


def chosen(rng: np.random.Generator, share: np.ndarray) -> np.ndarray:
    """(pupils,): one of k for every pupil. share: (pupils, k), in proportion."""
    sums = share.cumsum(axis=1)
    return (rng.random(len(share))[:, None] * sums[:, -1:] >= sums).sum(axis=1)


def draw(rng: np.random.Generator, times: int = 1) -> dict[str, np.ndarray]:
    """(pupils,) each, as codes and numbers. times: so many towns of this size beside each other."""
    cohort = np.repeat(np.arange(len(YEARS)), np.array(PUPILS) * times)
    n = len(cohort)
    town = rng.integers(0, times, n)
    education = chosen(rng, between(EDUCATION_SHARE, cohort))
    other = between(OTHER_LANGUAGE, cohort)[np.arange(n), education]
    language = (rng.random(n) < other).astype(int)
    girl = rng.integers(0, 2, n)

    status = np.linspace(1, -1, len(NEIGHBOURHOODS))
    pull = np.array([-0.8, 0.0, 0.9])[education] - 0.6 * language
    place = chosen(rng, np.exp(pull[:, None] * status))
    near = rng.random(n) < 0.65
    school = np.where(near, place * 3 + rng.integers(0, 3, n), rng.integers(0, SCHOOLS, n))
    school += town * SCHOOLS
    # Which test a school takes hangs on where it stands: their averages say nothing of the tests.
    well_off = status[np.arange(SCHOOLS * times) % SCHOOLS // 3]
    of_school = chosen(rng, np.column_stack([np.full(len(well_off), 0.45), 0.35 + 0.25 * well_off,
                                             np.full(len(well_off), 0.2)]))  # fmt: skip
    provider = of_school[school]

    shown = (
        BY_EDUCATION[education]
        + BY_LANGUAGE * language
        + BY_NEIGHBOURHOOD * status[place]
        + SCHOOLS_DIFFER * rng.normal(size=SCHOOLS * times)[school]
        + PUPILS_DIFFER * rng.normal(size=n)
    )
    zero, per, low, high = (
        np.array(column)[provider] for column in zip(*PROVIDERS.values(), strict=True)
    )
    score = (zero + per * shown).round().clip(low, high)
    test = (score - zero) / per  # in standard deviations, as precise as the test is
    advised = (
        test
        + TEACHERS[education]
        + STRICT * rng.normal(size=SCHOOLS * times)[school]
        + DOUBT * rng.normal(size=n)
    )
    first = np.digitize(advised, CUTS) + 1
    by_test = np.digitize(test, CUTS) + 1
    # Special secondary for some, and newcomers of whom nobody can say yet.
    first[(first == PRO) & (rng.random(n) < 0.12)] = VSO
    first[(language == 1) & (rng.random(n) < 0.012)] = NOT_POSSIBLE
    untested = (
        (rng.random(n) < NO_SCORE) | (cohort == NO_TEST) | (first == VSO) | (first == NOT_POSSIBLE)
    )
    by_test[untested] = NONE
    higher = (by_test > first) & ~untested
    goes_up = higher & (rng.random(n) < ADJUSTED[(cohort >= ADJUST).astype(int), education])
    final = np.where(goes_up, np.minimum(by_test, first + 2), first)

    step = STEPS[final]
    known = ~np.isnan(step)
    level = np.where(known, step, 4.0)  # stands for nothing: blank below
    least, most, _, size = TRACKS.T
    fits = (least <= np.floor(level)[:, None]) & (np.ceil(level)[:, None] <= most)
    wish = np.where(np.arange(SECONDARY) == 0, GYMNASIUM[education][:, None], 1.0) * size
    secondary = chosen(rng, np.maximum(fits * wish, 1e-12))
    placed = placement(rng, level, secondary)
    gone_1 = ~known | (rng.random(n) < MOVED[0])
    year_1 = np.where(gone_1, NONE, CODE[(placed * 2).astype(int)])
    ladder = np.interp(
        test, [-3.0, *CUTS, 2.0], [0.6, 1.5, 2.25, 2.5, 3, 3.5, 4.0, 4.5, 5.0, 5.5, 7.2]
    )
    later = (
        0.6 * level
        + 0.4 * ladder
        + LATER[education]
        + 0.04 * (2 * girl - 1)
        + SECONDARY_DIFFER * rng.normal(size=SECONDARY * times)[secondary + town * SECONDARY]
        + LATER_DIFFER * rng.normal(size=n)
    )
    at = np.where(level == 1, 1, np.round(later).clip(2, 6))
    gone_3 = gone_1 | (rng.random(n) < MOVED[1])
    year_3 = np.where(gone_3, NONE, CODE[(at * 2).astype(int)])
    year_1[first == VSO] = year_3[first == VSO] = VSO
    year_3[cohort >= YEAR_3_KNOWN] = NONE
    return {
        "cohort": cohort, "school": school, "neighbourhood": place, "girl": girl,
        "education": education, "language": language, "provider": provider,
        "score": np.where(untested, np.nan, score), "first": first, "test": by_test,
        "final": final, "secondary": np.where(year_1 > VSO, secondary + town * SECONDARY, NONE),
        "year_1": year_1, "year_3": year_3,
    }  # fmt: skip


def placement(rng: np.random.Generator, level: np.ndarray, secondary: np.ndarray) -> np.ndarray:
    """(pupils,): the ladder in year 1; half a step is a bridging class. Some sit elsewhere."""
    least, most, bridging, _ = TRACKS[secondary].T
    half, chance = level % 1 > 0, rng.random(len(level))
    up, down = np.ceil(level), np.floor(level)
    apart = np.where(chance < 0.55, down, up)
    mixed = np.where(half & (bridging == 1) & (rng.random(len(level)) < 0.85), level, apart)
    wider = (bridging == 1) & (level + 0.5 <= most) & (level >= 2) & (chance < 0.20)
    other = np.select([chance > 0.98, chance > 0.95], [level - 1, level + 1], level)
    whole = np.where(wider, level + 0.5, np.where(level >= 3, other, level))
    return np.where(half, mixed, whole.clip(least, most))


def make(rng: np.random.Generator, times: int = 1) -> pd.DataFrame:
    """The file: a row per pupil, in words."""
    d = draw(rng, times)
    levels = np.array([*LEVELS, ""])  # NONE is the last

    def names(word: str, code: np.ndarray) -> np.ndarray:
        listed = np.array([*(f"{word} {i + 1:02d}" for i in range(code.max() + 1)), ""])
        return listed[code]

    weight = pd.DataFrame(
        {"school": d["school"], "by": 28 - 11 * (d["education"] - 1.0) + 9 * d["language"]}
    )
    tested = ~np.isnan(d["score"])
    table = pd.DataFrame({
        "schooljaar": np.array(YEARS)[d["cohort"]],
        "basisschool": names("Basisschool", d["school"]),
        "schoolweging": weight.groupby("school")["by"].transform("mean").clip(20, 40).round(1),
        "buurt": np.array(NEIGHBOURHOODS)[d["neighbourhood"]],
        "meisje": d["girl"],
        "opleiding_ouders": np.array(EDUCATION)[d["education"]],
        "thuistaal": np.array(LANGUAGE)[d["language"]],
        "toetsaanbieder": np.where(tested, np.array([*PROVIDERS])[d["provider"]], ""),
        "toetsscore": pd.array(np.where(tested, d["score"], np.nan), dtype="Int64"),
        "advies_eerste": levels[d["first"]],
        "advies_toets": levels[d["test"]],
        "advies_definitief": levels[d["final"]],
        "vo_school": names("VO-school", d["secondary"]),
        "plaatsing_leerjaar1": levels[d["year_1"]],
        "positie_leerjaar3": levels[d["year_3"]],
    })  # fmt: skip
    table.insert(0, "leerling", [f"O{i:04d}" for i in rng.permutation(len(table)) + 1])
    return table.sort_values("leerling", kind="stable").reset_index(drop=True)


# ---------------------------------------------------------------- what was put in


def side(advice: np.ndarray, position: np.ndarray) -> np.ndarray:
    """(pupils,): -1 below, 0 on, 1 above. The lowest level that an advice names is the standard."""
    low = np.floor(STEPS[advice])
    return np.where(
        np.ceil(STEPS[position]) < low, -1, np.where(np.floor(STEPS[position]) > low, 1, 0)
    )


def compared(
    cell: np.ndarray, holds: np.ndarray, groups: tuple[np.ndarray, np.ndarray]
) -> tuple[float, float, float]:
    """In the first group: the share for whom it holds; in the second: the share in the same cells.

    Last: the difference within cells as a regression on cells weighs it. cell, holds, and who is in
    a group: (pupils,) each.
    """
    k = cell.max() + 1
    x, x_0 = (np.bincount(cell[mine], holds[mine], k) for mine in groups)
    n, n_0 = (np.bincount(cell[mine], minlength=k) for mine in groups)
    both = (n > 0) & (n_0 > 0)
    x, x_0, n, n_0 = x[both], x_0[both], n[both], n_0[both]
    inside = np.average(x / n - x_0 / n_0, weights=n * n_0 / (n + n_0))
    return x.sum() / n.sum(), np.average(x_0 / n_0, weights=n), inside


def intake(cohort: int) -> np.ndarray:
    """(education, language): the share of a cohort in every cell."""
    at = np.array([cohort])
    other = between(OTHER_LANGUAGE, at)[0]
    return between(EDUCATION_SHARE, at).T * np.column_stack([1 - other, other])


def gaps(means: np.ndarray, known: np.ndarray) -> dict[str, dict[str, list[float]]]:
    """Raw and at the intake of the first cohort, per cohort: a group less "hoog"; "alle": the mean.

    means: (cohorts, education, language); known: the share of each cell that has a level.
    """
    out: dict[str, dict[str, list[float]]] = {}
    for kind in ("raw", "at_equal_intake"):
        cohorts = [0 if kind == "at_equal_intake" else c for c in range(len(YEARS))]
        shares = np.array([intake(c) for c in cohorts]) * known
        hoog = len(EDUCATION) - 1
        groups = (means * shares).sum(axis=2) / shares.sum(axis=2)
        found = {group: groups[:, i] - groups[:, hoog] for i, group in enumerate(EDUCATION[:hoog])}
        found["alle"] = (means * shares).sum(axis=(1, 2)) / shares.sum(axis=(1, 2))
        for group, values in found.items():
            out.setdefault(group, {})[kind] = values.tolist()
    return out


def in_cells(d: dict[str, np.ndarray], y: np.ndarray) -> np.ndarray:
    """(education, language): means, of pupils for whom it is known."""
    known = ~np.isnan(y)
    cell = (d["education"] * 2 + d["language"])[known]
    mean = np.bincount(cell, y[known], 6) / np.bincount(cell, minlength=6)
    return mean.reshape(len(EDUCATION), 2)


def truth(rng: np.random.Generator, pupils: pd.DataFrame) -> str:
    """What was put into the data, as TOML; shares are between 0 and 1."""
    d = draw(rng, TIMES_TRUTH)
    steps, final = STEPS[d["first"]], STEPS[d["final"]]
    havo = np.where(np.isnan(steps), np.nan, steps >= 5)
    known = in_cells(d, 1.0 - np.isnan(steps))
    # Cohorts in which a cell is alike, by how it was made: the final advice hangs on the rule.
    always, by_rule = [[*range(len(YEARS))]], [[0, 2, 3, 4], [NO_TEST], [ADJUST]]
    lines = [
        "# Made by make.py: what was put into pupils.csv. Do not edit.",
        f"seed = {SEED}",
        f"cohorts = {len(YEARS)}",
        f"pupils = {len(pupils)}",
        f"schools = {pupils['basisschool'].nunique()}",
        f"secondary_schools = {pupils['vo_school'][pupils['vo_school'] != ''].nunique()}",
        'alike_over_cohorts = ["opleiding_ouders", "thuistaal"]  # within these nothing changes,',
        "# up to the first advice: not the test, not the teachers, not the schools",
        f"draws = {TIMES_TRUTH}  # the numbers below are expected ones, from so many such studies",
        "",
        "[note]",
        'nl = "Verzonnen gegevens: vorm en maten zijn onze keuze en zeggen niets over Leiden."',
        'en = "Invented data: shape and sizes are our choice and say nothing about Leiden."',
        "",
        "[intake]  # of the first and the last cohort, as shares",
    ]
    for i, group in enumerate(EDUCATION):
        first, last = EDUCATION_SHARE[:, i]
        one, other = OTHER_LANGUAGE[:, i]
        lines.append(
            f"{group} = {{ pupils = [{first}, {last}], other_language = [{one}, {other}] }}"
        )
    titles = {
        "first": ('the first advice on the ladder: a group less "hoog", in levels', steps, always),
        "havo_up": ("first advice havo or higher (gt/havo is not)", havo, always),
        "final": ("the final advice; the rule changed in the last cohort", final, by_rule),
    }
    for name, (title, y, alike) in titles.items():
        means = np.empty((len(YEARS), *known.shape))
        for cohorts in alike:
            some = np.isin(d["cohort"], cohorts)
            means[cohorts] = in_cells(
                {key: d[key][some] for key in ("education", "language")}, y[some]
            )
        lines += ["", f"# {title}"]
        for group, kinds in gaps(means, known).items():
            lines.append(f"[gap.{name}.{group}]" + "  # the mean itself" * (group == "alle"))
            for kind, values in kinds.items():
                each = ", ".join(f"{value:.3f}" for value in values)
                change = values[-1] - values[0]
                lines += [f"{kind} = [{each}]", f"{kind}_change = {change + 0.0:.3f}"]
    tested = ~np.isnan(d["score"])
    under = d["first"] < d["test"]
    # Scores of one test are only ever compared with scores of that test.
    score = d["provider"] * 1000 + np.where(tested, d["score"], 0).astype(int)
    lines += [
        "",
        "# The first advice is below the test advice (in half steps). At equal scores: of the same",
    ]
    lines += [
        "# test, among pupils with the scores of the group. At equal test advice: by regression."
    ]
    for i, group in enumerate(EDUCATION):
        mine, hoog = (tested & (d["education"] == e) for e in (i, len(EDUCATION) - 1))
        lines += [f"[under_advice.{group}]", f"share = {under[mine].mean():.3f}"]
        if group != "hoog":
            share, same, _ = compared(score, under, (mine, hoog))
            _, _, inside = compared(np.maximum(d["test"], 0), under, (mine, hoog))
            lines += [
                f"hoog_at_equal_scores = {same:.3f}",
                f"at_equal_scores = {share - same:.3f}",
                f"at_equal_test_advice = {inside:.3f}",
            ]
    up, new = d["final"] > d["first"], d["cohort"] >= ADJUST
    lines += [
        "",
        "# The final advice is above the first: of all with a test, of those with a higher test",
    ]
    for rule, where in (("before", ~new), ("from_2023_2024", new)):
        lines += [f"[adjusted.{rule}]", f"share = {up[tested & where].mean():.3f}"]
        each = [up[tested & where & under & (d["education"] == i)].mean() for i in range(3)]
        named = ", ".join(f"{group} = {x:.3f}" for group, x in zip(EDUCATION, each, strict=True))
        lines.append(f"heeded = {{ {named} }}")
    on_ladder = ~np.isnan(steps)
    for year, cohorts in ((1, ADJUST), (3, YEAR_3_KNOWN)):
        at = d[f"year_{year}"]
        seen = on_ladder & (at > VSO) & (d["cohort"] < cohorts)
        title = f"# Year {year} seen from the first advice; cohorts up to {YEARS[cohorts - 1]}"
        lines += ["", title, f"[flow.year_{year}]"]
        for group in ("alle", *EDUCATION):
            mine = seen if group == "alle" else seen & (d["education"] == EDUCATION.index(group))
            sides = side(d["first"][mine], at[mine])
            named = ", ".join(f"{name} = {(sides == k).mean():.3f}"
                              for k, name in ((-1, "below"), (0, "on"), (1, "above")))  # fmt: skip
            lines.append(f"{group} = {{ {named} }}")
    return "\n".join(lines) + "\n"


def write(name: str, text: str, encoding: str) -> None:
    """Writes beside this file, whole or not at all."""
    target = Path(__file__).with_name(name)
    temporary = target.with_suffix(".tmp")
    temporary.write_text(text, encoding=encoding, newline="\n")
    temporary.replace(target)


def main() -> None:
    pupils = make(np.random.default_rng(SEED))
    text = pupils.to_csv(index=False, sep=";", decimal=",", lineterminator="\n")
    write("pupils.csv", text, "utf-8-sig")
    write("truth.toml", truth(np.random.default_rng(SEED_TRUTH), pupils), "utf-8")
    print(f"Wrote pupils.csv ({len(pupils)}) and truth.toml.")


if __name__ == "__main__":
    main()
