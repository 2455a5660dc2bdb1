"""Settings for turning scans into the rows of a matrix: mask, scaling and confounds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from viewer.enums import coerce_fields
from viewer.settings import FormRow, setting


class Scaling(StrEnum):
    """Intensity scaling of whole scans.

    ``global``: scaled to a mean of 50 inside the mask, which in PET removes differences in dose and global
    flow. ``none``: no scaling.
    """

    GLOBAL = "global"
    NONE = "none"


@dataclass(frozen=True)
class CohortPreparation:
    """Preparation of scans as the rows of a matrix: mask, scaling and confounds."""

    mask: Path | None = setting(
        None,
        "mask image; voxels above zero are included",
        kind=Path,
        metavar="FILE",
        unset="computed",
        row=FormRow("Mask", none_text="From the mean scan"),
    )
    mask_level: float = setting(
        0.5,
        "threshold of the computed mask, relative to the mean scan's mean in the head",
        metavar="SHARE",
        limits=(0, 1),
        doc="Threshold of a computed mask, as a fraction of the mean scan's mean over the head (the voxels "
        "above an eighth of its overall mean), 0 to 1.",
        row=FormRow(
            "Mask level",
            "A voxel is included where the mean scan reaches this share of its mean in the head.",
            percent=True,
        ),
    )
    scaling: Scaling = setting(
        Scaling.GLOBAL,
        "leave each scan's intensity as it is",
        keyword="global_scaling",
        kind=bool,
        stored=(Scaling.NONE, Scaling.GLOBAL),
        option="no-global-scaling",
        doc="Multiply each scan so that its mean inside the mask is 50.",
        row=FormRow(
            "Scale scans to one global mean",
            "Removes differences in dose and global flow, as is usual in PET.",
        ),
    )
    subject_means: bool = setting(
        True,
        "do not subtract each subject's mean scan",
        option="keep-subject-means",
        doc="Subtract each subject's mean scan from its scans.",
        row=FormRow(
            "Subtract each subject's mean", "Only differences between the scans of one subject are learned."
        ),
    )
    covariates: tuple[str, ...] = setting(
        (),
        "regress a covariate out of every voxel",
        keyword="remove",
        kind=str,
        metavar="COLUMN",
        doc="Columns of the table that are regressed out of every voxel.",
        row=FormRow("Subtract {}", "This column of the table is regressed out of every voxel."),
    )

    def __post_init__(self) -> None:
        coerce_fields(self, scaling=Scaling)

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {
            "mask": None if self.mask is None else str(self.mask),
            "scaling": str(self.scaling),
        }
