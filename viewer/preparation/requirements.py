"""Requirements of a network on its scans that preparation can meet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from viewer.enums import coerce_fields
from viewer.preparation.template import MNI152


class TargetSpace(StrEnum):
    """Space of the prepared scan: its own, or registered to the template."""

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
    """Interface of objects that require a preparation, such as a model by its card."""

    @property
    def requirements(self) -> Requirements:
        """Required preparation of a scan."""


@dataclass(frozen=True)
class Requirements:
    """Required preparation of a scan; nothing else is done.

    Parameters
    ----------
    space : str
        ``"native"``, or the kind of registration to the template: ``"rigid"``, ``"similarity"`` or
        ``"affine"``.
    skull : str
        ``"removed"`` sets all voxels outside the brain to 0; ``"kept"`` and ``"either"`` keep them.
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
        """Whether registration is required."""
        return self.space is not TargetSpace.NATIVE

    @property
    def needs_mask(self) -> bool:
        """Whether a brain mask is needed, to remove the skull or for registration."""
        return self.registers or self.skull is Skull.REMOVED
