"""No public statistic without a row on the proof page, and no row without its test."""

from inspect import isfunction

import proof

import academic_workplace as aw

PAGE = proof.PAGE.read_text() if proof.PAGE.is_file() else ""


# They gather what the others give, ask another of every effect, or put in order.
NO_STATISTIC = (
    "design_of", "equivalences", "noninferiorities", "weigh", "instrument", "instruments",
    "parse_instrument", "read_instrument", "compare_levels", "comparison_matrix",
)  # fmt: skip


def public_statistics():
    """Every statistic that a user can ask for by name."""
    return [
        *(f"Inference.{member.name}" for member in aw.Inference),
        *(f"Method.{member.name}" for member in aw.Method),
        *(f"sizes.{name}" for name in aw.sizes.__all__ if isfunction(getattr(aw.sizes, name))),
        *(f"effects.{name}" for name in aw.effects.__all__ if name in ("joint_test", "multisite")),
        *(
            f"{room}.{name}"
            for room, module in (
                ("evidence", aw.evidence),
                ("scales", aw.scales),
                ("cohorts", aw.cohorts),
            )
            for name in module.__all__
            if isfunction(getattr(module, name)) and name not in NO_STATISTIC
        ),
        "Effect.icc",
    ]


def test_the_page_names_the_statistics_references_and_tests_that_there_are():
    claimed = {(claim.key, claim.place) for claim in proof.claims()}
    assert set(proof.rows(PAGE)) == claimed, "run `make proof`"


def test_no_public_statistic_is_without_a_row():
    shown = {claim.statistic for claim in proof.claims()}
    assert [name for name in public_statistics() if name not in shown] == []


def test_every_row_was_seen():
    assert "not run yet" not in PAGE


def test_what_may_not_be_committed_stands_beside_a_row_that_anyone_can_run():
    public = {claim.statistic for claim in proof.claims() if not claim.private}
    alone = {claim.statistic for claim in proof.claims() if claim.private} - public
    assert alone == set()
