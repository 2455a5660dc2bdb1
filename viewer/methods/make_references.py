"""Reference scans named by a method's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.methods.base import Method
from viewer.methods.reference_scans import References
from viewer.methods.scan_sources import read_sources
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.preparation.prepared import Prepared


def find_scan_parameter(method: Method) -> tuple[str, object] | None:
    """Return name and value of the parameter that names scans; None if its value is one of its choices."""
    for entry in method.parameters():
        value = getattr(method, entry.name)
        if entry.scans and value not in entry.choices:
            return entry.name, value
    return None


def make_references(
    method: Method,
    model: Model,
    x: torch.Tensor,
    grid: Grid | None = None,
    explained_scan: Scan | Prepared | None = None,
) -> References | None:
    """Return the reference scans that a method's parameters name; None if they name none.

    Parameters
    ----------
    method
        The method.
    model
        The network that they are prepared for.
    x
        The explained input, (N, C, spatial...): its shape, without covariates, is that of a reference.
    grid
        Grid of ``x`` in mm, in the template's mm for a registered scan; None for a bare tensor, whose
        references are prepared on their own.
    explained_scan
        The explained scan, if any, or its preparation; the references are prepared in the same way.

    Raises
    ------
    MethodError, ScanError
        As in `read_sources`.
    """
    parameter = find_scan_parameter(method)
    if parameter is None:
        return None
    sources = read_sources(parameter[1], f"{method.name}, {parameter[0]}", model.card)
    return References.from_sources(sources, model, x, grid, explained_scan, method.name, parameter[0])
