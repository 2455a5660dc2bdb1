"""Computation of all maps of one scan, in whichever process: networks are loaded once and stay in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from viewer.cohorts.derivatives import Derivatives
from viewer.cohorts.participants import Participant
from viewer.cohorts.plan import CohortPlan, ModelChoice, same_values
from viewer.errors import ScanError, ViewerError
from viewer.methods.base import Method
from viewer.methods.explain import explain
from viewer.methods.explain_provenance import software_versions
from viewer.models.apply_preparation import PreparationChoice
from viewer.models.card_requirements import card_requirements
from viewer.progress import Progress
from viewer.scans.provenance import Provenance
from viewer.scans.sidecar import read_sidecar

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.preparation.prepared import Prepared
    from viewer.preparation.requirements import Requirements
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan


@dataclass(frozen=True)
class MapOutcome:
    """What became of one map: ``error`` is empty where it is in the folder, ``computed`` whether just now."""

    participant: str
    description: str
    error: str = ""
    computed: bool = False


class MapMaker:
    """Computes the maps of scans, one scan after the other.

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

    def make(self, participant: Participant, progress: Progress | None = None) -> Iterator[MapOutcome]:
        """Compute and write the maps of a participant that are not there yet; yield what became of each.

        A map is left as it is if its sidecar names the same scan, network, method, parameters and software.
        What cannot be computed is an outcome, too, and the next map is computed all the same.
        """
        progress = progress or Progress()
        descriptions = self._plan.descriptions()
        try:
            scan = self._read(participant)
        except ViewerError as error:
            yield from (MapOutcome(participant.label, name, str(error)) for name in descriptions)
            return
        prepared: dict[Requirements, Prepared | ViewerError] = {}
        for index, (description, (choice, method)) in enumerate(descriptions.items()):
            part = progress.subtask(index / len(descriptions), (index + 1) / len(descriptions))
            try:
                computed = self._make_map(participant, scan, description, choice, method, prepared, part)
            except ViewerError as error:
                yield MapOutcome(participant.label, description, str(error))
            else:
                yield MapOutcome(participant.label, description, computed=computed)

    def _make_map(
        self,
        participant: Participant,
        scan: Scan,
        description: str,
        choice: ModelChoice,
        method: Method,
        prepared: dict[Requirements, Prepared | ViewerError],
        progress: Progress,
    ) -> bool:
        """Compute and write one map; return False if it is there already. Raises ViewerError."""
        path = self._derivatives.map_path(participant, description)
        model = self._model(choice)
        known, _ = read_sidecar(path)
        if path.is_file() and self._is_current(known, model, scan, method):
            return False
        plan = self._plan
        result = explain(
            model,
            scan,
            method,
            target=plan.target_of(choice),
            region=plan.region,
            layer=plan.layer,
            device="cpu",
            seed=plan.seed,
            progress=progress.subtask(0.5, 1.0),
            grid="template" if plan.grid == "template" else "scan",
            covariates=_covariates(model, participant),
            prepare=self._prepare(model, scan, prepared, progress.subtask(0.0, 0.5)),
        )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ScanError(path.parent, f"cannot be written ({error.strerror or error})") from error
        _without_times(result).save(path)
        return True

    def _read(self, participant: Participant) -> Scan:
        from viewer.scans.load import load_scan

        images = participant.images
        return load_scan(images[""], participant.volume) if "" in images else load_scan(images)

    def _model(self, choice: ModelChoice) -> Model:
        if choice.label not in self._models:
            self._models[choice.label] = choice.load(self._plan.trust)
        return self._models[choice.label]

    def _prepare(
        self,
        model: Model,
        scan: Scan,
        prepared: dict[Requirements, Prepared | ViewerError],
        progress: Progress,
    ) -> str | Prepared:
        """Return the scan as the network's card asks for; networks that ask for the same share it."""
        if self._plan.prepare == PreparationChoice.NONE:
            return PreparationChoice.NONE
        from viewer.preparation.pipeline import prepare

        wanted = card_requirements(model.card)
        if wanted not in prepared:
            try:
                prepared[wanted] = prepare(scan, wanted, progress=progress)
            except ViewerError as error:
                prepared[wanted] = error
        result = prepared[wanted]
        if isinstance(result, ViewerError):
            raise result
        return result

    def _is_current(self, known: Provenance, model: Model, scan: Scan, method: Method) -> bool:
        return (
            known.model.get("hash") == model.hash
            and known.scan.get("hash") == scan.hash
            and known.method == method.name
            and same_values(known.parameters, method.parameter_values())
            and known.software == software_versions()
        )


def _covariates(model: Model, participant: Participant) -> Mapping[str, float] | None:
    """Return the numbers that the network takes beside the images, from the columns of their names.

    Raises
    ------
    ScanError
        A column is missing, or its entry is no number.
    """
    numbers = {}
    for covariate in model.covariates:
        text = participant.values.get(covariate.name)
        try:
            numbers[covariate.name] = float(text or "")
        except ValueError:
            raise ScanError(
                participant.row,
                f"{covariate.name} is {text or 'missing'}",
                f"{model.card.name} takes it as a number",
            ) from None
    return numbers or None


def _without_times(result: Map) -> Map:
    """Return a map whose sidecar is the same whenever and wherever it is computed."""
    made = result.provenance
    preparation: dict[str, Any] = dict(made.preparation)
    if "steps" in preparation:
        preparation["steps"] = [
            {name: value for name, value in step.items() if name != "seconds"}
            for step in preparation["steps"]
        ]
    channels = {name: _without_times(part) for name, part in result.channels.items()}
    return replace(result, provenance=replace(made, seconds=None, preparation=preparation), channels=channels)
