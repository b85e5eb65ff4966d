"""Words for cohorts compared: raw against the same intake, parts of a gap, trends.

No sentence says what a difference comes from: what is gone at equal intake goes together with it.
"""
