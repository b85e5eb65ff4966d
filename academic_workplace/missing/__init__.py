"""Missing values: what is known of them, what may be filled in, and what cannot be known."""
