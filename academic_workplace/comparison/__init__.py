"""Compared with whom: arms made alike by weights or by matching, when nobody drew lots.

Arrays in, values out. ``inputs.py`` says what is asked of the arrays, ``weighting.py`` makes
weights, ``matching.py`` looks for counterparts, ``doubly_robust.py`` models both who took part and
what would have been.
"""
