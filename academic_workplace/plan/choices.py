"""What a plan chooses from, and which choices go together."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """Who was assigned to the programme: whole clusters, or pupils within blocks."""

    CLUSTER = "cluster"
    PUPIL = "pupil"


class Allocation(StrEnum):
    """How it was decided who got the programme. Only a lot carries causal words."""

    LOT = "lot"
    CHOICE = "choice"
    CUTOFF = "cutoff"


class Method(StrEnum):
    """How the arms are compared."""

    DIFFERENCE = "difference"
    ADJUSTED = "adjusted"
    INTERACTED = "interacted"
    CLUSTER_MEANS = "cluster means"
    SITE_AVERAGE = "site average"
    PUPIL_AVERAGE = "pupil average"
    MULTILEVEL = "multilevel"
    PROPENSITY = "propensity weights"
    ENTROPY = "entropy balancing"
    STABLE = "stable weights"
    NEAREST = "nearest neighbour"
    OPTIMAL = "optimal matching"
    SUBCLASSES = "subclasses"
    DOUBLY_ROBUST = "doubly robust"
    STAGGERED = "staggered start"
    SERIES = "interrupted time series"
    SYNTHETIC = "synthetic control"
    DISCONTINUITY = "discontinuity"
    COMPLIER = "complier effect"
    LOGISTIC = "logistic"
    LOGISTIC_MULTILEVEL = "logistic multilevel"
    COUNTS = "negative binomial"
    GROWTH = "difference in differences"
    WAVES = "multilevel over waves"


class Estimand(StrEnum):
    """For whom the effect is meant: each has its own weights (Li, Morgan & Zaslavsky, 2018)."""

    ATT = "ATT"  # those who took part
    ATE = "ATE"  # everyone
    ATO = "ATO"  # those who might as well have been in the other arm: the overlap
    LATE = "LATE"  # those who take part because it was offered; of the complier effect alone


class Inference(StrEnum):
    """How the uncertainty of a comparison is worked out (``linear.py``, ``resampling.py``)."""

    CR0 = "CR0"
    CR1 = "CR1"
    CR1S = "CR1S"
    CR2 = "CR2"
    CR3 = "CR3"
    TWO_WAY = "two-way CR1S"
    JACKKNIFE = "jackknife"
    BOOTSTRAP = "cluster bootstrap"
    WILD = "wild bootstrap"
    WILD_WEBB = "wild bootstrap, Webb"
    WILD_MAMMEN = "wild bootstrap, Mammen"
    RANDOMISATION = "randomisation"
    CLASSICAL = "classical"
    KENWARD_ROGER = "Kenward-Roger"  # of the multilevel model
    SATTERTHWAITE = "Satterthwaite"  # of the multilevel model
    INFLUENCE = "influence function"  # of estimates that rest on estimated weights
    NEWEY_WEST = "Newey-West"  # of a series in time
    PLACEBO = "placebo"  # of a synthetic control
    BIAS_CORRECTED = "robust bias-corrected"  # of a discontinuity
    BETWEEN_WITHIN = "between-within"  # of the logistic multilevel model


class Norm(StrEnum):
    """Whose words for small, medium and large fit an outcome (``report/technique.py``)."""

    ATTAINMENT = "attainment"  # scores on tests of what is learnt at school: Kraft (2020)
    COHEN = "cohen"  # research on behaviour at large: Cohen (1988)


class Boundary(StrEnum):
    """Which line of the What Works Clearinghouse; chosen in the plan, not after the data."""

    CAUTIOUS = "cautious"  # the programme could itself change who stays
    OPTIMISTIC = "optimistic"


class Missing(StrEnum):
    """What is done about pupils of whom a value is missing."""

    COMPLETE = "complete cases"  # those of whom all is known are compared
    INDICATOR = "missing indicator"  # filled in, with a column that says so; after a lot alone
    IMPUTED = "multiple imputation"  # filled in several times (``missing/chained.py``)


NEVER = "never"  # the period of start of a cluster that has none
NOT_KNOWN = "?"  # ``c=?`` is 1 where the column c is not known
MOST_DRAWS = 1_000_000
MOST_IMPUTATIONS = 1_000
MOST_PRIOR = 10  # standard deviations: no effect, and nothing that is known of one, is larger
MOST_QUANTILES = 19
FEWEST_WAVES = 3  # of which a pupil's pace can be told from chance
READING = ("sheet", "header", "footer", "separator", "decimal", "encoding", "survey",
           "short_names", "table", "query", "keep")  # fmt: skip
NOT_FILLED = ("period", "running", "earlier", "repeated", "took_part")  # whose gaps stay gaps

# ------------------------------------------------------------------ methods that go together

WEIGHTING = (Method.PROPENSITY, Method.ENTROPY, Method.STABLE)
MATCHING = (Method.NEAREST, Method.OPTIMAL, Method.SUBCLASSES)
COMPARING = (*WEIGHTING, *MATCHING, Method.DOUBLY_ROBUST)  # arms made alike
OVER_TIME = (Method.STAGGERED, Method.SERIES, Method.SYNTHETIC)
OVER_WAVES = (Method.GROWTH, Method.WAVES)  # the difference between the arms in how they changed
# what happens or not, and what is counted
BY_LIKELIHOOD = (Method.LOGISTIC, Method.LOGISTIC_MULTILEVEL, Method.COUNTS)
NEEDS_PUPILS = (
    *COMPARING,
    *OVER_TIME,
    Method.WAVES,
    Method.DISCONTINUITY,
    *BY_LIKELIHOOD,
)  # moments alone do not tell
TAKES_WEIGHTS = (Method.DIFFERENCE, Method.ADJUSTED, Method.INTERACTED)
TAKES_DOSE = (Method.DIFFERENCE, Method.ADJUSTED, Method.CLUSTER_MEANS)
TAKES_CROSSED = (Method.DIFFERENCE, Method.ADJUSTED, Method.INTERACTED, Method.MULTILEVEL)
TAKES_INDICATOR = (  # methods whose covariates may come with an indicator of what is not known
    Method.DIFFERENCE, Method.ADJUSTED, Method.INTERACTED, Method.CLUSTER_MEANS,
    Method.SITE_AVERAGE, Method.PUPIL_AVERAGE, Method.MULTILEVEL,
)  # fmt: skip
# methods whose answers of completed data can be pooled
IMPUTABLE = (*TAKES_INDICATOR, *WEIGHTING, Method.DOUBLY_ROBUST, Method.LOGISTIC,
             Method.LOGISTIC_MULTILEVEL, Method.COMPLIER, Method.GROWTH)  # fmt: skip

# ------------------------------------------------------------------ and ways of inference

OF_MODEL = (Inference.KENWARD_ROGER, Inference.SATTERTHWAITE)  # of the multilevel model, the same
TWO_WAYS = (  # the ways of inference when pupils are alike within two divisions at once
    Inference.TWO_WAY,
    Inference.WILD,
    Inference.WILD_WEBB,
    Inference.WILD_MAMMEN,
    Inference.RANDOMISATION,  # supposes nothing of how pupils are alike
)
RESAMPLING = (  # ways that give a p-value and limits, but no degrees of freedom to pool
    Inference.BOOTSTRAP, Inference.WILD, Inference.WILD_WEBB, Inference.WILD_MAMMEN,
    Inference.RANDOMISATION,
)  # fmt: skip
