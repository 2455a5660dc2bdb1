"""Preparation of a scan before a network is run on it: none, what the card asks for, or one made before."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from viewer.enums import enum_member
from viewer.errors import ScanError
from viewer.models.card_requirements import card_requirements
from viewer.progress import Progress
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.preparation.prepared import Prepared


class PreparationChoice(StrEnum):
    """What is done to a scan before the network's own preprocessing: nothing, or what the card asks for."""

    NONE = "none"
    CARD = "card"


def apply_preparation(
    model: Model, scan: Scan, wanted: str | Prepared = "none", progress: Progress | None = None
) -> Scan | Prepared:
    """Return what is given to the network: the scan itself, or the scan as prepared.

    Parameters
    ----------
    model
        The network, whose card says what it asks for.
    scan
        The scan as it was given.
    wanted
        ``"none"``, ``"card"``, or a preparation of this scan (`viewer.prepare`).
    progress
        Reports steps, and cancels.

    Raises
    ------
    ValueError
        It is neither "none" nor "card".
    ScanError
        The preparation is of another scan, or the scan holds no brain.
    ModelError
        The card asks for what cannot be done.
    ViewerError
        A package that is needed is not installed.
    """
    if isinstance(wanted, str):
        if enum_member(PreparationChoice, wanted, "preparation") is PreparationChoice.NONE:
            return scan
        from viewer.preparation.pipeline import prepare

        # What a preparation shows before its end is not a result of what it is done for.
        quiet = None if progress is None else progress.map_partial(lambda _: None)
        return prepare(scan, card_requirements(model.card), progress=quiet)
    if not wanted.is_of(scan):
        raise ScanError(wanted.original.name, f"is what was prepared, not {scan.name}", "prepare this scan")
    return wanted.with_scan(scan)


def describe_preparation(scan: Scan | Prepared | None) -> dict[str, Any]:
    """Return plain values on how a scan was prepared; empty where it is taken as it was given."""
    return {} if scan is None or isinstance(scan, Scan) else scan.as_json()


def preparation_of(scan: Scan | Prepared | None) -> Prepared | None:
    """Return the preparation, or None where the scan is taken as it was given."""
    return None if scan is None or isinstance(scan, Scan) else scan


def preparation_notes(scan: Scan | Prepared | None) -> tuple[str, ...]:
    """Return what was done to a scan, and why it must not be trusted; empty where it is taken as given."""
    return () if scan is None or isinstance(scan, Scan) else scan.notes
