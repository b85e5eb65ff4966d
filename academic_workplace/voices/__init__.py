"""Interviews and open answers: fragments, codes, agreement, and what may be quoted."""
