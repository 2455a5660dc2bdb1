"""MNI152 template: the space that scans are registered to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.errors import ViewerError
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

MNI152 = "mni152"

BRAIN_LEVEL = 0.2
"""Intensity above which a voxel is brain, as in ``nilearn.datasets.load_mni152_brain_mask``."""


@dataclass(frozen=True, eq=False)
class Template:
    """Average brain in a standard space.

    Parameters
    ----------
    name : str
        Name in file names and on the command line: ``"mni152"``.
    scan : Scan
        Average T1-weighted image without skull; 0 outside the brain, maximum 1.
    brain_mask : numpy.ndarray
        Brain mask, bool, on the grid of ``scan``.
    """

    name: str
    scan: Scan
    brain_mask: npt.NDArray[np.bool_]

    @property
    def grid(self) -> Grid:
        """Voxel grid in the template's mm."""
        return self.scan.grid


def load_template(name: str = MNI152) -> Template:
    """Load the MNI152 template (ICBM 2009a symmetric, nonlinear; T1 at 1 mm) and its brain mask.

    The file is nilearn's copy. The template is symmetric: it cannot distinguish left from right.

    Raises
    ------
    ViewerError
        There is no template of that name, or nilearn's copy is missing.
    """
    from viewer.scans.load import load_scan

    if name != MNI152:
        raise ViewerError(name, "is not a template", f"the template is {MNI152}")
    scan = load_scan(MNI152)
    brain = scan.data > BRAIN_LEVEL
    brain.setflags(write=False)
    return Template(name, scan, brain)
