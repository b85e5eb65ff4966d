"""What the tests of outcomes that are no score share: pupils, one effect, and what a page says."""

import datetime

import numpy as np
import pandas as pd
from documents import texts

import academic_workplace as aw
from academic_workplace.report.build import build

DAY = datetime.date(2026, 11, 22)


def in_schools(seed, clusters, *, by_pupil=False):
    """The generator, pupils of schools, and (n,) how far the school of each lies from the others.

    Half of the schools do something, or half of the pupils.
    """
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(clusters), rng.integers(15, 35, clusters))
    n = len(school)
    offered = rng.permutation(n) % 2 if by_pupil else school % 2
    before, kind = rng.normal(size=n), rng.integers(0, 3, n)
    table = pd.DataFrame({
        "school": school, "offered": offered, "before": before, "kind": np.array(list("abc"))[kind],
    })  # fmt: skip
    return rng, table, rng.normal(size=clusters)[school]


def design(table):
    """(n, 5) the columns of a model of ``in_schools``, the constant and the arm first."""
    return np.column_stack([np.ones(len(table)), table["offered"], table["before"],
                            table["kind"] == "b", table["kind"] == "c"]).astype(float)  # fmt: skip


def one_of(table, plan, **more):
    """The first effect and what lies behind it."""
    effects = aw.estimate(table, plan, **more)
    return effects[0], effects.detail(effects[0])


def report_of(table, plan, language):
    """The texts of the page, and those of the appendix."""
    evidence = aw.weigh(aw.estimate(table, plan), plan)
    report = build(evidence, language, DAY, "")
    return " ".join(texts(report.blocks)), " ".join(texts(report.appendix))
