"""Over time: staggered starts, series and synthetic control; arrays only."""
