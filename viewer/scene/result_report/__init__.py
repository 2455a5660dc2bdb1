"""One-page report of a result: person, prediction, explanation, and what is not known; HTML and PDF."""
