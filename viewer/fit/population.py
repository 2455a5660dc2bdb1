"""Check of the population that the network was trained on, according to its card."""

from __future__ import annotations

from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.models.model_card import Card
from viewer.resource_files import BUILTIN_SCANS
from viewer.scans.scan import Scan

NAME = "population"

SIMULATED = "simulated"
"""First word of a card's ``population`` if the network was trained on simulated data."""


def trained_on_simulations(card: Card) -> bool:
    """Return whether a card says that the network was trained only on simulated brains."""
    return card.population.casefold().startswith(SIMULATED)


def check_population(subject: FitSubject) -> FitCheck:
    """Check that a network trained only on simulated brains is applied to a simulated scan."""
    if is_simulated(subject.scan):
        return FitCheck(NAME, FitVerdict.OK, "network and scan are both simulated", SIMULATED, SIMULATED)
    sentence = "the network was trained only on simulated brains: its output for a real person is meaningless"
    return FitCheck(NAME, FitVerdict.CAUTION, sentence, "not known to be simulated", "a simulated scan")


def is_simulated(scan: Scan) -> bool:
    """Return whether a scan is one of the built-in ones, or says in its notes that it is simulated."""
    if scan.path is not None and str(scan.path) in BUILTIN_SCANS:
        return True
    return any(note.casefold().startswith(SIMULATED) for note in scan.notes)
