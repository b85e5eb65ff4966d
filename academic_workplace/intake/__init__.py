"""From files to checked pupils."""
