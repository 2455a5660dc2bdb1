"""Uncertainty measurement of a map, as chosen in the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.models.uncertainty.kinds import UncertaintyKind

if TYPE_CHECKING:
    from viewer.scans.map import Map


@dataclass(frozen=True)
class UncertaintyChoice:
    """Uncertainty measurement: its kind, the number of samples, and the files of further networks."""

    kind: UncertaintyKind
    samples: int
    networks: tuple[Path, ...] = ()

    def make_explainer(self) -> Callable[..., Map]:
        """Load the networks, and return `explain_members` with this choice. Raises ModelError.

        Meant for a background thread.
        """
        from viewer.methods.explain_members import explain_members
        from viewer.models.loading import load_model
        from viewer.models.uncertainty.members import Uncertainty

        ensemble = self.kind is UncertaintyKind.ENSEMBLE
        models = tuple(map(load_model, self.networks))
        varied = Uncertainty(self.kind, None if ensemble else self.samples, models=models)
        return partial(explain_members, uncertainty=varied)
