"""Public function `train_morch`: the network of Mørch et al. 1995 and its saliency maps, from a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.errors import MethodError
from viewer.jobs.device import select_device
from viewer.methods.morch_1995.pipeline import Analysis, analyse
from viewer.methods.morch_1995.study_plan import StudyPlan
from viewer.models.training.morch.training_options import TrainingOptions
from viewer.progress import Progress
from viewer.scans.scan_table import read_table
from viewer.scans.simulated_studies.save import write_study
from viewer.scans.simulated_studies.study import SIMULATED, find_study
from viewer.settings import document_settings, with_settings

if TYPE_CHECKING:
    import torch


@document_settings(StudyPlan)
def train_morch(
    folder: str | Path,
    table: str | Path | None = None,
    *,
    simulated: str | None = None,
    device: str | torch.device = "auto",
    seed: int = 0,
    progress: Progress | None = None,
    **settings: Any,
) -> Analysis:
    r"""Train the network of Mørch et al. 1995 on a table of scans, and map the saliency of its voxels.

    The folder gets the network (network.safetensors and its card), fit.json with the numbers, and a map for
    each accuracy, saliency-ACCURACY.nii.gz. A second call with the same scans does not read them again.

    Parameters
    ----------
    folder : str or Path
        Folder for all results.
    table : str or Path, optional
        A table (.tsv or .csv) with one row per scan and the columns scan, subject and y; y is a number or
        the name of a class.
    simulated : str, optional
        Instead of a table, a study to simulate into FOLDER/study: ``"saccades"`` or ``"fingers"``.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:N"``; on Apple's processors the CPU is used, as MPS has
        no float64.
    seed : int
        Seed of the random starts.
    progress : Progress, optional
        Updated as the computation proceeds, given an `Analysis` after every stage, and checked for
        cancellation.
    **settings
        Settings of `StudyPlan`.

    Returns
    -------
    Analysis
        The cohort, the fit, the predictions for left-out subjects, and the maps: the change of the training
        cost when a voxel is removed, in units of the cost.

    Raises
    ------
    MethodError
        There is neither a table nor a study, or both; or the options are invalid for these scans.
    ViewerError
        The table, a scan, y or the atlas cannot be used; the message names it.
    Cancelled
        Cancelled through ``progress``; files already written stay.

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
    if settings.get("labels") is not None and settings.get("atlas") is None:
        raise MethodError("labels", "are the names of an atlas, but no atlas is given")
    selected = select_device(device)
    plan = with_settings(
        StudyPlan(
            recipe=TrainingOptions(seed=seed),
            # MPS has no float64, which is used to compute blocks with large changes.
            device="cpu" if selected.type == "mps" else str(selected),
            about=() if simulated is None else (SIMULATED,),
        ),
        settings,
    )
    folder, progress = Path(folder), progress or Progress()
    if table is not None:
        return analyse(read_table(Path(table)), plan, folder, progress)
    study = write_study(find_study(str(simulated)), folder / "study", progress.subtask(0.0, 0.3))
    return analyse(study, plan, folder, progress.subtask(0.3, 1.0))
