"""Scans of a cohort with the most similar features in a network: the public function `nearest`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.cohorts.cohort_folder import CohortFolder, read_cohort_folder
from viewer.cohorts.participant_filter import select_participants
from viewer.cohorts.participants import Participant
from viewer.cohorts.scan_features import ScanFeatures, read_features
from viewer.errors import ScanError
from viewer.files import is_file
from viewer.models.apply_preparation import PreparationChoice, apply_preparation
from viewer.models.last_layer_features import last_layer_features
from viewer.models.loading import load_model
from viewer.number_format import format_count
from viewer.progress import Progress
from viewer.scans.load import load_scan
from viewer.scans.multichannel_scan import make_multichannel_scan
from viewer.scans.scan import Scan

DEFAULT_COUNT = 5


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A scan of the cohort.

    Parameters
    ----------
    participant
        Participant whose scan it is.
    distance
        1 − the cosine of the angle between the features of both scans: 0 to 2, 0 for the same direction.
    map
        File of the scan's map; None if there is none.
    """

    participant: Participant
    distance: float
    map: Path | None


@dataclass(frozen=True, eq=False)
class NearestScans:
    """Scans of a cohort that are nearest to a given scan.

    Parameters
    ----------
    reference_name
        Label of the participant, or name of the scan, that the others are compared with.
    layer
        The network's last layer, whose input the features are.
    neighbours
        The nearest scans, the nearest first.
    compared_count
        Number of scans that the given one was compared with.
    without_features
        Labels of participants without features from this network.
    """

    reference_name: str
    layer: str
    neighbours: tuple[Neighbour, ...]
    compared_count: int
    without_features: tuple[str, ...]

    def sentences(self) -> tuple[str, ...]:
        """Return sentences on what was compared and which participants were left out."""
        sentence = (
            f"nearest to {self.reference_name} of {format_count(self.compared_count, 'scan')}, by the cosine "
            f"of the inputs of {self.layer}"
        )
        if not self.without_features:
            return (sentence,)
        names = ", ".join(self.without_features[:5]) + (", …" if len(self.without_features) > 5 else "")
        return sentence, f"{len(self.without_features)} without features are left out: {names}"


def nearest(
    scan: str | Path | Scan,
    folder: str | Path,
    *,
    count: int = DEFAULT_COUNT,
    among: str | None = None,
    model: str | None = None,
    method: str | None = None,
    card: str | Path | None = None,
    trust: bool = False,
    covariates: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> NearestScans:
    r"""Return the scans of a cohort whose last-layer features are most similar to those of a given scan.

    Features are the input of the network's last layer with weights (averaged over positions), and are
    compared by the cosine of their angle, as in deep k-nearest neighbours (Papernot and McDaniel 2018).

    Parameters
    ----------
    scan : str or Path or Scan
        Label of a participant (``"sub-07"``), or a scan, which the network is run on.
    folder : str or Path
        Folder that `viewer.cohort` wrote.
    count : int
        Number of scans to return.
    among : str, optional
        Participants to include: ``COLUMN=VALUE``, or ``COLUMN=LOW..HIGH`` for numbers; the default is all.
    model : str, optional
        Label of the network, if the folder has several.
    method : str, optional
        Name of the method of the maps, if the folder has several.
    card : str or Path, optional
        Card of the network, if it is not beside the network's file.
    trust : bool
        Whether the network may run its own code.
    covariates : mapping of str to float, optional
        Numbers that the network takes in addition to the images.
    progress : Progress, optional
        Receives the progress and can cancel.

    Returns
    -------
    NearestScans
        ``neighbours`` with ``participant``, ``distance`` and the file of the ``map``. The scan itself,
        identified by its hash, is excluded.

    Raises
    ------
    ScanError
        There is no such participant, the folder has no features, or the network has changed.
    ModelError
        The network cannot be read, has no features, or does not accept the scan.
    ValueError
        ``count`` is less than 1.

    Examples
    --------
    >>> from pathlib import Path
    >>> import viewer
    >>> template = viewer.load_scan("mni152")
    >>> rows = ["participant_id\tscan"]
    >>> for index, gain in enumerate((1.0, 1.1, 40.0)):
    ...     one = viewer.Map(template.data**gain, template.grid, "scan", stored=template.stored)
    ...     rows.append(f"sub-{index}\t{one.save(f'{index}.nii.gz')}")
    >>> size = Path("participants.tsv").write_text("\n".join(rows))
    >>> result = viewer.cohort("participants.tsv", "demo", "gradient", "maps", target="lesion", workers=1)
    >>> [one.participant.label for one in viewer.nearest("sub-0", "maps", count=1).neighbours]
    ['sub-1']
    """
    if count < 1:
        raise ValueError(f"{count} nearest scans cannot be listed: ask for 1 or more")
    progress = progress or Progress()
    cohort = read_cohort_folder(folder)
    description = cohort.description(model, method)
    label = model or next(iter(cohort.models))
    rows = select_participants(cohort.rows, among)
    features = _read_participant_features(cohort, rows, label, progress.subtask(0, 0.5))
    name, scan_features = _find_features(
        scan, cohort, label, card, trust, covariates, progress.subtask(0.5, 1)
    )
    others = {
        row: other
        for row, other in features.items()
        if row.label != name and other.scan_hash != scan_features.scan_hash
    }
    if not others:
        raise ScanError(folder, f"has no other scans to compare {name} with")
    lengths = {len(other.values) for other in others.values()} | {len(scan_features.values)}
    if len(lengths) > 1:
        raise ScanError(folder, "has features of different lengths from one network", "run the cohort again")
    distances = cosine_distances(scan_features.values, np.array([other.values for other in others.values()]))
    ranked = sorted(zip(others, distances.tolist(), strict=True), key=lambda pair: pair[1])[:count]
    neighbours = []
    for row, distance in ranked:
        path = cohort.derivatives.map_path(row, description)
        neighbours.append(Neighbour(row, distance, path if is_file(path) else None))
    missing = tuple(row.label for row in rows if row not in features)
    return NearestScans(name, scan_features.layer, tuple(neighbours), len(others), missing)


def cosine_distances(
    features: npt.NDArray[np.float32], other_features: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Return 1 − the cosine of the angle to each row of ``other_features`` (n, features), shape (n,).

    It is 1 if either vector is zero.
    """
    vector, rows = features.astype(np.float64), other_features.astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(vector)
    cosines = np.divide(rows @ vector, lengths, out=np.zeros(len(rows)), where=lengths > 0)
    return np.asarray(1 - np.clip(cosines, -1, 1), dtype=np.float64)


def _read_participant_features(
    cohort: CohortFolder, rows: tuple[Participant, ...], model: str, progress: Progress
) -> dict[Participant, ScanFeatures]:
    """Return the participants' features from the network version in the plan. Raises ScanError."""
    features_by_participant, network_hash = {}, cohort.models[model].get("hash")
    for index, row in enumerate(rows):
        progress.step(index, len(rows), "reading features")
        path = cohort.derivatives.features_path(row, model)
        if is_file(path):
            features = read_features(path)
            if features.model_hash == network_hash:
                features_by_participant[row] = features
    if not features_by_participant:
        problem = f"has no features of scans from {model}"
        remedy = "run the cohort again: it adds them and keeps the existing maps"
        raise ScanError(cohort.derivatives.folder, problem, remedy)
    return features_by_participant


def _find_features(
    scan: str | Path | Scan,
    cohort: CohortFolder,
    model: str,
    card: str | Path | None,
    trust: bool,
    covariates: Mapping[str, float] | None,
    progress: Progress,
) -> tuple[str, ScanFeatures]:
    """Return the label or name of a scan, and its features: those of the folder, or computed now."""
    row = next((row for row in cohort.rows if row.label == scan), None)
    if row is not None:
        features = _read_participant_features(cohort, (row,), model, progress)
        return row.label, features[row]
    entry: Mapping[str, Any] = cohort.models[model]
    network = load_model(str(entry.get("source")), card=card, trust=trust)
    if network.hash != entry.get("hash"):
        raise ScanError(
            str(entry.get("source")), "is no longer the network of the cohort", "restore the file"
        )
    image = scan if isinstance(scan, Scan) else load_scan(scan)
    image = make_multichannel_scan(image, covariates)
    preparation = str(cohort.settings.get("prepare") or PreparationChoice.NONE)
    prepared = apply_preparation(network, image, preparation, progress.subtask(0, 0.8))
    layer_features = last_layer_features(network, network.prepare(prepared))
    progress.step(1, 1)
    return image.name, ScanFeatures(network.hash, image.hash, layer_features.layer, layer_features.values)
