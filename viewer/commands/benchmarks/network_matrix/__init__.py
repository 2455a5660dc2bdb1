"""Networks of several packages, with the maps of every method judged by an independent oracle."""
