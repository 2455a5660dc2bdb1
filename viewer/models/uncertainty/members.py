"""Members over which a prediction or a map varies: networks of an ensemble, dropout samples, input moves.

Every member is a `Model`, so that the same code computes results for a network and for a member:

- ``ensemble``: networks that were trained independently (Lakshminarayanan et al. 2017);
- ``dropout``: the network with randomly drawn dropout masks (Gal and Ghahramani 2016);
- ``moves``: the network with its scan moved slightly relative to the grid, and noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from viewer.enums import coerce_fields
from viewer.errors import ModelError
from viewer.models.model import Model
from viewer.models.uncertainty.kinds import DEFAULT_SAMPLES, MAX_SAMPLES, UncertaintyKind
from viewer.models.uncertainty.member import Member
from viewer.preparation.prepared import Prepared
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Uncertainty:
    """Members over which the uncertainty of a prediction or a map is measured.

    Parameters
    ----------
    kind : {"dropout", "moves", "ensemble"}
        ``"dropout"``: the network's dropout is enabled; ``"moves"``: the scan is slightly shifted and
        rotated, and noise is added; ``"ensemble"``: other networks, or the folds of an nnU-Net.
    samples : int, optional
        Number of members for dropout and moves; 20 by default. An ensemble has one member per network.
    seed : int
        Seed of the dropout masks, or of the moves and the noise.
    models : tuple of Model
        The other networks of an ensemble.

    Raises
    ------
    ValueError
        The kind does not exist.
    ModelError
        The number of samples, or the networks, do not fit the kind.

    Examples
    --------
    >>> import viewer
    >>> viewer.Uncertainty("dropout", samples=50).number
    50
    """

    kind: UncertaintyKind
    samples: int | None = None
    seed: int = 0
    models: tuple[Model, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        coerce_fields(self, kind=UncertaintyKind)
        object.__setattr__(self, "models", tuple(self.models))
        if self.kind is UncertaintyKind.ENSEMBLE:
            if self.samples is not None:
                raise ModelError(
                    "samples",
                    "apply only to dropout and moves",
                    "the members of an ensemble are its networks",
                )
        elif self.models:
            raise ModelError(str(self.kind), "varies one network", "use ensemble for several")
        elif not 2 <= self.number <= MAX_SAMPLES:
            raise ModelError("samples", f"are {self.samples}", f"choose 2 to {MAX_SAMPLES:,}")

    @property
    def number(self) -> int:
        """Number of samples for dropout or moves."""
        return DEFAULT_SAMPLES if self.samples is None else self.samples

    @property
    def drawn_seed(self) -> int | None:
        """The seed, if members are drawn at random; None for an ensemble."""
        return None if self.kind is UncertaintyKind.ENSEMBLE else self.seed

    def count_members(self, model: Model) -> int:
        """Return the number of members.

        Raises
        ------
        ModelError
            The networks are not an ensemble.
        """
        if self.kind is not UncertaintyKind.ENSEMBLE:
            return self.number
        from viewer.models.uncertainty.ensemble import list_networks

        return len(list_networks(model, self.models))

    def members(self, model: Model, given: Scan | Prepared | torch.Tensor) -> Iterator[Member]:
        """Yield the members one by one; only one of them is held in memory at a time.

        Parameters
        ----------
        model
            The network.
        given
            Input of the network: the scan, or the scan as prepared for it; or a tensor (N, C, spatial...).

        Raises
        ------
        ModelError
            The network has no dropout, the networks are not an ensemble, or a bare tensor is to be moved.
        """
        if self.kind is UncertaintyKind.ENSEMBLE:
            from viewer.models.uncertainty.ensemble import iterate_ensemble_members

            return iterate_ensemble_members(model, self.models, given)
        if self.kind is UncertaintyKind.DROPOUT:
            from viewer.models.uncertainty.dropout import iterate_dropout_members

            return iterate_dropout_members(model, given, self.number, self.seed)
        from viewer.models.uncertainty.input_moves import iterate_moved_members

        if not isinstance(given, Scan | Prepared):
            raise ModelError("moves", "are in mm, but a bare tensor has no place in space", "give a scan")
        return iterate_moved_members(model, given, self.number, self.seed)


def as_uncertainty(uncertainty: str | Uncertainty) -> Uncertainty:
    """Return an `Uncertainty`, also from only a kind. Raises ValueError and ModelError as it does."""
    return uncertainty if isinstance(uncertainty, Uncertainty) else Uncertainty(UncertaintyKind(uncertainty))
