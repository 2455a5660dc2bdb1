"""Computation of all maps of a scan; networks are loaded once per process and stay in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from viewer.cohorts.derivatives import Derivatives
from viewer.cohorts.participants import Participant
from viewer.cohorts.plan import CohortPlan, ModelChoice, same_values
from viewer.cohorts.scan_features import write_features
from viewer.errors import ScanError, ViewerError
from viewer.files import is_folder
from viewer.methods.base import Method
from viewer.methods.explain import explain
from viewer.methods.explain_provenance import software_versions
from viewer.models.apply_preparation import PreparationChoice, apply_preparation, get_preparation
from viewer.models.card_requirements import card_requirements
from viewer.models.last_layer_features import LayerFeatures, NoFeaturesError, last_layer_features
from viewer.progress import Progress
from viewer.scans.multichannel_scan import make_multichannel_scan
from viewer.scans.provenance import Provenance
from viewer.scans.sidecar import read_sidecar

if TYPE_CHECKING:
    from viewer.models.fit_report import FitReport
    from viewer.models.model import Model
    from viewer.models.preprocessing import PreparedInput
    from viewer.preparation.prepared import Prepared
    from viewer.preparation.requirements import Requirements
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

Key = TypeVar("Key")
Result = TypeVar("Result")


@dataclass(frozen=True)
class MapOutcome:
    """Outcome of one map: ``error`` is empty if the map exists; ``computed`` tells whether this run made
    it.
    """

    participant: str
    description: str
    error: str = ""
    computed: bool = False


class _NetworkScan:
    """Results of a network for a scan that do not depend on the method, each computed once, on first use.

    Parameters
    ----------
    model, scan
        The network, and the scan with the person's covariates.
    preparation
        The preparation, or `PreparationChoice.NONE`.
    """

    def __init__(self, model: Model, scan: Scan, preparation: str | Prepared) -> None:
        self.model = model
        self.scan = scan
        self._preparation = preparation
        self.features_written = False

    @cached_property
    def fit(self) -> FitReport:
        """Whether the scan fits the network. Raises ViewerError."""
        from viewer.fit.check_fit import check_fit

        preparation = get_preparation(self._scan_or_prepared) or PreparationChoice.NONE
        return check_fit(self.model, self.scan, prepared=self._input, device="cpu", prepare=preparation)

    @cached_property
    def features(self) -> LayerFeatures | None:
        """Features from the last layer; None if the network has none. Raises ViewerError."""
        prepared = self._input
        try:
            return last_layer_features(self.model, prepared)
        except NoFeaturesError:
            return None  # maps are still computed

    @cached_property
    def _scan_or_prepared(self) -> Scan | Prepared:
        return apply_preparation(self.model, self.scan, self._preparation)

    @cached_property
    def _input(self) -> PreparedInput:
        return self.model.prepare(self._scan_or_prepared)


class _ParticipantScans:
    """Scan of one participant as loaded and prepared for each network, each version made only once.

    Networks share a version if they take the same images or require the same preparation. A failure is kept
    and raised again for the next method, without another attempt.
    """

    def __init__(self, participant: Participant) -> None:
        self.participant = participant
        self._network_scans: dict[str, _NetworkScan] = {}
        self._scans: dict[tuple[tuple[str, str], ...], Scan | ViewerError] = {}
        self._prepared: dict[tuple[str, Requirements], Prepared | ViewerError] = {}

    def read(self, model: Model) -> Scan:
        """Return the scan with the images that a network takes. Raises ViewerError."""
        from viewer.models.bids_channels import bids_channels

        files = self.participant.images
        channels = bids_channels(model.card) if "" in files and is_folder(files[""]) else None
        key = () if channels is None else tuple(channels.items())
        return _cached_result(self._scans, key, lambda: self._load(channels))

    def prepare(self, model: Model, scan: Scan, preparation: str, progress: Progress) -> str | Prepared:
        """Return the scan prepared as the card requires, or `PreparationChoice.NONE`. Raises ViewerError."""
        if preparation == PreparationChoice.NONE:
            return PreparationChoice.NONE
        from viewer.preparation.pipeline import prepare

        requirements = card_requirements(model.card)
        return _cached_result(
            self._prepared, (scan.hash, requirements), lambda: prepare(scan, requirements, progress=progress)
        )

    def network_scan(
        self,
        model: Model,
        model_label: str,
        covariates: Mapping[str, float] | None,
        preparation: str | Prepared,
    ) -> _NetworkScan:
        """Return the results of a labelled network for the scan. Raises ViewerError."""
        if model_label not in self._network_scans:
            scan = make_multichannel_scan(self.read(model), covariates)
            self._network_scans[model_label] = _NetworkScan(model, scan, preparation)
        return self._network_scans[model_label]

    def _load(self, channels: Mapping[str, str] | None) -> Scan:
        from viewer.scans.bids_folder import find_bids_images
        from viewer.scans.load import load_scan

        files, volume = self.participant.images, self.participant.volume
        if not files:
            raise ScanError(self.participant.location, "names no scan", "fill it in, or leave the row out")
        if channels is not None and not find_bids_images(files[""]):
            raise ScanError(files[""], "holds no images", "expected files such as anat/sub-01_T1w.nii.gz")
        return load_scan(files) if "" not in files else load_scan(files[""], volume, channels=channels)


def _cached_result(cache: dict[Key, Result | ViewerError], key: Key, compute: Callable[[], Result]) -> Result:
    """Return a result that is computed in the first call; an error is raised again in later calls."""
    if key not in cache:
        try:
            cache[key] = compute()
        except ViewerError as error:
            cache[key] = error
    result = cache[key]
    if isinstance(result, ViewerError):
        raise result
    return result


class MapMaker:
    """Computation of the maps of scans, one scan after the other.

    Parameters
    ----------
    plan
        Networks, methods and settings.
    derivatives
        The folder to write to.
    """

    def __init__(self, plan: CohortPlan, derivatives: Derivatives) -> None:
        self._plan = plan
        self._derivatives = derivatives
        self._models: dict[str, Model] = {}
        self._models_without_features: set[str] = set()

    def make_maps(self, participant: Participant, progress: Progress | None = None) -> Iterator[MapOutcome]:
        """Compute and write the missing maps of a participant; yield the outcome of each map.

        A map is kept if its sidecar names the same scan, network, method, parameters and software. A failure
        is also an outcome, and the next map is still computed.
        """
        progress = progress or Progress()
        descriptions = self._plan.descriptions()
        images = _ParticipantScans(participant)
        for index, (description, (choice, method)) in enumerate(descriptions.items()):
            subtask = progress.subtask(index / len(descriptions), (index + 1) / len(descriptions))
            try:
                computed = self._make_map(images, description, choice, method, subtask)
            except ViewerError as error:
                yield MapOutcome(participant.label, description, str(error))
            else:
                yield MapOutcome(participant.label, description, computed=computed)

    def _make_map(
        self,
        scans: _ParticipantScans,
        description: str,
        choice: ModelChoice,
        method: Method,
        progress: Progress,
    ) -> bool:
        """Compute and write one map; return False if it already exists. Raises ViewerError."""
        participant = scans.participant
        path = self._derivatives.map_path(participant, description)
        model = self._load_model(choice)
        covariates = _read_covariates(model, participant)
        scan = scans.read(model)
        provenance, _ = read_sidecar(path)
        # The hash of what is explained includes the images and the covariates.
        explained_scan = make_multichannel_scan(scan, covariates)
        is_current = path.is_file() and self._is_current(provenance, model, explained_scan, method)
        features = self._derivatives.features_path(participant, choice.label)
        if is_current and (features.is_file() or choice.label in self._models_without_features):
            return False
        plan = self._plan
        prepared = scans.prepare(model, scan, plan.prepare, progress.subtask(0.0, 0.5))
        network_scan = scans.network_scan(model, choice.label, covariates, prepared)
        self._write_features(features, choice, network_scan)
        if is_current:
            return False
        result = explain(
            model,
            scan,
            method,
            target=plan.find_target(choice),
            region=plan.region,
            layer=plan.layer,
            device="cpu",
            seed=plan.seed,
            progress=progress.subtask(0.5, 1.0),
            grid="template" if plan.grid == "template" else "scan",
            fit=network_scan.fit,
            covariates=covariates,
            prepare=prepared,
        )
        _remove_times(result).save(path)
        return True

    def _write_features(self, path: Path, choice: ModelChoice, network_scan: _NetworkScan) -> None:
        """Create the folder, and write a scan's features, once for all methods. Raises ViewerError."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if choice.label in self._models_without_features or network_scan.features_written:
                return
            if network_scan.features is None:
                self._models_without_features.add(choice.label)
                return
            write_features(path, network_scan.features, network_scan.model.hash, network_scan.scan.hash)
            network_scan.features_written = True
        except OSError as error:
            raise ScanError(path.parent, f"cannot be written ({error.strerror or error})") from error

    def _load_model(self, choice: ModelChoice) -> Model:
        if choice.label not in self._models:
            self._models[choice.label] = choice.load(self._plan.trust)
        return self._models[choice.label]

    def _is_current(self, provenance: Provenance, model: Model, scan: Scan, method: Method) -> bool:
        return (
            provenance.model.get("hash") == model.hash
            and provenance.scan.get("hash") == scan.hash
            and provenance.method == method.name
            and same_values(provenance.parameters, method.parameter_values())
            and provenance.software == software_versions()
        )


def _read_covariates(model: Model, participant: Participant) -> Mapping[str, float] | None:
    """Return the covariates of a network, from the columns with their names.

    Raises
    ------
    ScanError
        A column is missing, or its entry is not a number.
    """
    values = {}
    for covariate in model.covariates:
        text = participant.values.get(covariate.name)
        try:
            values[covariate.name] = float(text or "")
        except ValueError:
            raise ScanError(
                participant.location,
                f"{covariate.name} is {text or 'missing'}",
                f"{model.card.name} needs it as a number",
            ) from None
    return values or None


def _remove_times(result: Map) -> Map:
    """Return a map without computing times, whose sidecar is reproducible."""
    provenance = result.provenance
    preparation: dict[str, Any] = dict(provenance.preparation)
    if "steps" in preparation:
        preparation["steps"] = [
            {name: value for name, value in step.items() if name != "seconds"}
            for step in preparation["steps"]
        ]
    channels = {name: _remove_times(channel_map) for name, channel_map in result.channels.items()}
    return replace(
        result, provenance=replace(provenance, seconds=None, preparation=preparation), channels=channels
    )
