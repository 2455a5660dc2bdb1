"""Effect of occluding each region of an atlas on the network's output, as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.methods.explain import explain
from viewer.methods.perturbation.region_occlusion import RegionEffect, RegionOcclusion, list_effects
from viewer.methods.perturbation.segments import atlas_segments
from viewer.models.apply_preparation import PreparationChoice, apply_preparation, get_preparation
from viewer.progress import Progress
from viewer.scans.atlas import load_atlas
from viewer.scans.atlas_space import MARK, space_mismatch
from viewer.scans.atomic_write import atomic_write

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.preparation.prepared import Prepared
    from viewer.scans.scan import Scan

COLUMNS = ("region", "voxels", "millilitres", "effect")


@dataclass(frozen=True)
class RegionTable:
    """Effects of regions on one output, the largest first.

    Parameters
    ----------
    target
        Name of the output.
    rows
        One per region: its name, its voxels on the network's grid, its volume in ml, and its effect.
    notes
        Why the atlas may not match the scan, if so.
    """

    target: str
    rows: tuple[RegionEffect, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[RegionEffect]:
        return iter(self.rows)

    def as_json(self) -> dict[str, Any]:
        """Return plain values: the target, the regions, and the notes, if any."""
        entries = {"target": self.target, "regions": [asdict(row) for row in self.rows]}
        return entries | ({"notes": list(self.notes)} if self.notes else {})

    def save(self, path: str | Path) -> Path:
        """Write the table as CSV, atomically; return the path. Raises OSError."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((row.region, row.voxels, row.millilitres, row.effect) for row in self.rows)
        path = Path(path)
        with atomic_write(path) as file:
            file.write(text.getvalue().encode())
        return path


def regions(
    model: Model,
    scan: Scan,
    atlas: str | Path,
    *,
    labels: str | Path | None = None,
    target: str | int | None = None,
    fill: str | Scan = "black",
    top: int | None = None,
    device: str | torch.device = "auto",
    seed: int = 0,
    progress: Progress | None = None,
    prepare: str | Prepared = "none",
) -> RegionTable:
    """Measure the effect of occluding each region of an atlas on one output of a network.

    An effect is S(x) − S(x without the region), where S is the output before any softmax (Zeiler and Fergus
    2014, with regions in place of windows).

    Parameters
    ----------
    model : Model
        The network; it is not modified.
    scan : Scan
        The scan to occlude.
    atlas : str or Path
        File of a label image, or of probability volumes, in the scan's space. If it is not known to be in
        this space, the regions' names end in a question mark and the notes say why.
    labels : str or Path, optional
        File with the regions' names. The default is the one beside the atlas.
    target : str or int, optional
        The output, as in `viewer.explain`. The default is the largest.
    fill : str or Scan
        Fill of an occluded region: a value of the parameter ``fill`` of the method "region-occlusion".
    top : int, optional
        Number of regions to keep, those with the largest absolute effects.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"`` or ``"mps"``.
    seed : int
        Seed of random draws.
    progress : Progress, optional
        Receives the progress after every region, and can cancel the computation.
    prepare : str or Prepared
        As for `viewer.explain`; if the scan is registered to the template, the regions are looked up there.

    Returns
    -------
    RegionTable
        The largest effect first; effects in units of the output, volumes in ml.

    Raises
    ------
    ScanError
        The atlas or its names cannot be read.
    MethodError
        There is no such target or fill, or no region lies in the network's field of view.
    ModelError
        The scan cannot be preprocessed for the network.
    ValueError
        ``prepare`` is an unknown string.
    Cancelled
        ``progress`` was cancelled.

    Examples
    --------
    >>> import nibabel, numpy as np
    >>> import viewer
    >>> scan, model = viewer.load_scan("simulated-lesions"), viewer.load_model("demo")
    >>> left = np.where(np.arange(scan.grid.shape[0]) < scan.grid.shape[0] / 2, 1, 2)
    >>> halves = np.broadcast_to(left[:, None, None], scan.grid.shape).astype(np.int16)
    >>> nibabel.save(nibabel.Nifti1Image(halves, scan.affine), "halves.nii")
    >>> table = viewer.regions(model, scan, "halves.nii", target="lesion")
    >>> (table.target, len(table))
    ('lesion', 2)
    """
    names = "" if labels is None else str(labels)
    if progress is None:
        progress = Progress()
    if prepare == PreparationChoice.CARD:
        prepared_scan = apply_preparation(model, scan, prepare, progress.subtask(0, 0.5))
        prepare, progress = get_preparation(prepared_scan) or "none", progress.subtask(0.5, 1)
    transform = None if isinstance(prepare, str) else prepare.template_transform
    doubt = space_mismatch(load_atlas(atlas, names or None), scan, transform)
    method = RegionOcclusion.from_parameters({"atlas": str(atlas), "labels": names, "fill": fill})
    effect_map = explain(
        model,
        scan,
        method,
        target=target,
        device=device,
        seed=seed,
        progress=progress,
        grid="model",
        prepare=prepare,
    )
    segments = atlas_segments(str(atlas), names, effect_map.grid, transform=transform)
    rows = list_effects(effect_map, segments)[:top]
    if doubt:
        rows = tuple(replace(row, region=f"{row.region} {MARK}") for row in rows)
    return RegionTable(effect_map.provenance.target, rows, (doubt,) if doubt else ())
