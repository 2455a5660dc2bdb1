"""The network of Mørch et al. 1995 and its saliency maps in one call, from a table of scans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import MethodError, ScanError
from viewer.jobs.device import select_device
from viewer.methods.morch_1995.approximation import Approximation, NegativeValues
from viewer.methods.morch_1995.pipeline import ALL_APPROXIMATIONS, Analysis, StudyPlan, analyse
from viewer.models.training.morch.network import HiddenActivation
from viewer.models.training.morch.targets import Paradigm
from viewer.models.training.morch.training import TrainingOptions
from viewer.progress import Progress
from viewer.scans.cohort import Preparation, Scaling
from viewer.scans.file_types import read_json_object
from viewer.scans.scan_table import read_table
from viewer.scans.simulated_studies.save import write_study
from viewer.scans.simulated_studies.study import SIMULATED, find_study

if TYPE_CHECKING:
    import torch


def train_morch(
    folder: str | Path,
    table: str | Path | None = None,
    *,
    simulated: str | None = None,
    mask: str | Path | None = None,
    mask_level: float = 0.5,
    global_scaling: bool = True,
    subject_means: bool = True,
    remove: Sequence[str] = (),
    y: str | None = None,
    hidden: int = 5,
    components: int | None = None,
    linear: bool = False,
    biases: bool = True,
    decay: float = 0.01,
    starts: int = 4,
    prune: float = 0.0,
    accuracy: str | Sequence[str] = ALL_APPROXIMATIONS,
    negative: str = "zero",
    cubes: float | None = None,
    atlas: str | Path | None = None,
    labels: str | Path | None = None,
    refits: int = 32,
    double: bool = False,
    device: str | torch.device = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> Analysis:
    r"""Train the network of Mørch et al. 1995 on a table of scans, and map the saliency of its voxels.

    Written into the folder are the network (network.safetensors and its card), fit.json with the numbers, and
    a map for each accuracy, saliency-ACCURACY.nii.gz. A second call on the same scans does not read them
    again.

    Parameters
    ----------
    folder : str or Path
        Where everything is written.
    table : str or Path, optional
        A table (.tsv or .csv) with a row a scan and the columns scan, subject and y; y is a number or the
        name of a class.
    simulated : str, optional
        Instead of a table, a study to simulate into FOLDER/study: ``"saccades"`` or ``"fingers"``.
    mask : str or Path, optional
        An image that is above zero where voxels take part. The default computes it.
    mask_level : float
        Of a computed mask: the mean scan over its own mean in the head, 0 to 1.
    global_scaling : bool
        Multiply each scan so that its mean inside the mask is 50.
    subject_means : bool
        Take out each subject's mean scan.
    remove : sequence of str
        Columns of the table that are regressed out of every voxel.
    y : str, optional
        What y is: ``"graded"`` or ``"classes"``. The default takes words, and two numbers, for classes.
    hidden : int
        Hidden units.
    components : int, optional
        Principal components. The default is all there are.
    linear : bool
        Train the linear model instead of tanh units.
    biases : bool
        Whether there are biases; the network as it is printed has none.
    decay : float
        Weight decay, in units of the mean cost.
    starts : int
        From how many random starts the best minimum is taken.
    prune : float
        Share of the weights that optimal brain damage takes away before the map, 0 to 0.99.
    accuracy : str or sequence of str
        Which maps: ``"first-order"``, ``"second-order"``, ``"second-order-cross"``, ``"exact"``,
        ``"retrained"``. The default is all.
    negative : str
        What becomes of voxels without which the cost is smaller: ``"zero"`` or ``"keep"``.
    cubes : float, optional
        Take cubes of this edge in mm away instead of voxels.
    atlas : str or Path, optional
        Take the regions of an atlas away instead of voxels.
    labels : str or Path, optional
        The atlas's names: a JSON with a list "labels", the name of region n at place n, from 0.
    refits : int
        Voxels on which the retrained map is checked by full re-fits, half of them its largest.
    double : bool
        Compute the map in float64.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:N"``; Apple's processors have no float64, and the CPU
        is taken there.
    seed : int
        Of the random starts.
    progress : Progress, optional
        Told how far it is, shown an `Analysis` after every stage, and asked whether to stop.

    Returns
    -------
    Analysis
        The cohort, the fit, the prediction of subjects left out, and the maps: the change of the training
        cost when a voxel is taken away, in units of the cost.

    Raises
    ------
    MethodError
        There is neither a table nor a study, or both; or the options make no sense for these scans.
    ViewerError
        The table, a scan, y or the atlas cannot be used; the line names it.
    Cancelled
        ``progress`` said so; what was written stays.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> draw, grid = np.random.default_rng(0), viewer.Grid((6, 6, 6), np.diag([8, 8, 8, 1]))
    >>> rows = ["scan,subject,y"]
    >>> for number in range(8):
    ...     data = draw.normal(50, 1, (6, 6, 6))
    ...     data[2] += 5 * (number % 2)
    ...     path = viewer.Map(data, grid, "scan").save(f"scan-{number}.nii")
    ...     rows.append(f"{path},sub-{number // 4},{'on' if number % 2 else 'off'}")
    >>> with open("study.csv", "w") as file:
    ...     written = file.write("\n".join(rows))
    >>> analysis = viewer.train_morch("out", "study.csv", hidden=2, starts=1, accuracy="first-order")
    >>> [str(accuracy) for accuracy in analysis.saliency.maps]
    ['first-order']
    """
    if (table is None) == (simulated is None):
        raise MethodError("study", "one table of scans, or one study to simulate, is needed")
    if labels is not None and atlas is None:
        raise MethodError("labels", "are the names of an atlas, and none is given")
    chosen = select_device(device)
    plan = StudyPlan(
        preparation=Preparation(
            mask=None if mask is None else Path(mask),
            mask_level=mask_level,
            scaling=Scaling.GLOBAL if global_scaling else Scaling.NONE,
            subject_means=subject_means,
            covariates=tuple(remove),
        ),
        recipe=TrainingOptions(
            hidden=hidden,
            components=components,
            activation=HiddenActivation.LINEAR if linear else HiddenActivation.TANH,
            decay=decay,
            biases=biases,
            starts=starts,
            seed=seed,
        ),
        paradigm=None if y is None else Paradigm(y),
        pruned=prune,
        approximations=tuple(
            Approximation(name) for name in ((accuracy,) if isinstance(accuracy, str) else accuracy)
        ),
        negative=NegativeValues(negative),
        refits=refits,
        cube=cubes,
        atlas=None if atlas is None else Path(atlas),
        atlas_names=_read_names(labels),
        double=double,
        # Apple's processors have no float64, which blocks with large changes are computed in.
        device="cpu" if chosen.type == "mps" else str(chosen),
        about=() if simulated is None else (SIMULATED,),
    )
    folder, progress = Path(folder), progress or Progress()
    if table is not None:
        return analyse(read_table(Path(table)), plan, folder, progress)
    study = write_study(find_study(str(simulated)), folder / "study", progress.subtask(0.0, 0.3))
    return analyse(study, plan, folder, progress.subtask(0.3, 1.0))


def _read_names(path: str | Path | None) -> tuple[str, ...]:
    """Return the names of an atlas's regions, the name of number n at place n.

    Raises
    ------
    ScanError
        The file is no JSON with a list of them.
    """
    if path is None:
        return ()
    names = read_json_object(Path(path)).get("labels")
    if not isinstance(names, list):
        raise ScanError(path, "has no list 'labels'", "the name of region n must stand at place n, from 0")
    return tuple(map(str, names))
