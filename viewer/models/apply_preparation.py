"""Preparation of a scan for a network: none, as the card requires, or an existing one."""

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
    """Preparation of a scan before the network's own preprocessing: none, or as the card requires."""

    NONE = "none"
    CARD = "card"


def apply_preparation(
    model: Model, scan: Scan, preparation: str | Prepared = "none", progress: Progress | None = None
) -> Scan | Prepared:
    """Return the network's input: the scan itself, or the prepared scan.

    Parameters
    ----------
    model
        The network, whose card states the required preparation.
    scan
        The original scan.
    preparation
        ``"none"``, ``"card"``, or an existing preparation of this scan (`viewer.prepare`).
    progress
        Updated at every step, and checked for cancellation.

    Raises
    ------
    ValueError
        ``preparation`` is neither "none" nor "card".
    ScanError
        The preparation belongs to another scan, or no brain was found in the scan.
    ModelError
        The card requires a preparation that is not supported.
    ViewerError
        A required package is not installed.
    """
    if isinstance(preparation, str):
        if enum_member(PreparationChoice, preparation, "preparation") is PreparationChoice.NONE:
            return scan
        from viewer.preparation.pipeline import prepare

        # Partial results of the preparation are not partial results of the caller's computation.
        quiet = None if progress is None else progress.map_partial(lambda _: None)
        return prepare(scan, card_requirements(model.card), progress=quiet)
    if not preparation.matches_scan(scan):
        raise ScanError(
            preparation.original.name, f"is the scan that was prepared, not {scan.name}", "prepare this scan"
        )
    return preparation.with_scan(scan)


def describe_preparation(scan: Scan | Prepared | None) -> dict[str, Any]:
    """Return how a scan was prepared, as plain values; empty if it was not prepared."""
    return {} if scan is None or isinstance(scan, Scan) else scan.as_json()


def get_preparation(scan: Scan | Prepared | None) -> Prepared | None:
    """Return the preparation, or None if the scan was not prepared."""
    return None if scan is None or isinstance(scan, Scan) else scan


def preparation_notes(scan: Scan | Prepared | None) -> tuple[str, ...]:
    """Return notes and warnings on a scan's preparation; empty if the scan was not prepared."""
    return () if scan is None or isinstance(scan, Scan) else scan.notes
