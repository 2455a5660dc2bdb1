"""Members over which a prediction or a map varies: networks of an ensemble, dropout samples, input moves.

Every member is a `Model`, so that whatever is computed of a network is computed of a member by the same code:

- ``ensemble``: networks that were trained apart (Lakshminarayanan et al. 2017);
- ``dropout``: the network with masks drawn for its dropout (Gal and Ghahramani 2016);
- ``moves``: the network whose scan is moved a little under its grid, with noise.
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
    """What a prediction or a map varies over.

    Parameters
    ----------
    kind : {"dropout", "moves", "ensemble"}
        ``"dropout"``: the network's dropout is switched on; ``"moves"``: the scan is shifted, turned and
        made noisier by a little; ``"ensemble"``: other networks, or the folds of an nnU-Net.
    samples : int, optional
        Number of members, of dropout and moves; 20 by default. An ensemble has as many as it has networks.
    seed : int
        Seed of the masks, or of the moves and the noise.
    models : tuple of Model
        The other networks of an ensemble.

    Raises
    ------
    ValueError
        There is no such kind.
    ModelError
        The number of samples, or the networks, do not suit the kind.

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
                raise ModelError("samples", "are for dropout and moves", "an ensemble has its networks")
        elif self.models:
            raise ModelError(str(self.kind), "varies one network", "use ensemble for several")
        elif not 2 <= self.number <= MAX_SAMPLES:
            raise ModelError("samples", f"are {self.samples}", f"choose 2 to {MAX_SAMPLES:,}")

    @property
    def number(self) -> int:
        """Number of samples of dropout or moves."""
        return DEFAULT_SAMPLES if self.samples is None else self.samples

    @property
    def drawn_seed(self) -> int | None:
        """The seed, where members are drawn at random; None for an ensemble."""
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
        """Yield the members one by one; only one of them is held at a time.

        Parameters
        ----------
        model
            The network.
        given
            What the network is given: the scan, as prepared for it where it was; or a tensor
            (N, C, spatial...).

        Raises
        ------
        ModelError
            The network has no dropout, the networks are not an ensemble, or a bare tensor is to be moved.
        """
        if self.kind is UncertaintyKind.ENSEMBLE:
            from viewer.models.uncertainty.ensemble import ensemble_members

            return ensemble_members(model, self.models, given)
        if self.kind is UncertaintyKind.DROPOUT:
            from viewer.models.uncertainty.dropout import dropout_members

            return dropout_members(model, given, self.number, self.seed)
        from viewer.models.uncertainty.input_moves import moved_members

        if not isinstance(given, Scan | Prepared):
            raise ModelError("moves", "are in mm, and a bare tensor has no place in space", "give a scan")
        return moved_members(model, given, self.number, self.seed)


def as_uncertainty(wanted: str | Uncertainty) -> Uncertainty:
    """Return what is meant by a kind alone. Raises ValueError and ModelError as `Uncertainty` does."""
    return wanted if isinstance(wanted, Uncertainty) else Uncertainty(UncertaintyKind(wanted))
