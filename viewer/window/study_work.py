"""What a study needs off the window's thread: scans simulated, a network trained, maps, a scan beneath."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.session.study_config import StudyOptions, StudyTable, make_study_table, plan_from_options
from viewer.window.study_plot import Said

if TYPE_CHECKING:
    from viewer.methods.saliency_1995.accuracy import Accuracy
    from viewer.methods.saliency_1995.analysis import Analysis, Plan
    from viewer.methods.saliency_1995.planted import Score
    from viewer.models.model import Model
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

SIMULATING = 0.6
"""The share of the time that simulating takes where there is nothing yet."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A study with its network: what was asked for, where it is written, and what came of it so far.

    ``lasting`` is whether a person chose the folder; one that they did not goes with the window. ``scores``
    say how well the maps find what was planted; real scans have none.
    """

    listing: StudyTable
    plan: Plan
    folder: Path
    lasting: bool
    analysis: Analysis
    scores: Mapping[str, Score] = field(default_factory=dict)


def train(
    listing: StudyTable, choices: StudyOptions, folder: Path, device: str, accuracy: str, progress: Progress
) -> Trained:
    """Simulate where it must be, read, train, leave subjects out, and map.

    The maps without retraining cost so little together that all are made, and with them f1 and f2;
    ``accuracy`` may be the one with it. ``progress`` is shown a `Trained` after every stage.

    Raises
    ------
    ViewerError
        The table, a scan or a choice makes no sense; the line names it.
    Cancelled
        ``progress`` asked to stop.
    """
    from viewer.jobs.device import select_device
    from viewer.methods.saliency_1995.analysis import analyse
    from viewer.progress import Progress as Reporting
    from viewer.scans.load import open_image
    from viewer.scans.scan_table import read_table
    from viewer.scans.simulated_studies.save import write_study
    from viewer.scans.simulated_studies.study import find_study

    if choices.atlas is not None:
        # It is needed last; that it is no image should not be found out then.
        open_image(choices.atlas)
    chosen = select_device(device)
    plan = plan_from_options(
        choices, bool(listing.simulated), str(chosen) if chosen.type == "cuda" else "cpu"
    )
    begin, lasting = 0.0, choices.folder is not None
    if listing.table is None:
        begin = SIMULATING
        table = write_study(find_study(listing.simulated), folder / "study", progress.subtask(0.0, begin))
        listing = make_study_table(table, choices.paradigm, listing.simulated)
    else:
        table = read_table(listing.table)

    def show(analysis: Analysis) -> None:
        progress.report_partial(Trained(listing, plan, folder, lasting, named(analysis, listing)))

    rest = progress.subtask(begin, 1.0)

    def stopped() -> bool:
        rest.raise_if_cancelled()
        return False

    staged = Reporting(lambda step: rest.step(step.fraction, 1.0, step.message), stopped, show)
    analysis = analyse(table, replace(plan, accuracies=together(accuracy)), folder, staged)
    return scored(Trained(listing, plan, folder, lasting, named(analysis, listing)))


def add_map(trained: Trained, accuracy: str, progress: Progress) -> Trained:
    """The same with the map of a further accuracy. Raises as `train`."""
    from viewer.methods.saliency_1995.analysis import mapped

    missing = tuple(one for one in together(accuracy) if one not in maps_of(trained))
    analysis = mapped(trained.analysis, replace(trained.plan, accuracies=missing), trained.folder, progress)
    return scored(replace(trained, analysis=named(analysis, trained.listing)))


def scored(trained: Trained) -> Trained:
    """The same, with the scores of its maps where the scans are simulated. Raises as `train`."""
    from viewer.methods.saliency_1995.planted import scores

    if not trained.listing.simulated or trained.listing.table is None:
        return trained
    return replace(trained, scores=scores(trained.analysis, trained.listing.table.parent))


def together(accuracy: str) -> tuple[Accuracy, ...]:
    """The accuracies that are computed when one is asked for: it, and all without retraining."""
    from viewer.methods.saliency_1995.accuracy import Accuracy

    return tuple(one for one in Accuracy if one is not Accuracy.RETRAINED or accuracy == one)


def maps_of(trained: Trained) -> dict[Accuracy, Map]:
    """The maps that are there."""
    return trained.analysis.saliency.maps if trained.analysis.saliency is not None else {}


def named(analysis: Analysis, listing: StudyTable) -> Analysis:
    """The analysis whose maps say of which study they are, and where its scans are simulated."""
    saliency = analysis.saliency
    if saliency is None:
        return analysis
    maps = {
        accuracy: map_
        if "name" in map_.provenance.model
        else replace(
            map_,
            name=f"Saliency, {str(accuracy).replace('-', ' ')}",
            provenance=replace(map_.provenance, model={"name": listing.title, **map_.provenance.model}),
        )
        for accuracy, map_ in saliency.maps.items()
    }
    return replace(analysis, saliency=replace(saliency, maps=maps))


def peak(shown: Map) -> tuple[float, float, float]:
    """Where a map is largest, in mm."""
    from viewer.scans.clusters import peak_voxel

    if shown.grid is None:
        return 0.0, 0.0, 0.0
    x, y, z = (float(value) for value in shown.grid.to_world(peak_voxel(shown.data)))
    return x, y, z


def beneath(trained: Trained, template: bool) -> Scan:
    """What bodies are shown over: the MNI152 template, or the mean of the study's scans inside the mask.

    Raises
    ------
    ScanError
        The template is not there.
    """
    from viewer.scans.file_types import TEMPLATE
    from viewer.scans.load import load_scan
    from viewer.scans.scan import Scan

    if template:
        return load_scan(TEMPLATE)
    matrix = trained.analysis.cohort.matrix
    title = trained.listing.name
    path = trained.folder / "mean.nii.gz" if trained.lasting else None
    return Scan(matrix.volume(matrix.mean), matrix.grid, f"mean of {title}", trained.plan.about, path)


@dataclass(frozen=True, eq=False)
class Quality:
    """How good a network is, on the scans it was trained on and on subjects it was trained without.

    ``error`` is the mean cost of a scan; ``agreement`` the correlation with graded values, or the share of
    classes that are right. The left-out ones are None where they are not known. ``chance`` is the error of a
    network that always says the same.
    """

    error: float
    agreement: float
    left_error: float | None
    left_agreement: float | None
    chance: float
    said: Said


def quality(analysis: Analysis) -> Quality:
    """How good the network is, and what it says of every scan."""
    import numpy as np

    from viewer.models.training.morch.targets import Paradigm

    fit, targets, left = analysis.fit, analysis.targets, analysis.left_out
    fitted = fit.predictions()
    if targets.paradigm is Paradigm.GRADED:
        truth = targets.Y[0] * targets.deviation + targets.mean
        agreement, chance = float(np.corrcoef(fitted, truth)[0, 1]), 1.0
    else:
        truth = targets.labels
        counts = np.bincount(truth.astype(int))
        shares = counts[counts > 0] / len(truth)
        agreement, chance = float((fitted == truth).mean()), float(-(shares * np.log(shares)).sum())
    said = Said(
        tuple(map(float, truth)),
        tuple(map(float, fitted)),
        () if left is None else tuple(map(float, left.predictions)),
        targets.classes,
    )
    return Quality(
        fit.error,
        agreement,
        None if left is None else left.cost,
        None if left is None else left.right,
        chance,
        said,
    )


def write_network(trained: Trained, path: Path) -> Path:
    """Write the network as safetensors, and its card beside it.

    Raises
    ------
    ModelError
        A file cannot be written.
    """
    from viewer.models.training.morch.export import save_network

    path.parent.mkdir(parents=True, exist_ok=True)
    return save_network(trained.analysis.fit, trained.analysis.cohort, path, trained.plan.about)


def network_of(trained: Trained) -> Model:
    """The network as a model like any other, under the study's name. Raises as `write_network`."""
    from viewer.models.loading import load_model

    name = "-".join(trained.listing.name.split())
    return load_model(write_network(trained, trained.folder / "models" / f"{Path(name).stem}.safetensors"))
