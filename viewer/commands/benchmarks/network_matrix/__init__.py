"""Networks of several packages, and what every method answers for them beside an independent oracle."""
