"""What a network asks of its scans, as far as preparation can bring it about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from viewer.enums import coerce_fields
from viewer.preparation.template import MNI152


class TargetSpace(StrEnum):
    """Space of the prepared scan: as it is, or registered to the template."""

    NATIVE = "native"
    RIGID = "rigid"
    SIMILARITY = "similarity"
    AFFINE = "affine"


class Skull(StrEnum):
    """Whether the prepared scan shows the skull."""

    KEPT = "kept"
    REMOVED = "removed"
    EITHER = "either"


@runtime_checkable
class HasRequirements(Protocol):
    """What asks for a preparation, such as a model by its card."""

    @property
    def requirements(self) -> Requirements:
        """What must be done to a scan."""


@dataclass(frozen=True)
class Requirements:
    """What must be done to a scan; only this is done.

    Parameters
    ----------
    space : str
        ``"native"``, or how the scan is registered to the template: ``"rigid"``, ``"similarity"``,
        ``"affine"``.
    skull : str
        ``"removed"`` sets all voxels outside of the brain to 0; ``"kept"`` and ``"either"`` leave them.
    bias_corrected : bool
        Whether the bias field is corrected (N4).
    template : str
        Name of the template.

    Examples
    --------
    >>> import viewer
    >>> viewer.Requirements("affine", skull="removed").needs_mask
    True
    """

    space: TargetSpace = TargetSpace.NATIVE
    skull: Skull = Skull.EITHER
    bias_corrected: bool = False
    template: str = MNI152

    def __post_init__(self) -> None:
        coerce_fields(self, space=TargetSpace, skull=Skull)

    @property
    def registers(self) -> bool:
        """Whether a registration is asked for."""
        return self.space is not TargetSpace.NATIVE

    @property
    def needs_mask(self) -> bool:
        """Whether the brain must be found: to remove the skull, or to register by it."""
        return self.registers or self.skull is Skull.REMOVED
