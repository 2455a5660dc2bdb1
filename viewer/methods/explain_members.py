"""Mean and standard deviation of a map over members: the public function `explain_members`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from viewer.errors import MethodError, ModelError
from viewer.fit.check_fit import check_fit
from viewer.jobs.device import select_device
from viewer.methods.base import Method
from viewer.methods.explain import explain
from viewer.methods.explain_provenance import describe_model
from viewer.methods.targets import LARGEST_OUTPUT, SMALLEST_OUTPUT
from viewer.models.apply_preparation import PreparationChoice, apply_preparation, get_preparation
from viewer.models.model import Model
from viewer.models.model_card import ModelKind
from viewer.models.predict import Prediction, predict_prepared, prediction_from_json
from viewer.models.uncertainty.member_predictions import compute_spread
from viewer.models.uncertainty.members import Uncertainty, as_uncertainty
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import make_multichannel_scan
from viewer.scans.provenance import NOT_FINISHED, AbsorbedRelevance, Residual
from viewer.scans.resample import resample
from viewer.scans.running_moments import RunningMoments
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.models.fit_report import FitReport
    from viewer.models.uncertainty.kinds import UncertaintyKind
    from viewer.preparation.prepared import Prepared


def explain_members(
    model: Model,
    scan_or_tensor: Scan | torch.Tensor,
    method: str | Method = "gradient",
    uncertainty: str | Uncertainty = "moves",
    *,
    target: str | int | None = None,
    region: object = None,
    layer: str | None = None,
    device: str | torch.device = "auto",
    seed: int = 0,
    progress: Progress | None = None,
    grid: Literal["scan", "model", "template"] = "scan",
    fit: FitReport | None = None,
    covariates: Mapping[str, float] | None = None,
    prepare: str | Prepared = "none",
    **parameters: object,
) -> Map:
    """Explain one output for every member of an ensemble, of dropout samples or of small input moves.

    Parameters
    ----------
    model : Model
        The network; for an ensemble, the first network, or one that is the mean of several folds.
    scan_or_tensor : Scan or torch.Tensor
        As for `viewer.explain`; a tensor cannot be moved.
    method : str or Method
        As for `viewer.explain`.
    uncertainty : str or Uncertainty
        ``"dropout"``, ``"moves"`` or ``"ensemble"``, or a `viewer.Uncertainty` with the number of samples,
        their seed, or the other networks.
    target : str or int, optional
        As for `viewer.explain`. The default is the largest output for the unmodified scan, the same for all
        members.
    region : object
        As for `viewer.explain`; for a dense prediction, determined from each member's own prediction.
    layer : str, optional
        As for `viewer.explain`.
    device : str or torch.device
        As for `viewer.explain`.
    seed : int
        Seed of the method's random draws, the same for all members, so that the standard deviation reflects
        only the differences between members.
    progress : Progress, optional
        Updated for every member, and checked for cancellation; it also receives the mean so far.
    grid : {"scan", "model", "template"}
        As for `viewer.explain`.
    fit : FitReport, optional
        As for `viewer.explain`.
    covariates : mapping of str to float, optional
        As for `viewer.explain`; with dropout they are held fixed.
    prepare : str or Prepared
        As for `viewer.explain`.
    **parameters : object
        The method's parameters, as for `viewer.explain`.

    Returns
    -------
    Map
        The mean over the members; ``sd`` has their standard deviation, ``certainty`` the ratio of the two,
        ``provenance.uncertainty`` a description of the members, and ``provenance.prediction`` the prediction
        and its interval. Only one member's map is kept in memory at a time.

    Raises
    ------
    MethodError
        As for `viewer.explain`; or no target is named for a tensor.
    ModelError
        The network has no dropout, the networks are not an ensemble, or their grids differ and the map stays
        on the network's grid.
    ScanError, ValueError, ViewerError, Cancelled
        As for `viewer.explain`.

    Examples
    --------
    >>> import torch
    >>> import viewer
    >>> network = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Linear(3, 1, bias=False))
    >>> weights = network[1].weight.data.copy_(torch.tensor([[1.0, -2.0, 0.0]]))
    >>> x = torch.tensor([[2.0, 1.0, 4.0]])
    >>> model = viewer.Model.from_module(network, x)
    >>> found = viewer.explain_members(model, x, "gradient", "dropout", target=0)
    >>> bool(found.sd.data[0, 0] > 0), float(found.sd.data[0, 2])
    (True, 0.0)
    """
    start_time = time.monotonic()
    progress = progress or Progress()
    variation = as_uncertainty(uncertainty)
    total = variation.count_members(model)
    scan: Scan | None = None
    source: Scan | Prepared | torch.Tensor = scan_or_tensor
    common: Grid | None = None
    prediction: Prediction | None = None
    start = 0.0
    if isinstance(scan_or_tensor, Scan):
        start = 0.3 if prepare == PreparationChoice.CARD else 0.05
        scan = make_multichannel_scan(scan_or_tensor, covariates)
        prepared_scan = source = apply_preparation(model, scan, prepare, progress.subtask(0, start * 0.8))
        prepared = model.prepare(prepared_scan)
        common = {"model": prepared.grid, "template": prepared.template_grid}.get(grid)
        prepare = get_preparation(prepared_scan) or PreparationChoice.NONE
        if model.card.kind is not ModelKind.SEGMENTATION:
            device_name = str(select_device(device))
            prediction = predict_prepared(model, prepared, device_name, progress.subtask(start * 0.8, start))
            target = _resolve_fixed_target(target, model, prediction)
        fit = fit or check_fit(
            model, scan, prepared=prepared, prediction=prediction, device=device, prepare=prepare
        )
    elif target in (None, LARGEST_OUTPUT, SMALLEST_OUTPUT) and len(model.card.classes) > 1:
        raise MethodError("target", "is not named, and members may differ in it", "name a class")
    statistics: dict[str, _MapStatistics] = {}
    predictions, descriptions = list[Prediction](), list[Mapping[str, Any]]()
    remaining = progress.subtask(start, 1)
    for index, member in enumerate(variation.members(model, source)):
        message = f"member {index + 1} of {total}"
        remaining.step(index, total, message)
        subtask = remaining.subtask(index / total, (index + 1) / total).with_message(message)
        member_map = explain(
            member.model,
            scan_or_tensor if scan is None else scan,
            method,
            target=target,
            region=region,
            layer=layer,
            device=device,
            seed=seed,
            progress=subtask.map_partial(lambda _: None),
            grid=grid,
            fit=fit,
            covariates=covariates if scan is None else None,
            prepare=prepare,
            **parameters,
        )
        member_map = _resample_to_grid(member_map, common)
        target = member_map.provenance.target if scan is not None and target is None else target
        for name, entry in {"": replace(member_map, channels={}), **member_map.channels}.items():
            statistics.setdefault(name, _MapStatistics(entry)).add(entry)
        descriptions.append(member.description)
        if prediction is not None and member_map.provenance.prediction:
            predictions.append(prediction_from_json(member_map.provenance.prediction))
        if scan is not None:
            remaining.report_partial(statistics[""].running_mean(variation.kind))
    entries: dict[str, Any] = {
        "model": describe_model(model),
        "prediction": {},
        "seconds": round(time.monotonic() - start_time, 3),
        "uncertainty": {
            "kind": str(variation.kind),
            "of": variation.kind.describe(total),
            **({} if variation.drawn_seed is None else {"seed": variation.drawn_seed}),
            "members": [dict(entry) for entry in descriptions],
        },
    }
    if prediction is not None and predictions:
        spread = compute_spread(predictions, variation.kind, variation.drawn_seed)
        entries["prediction"] = replace(prediction, uncertainty=spread, notes=()).as_json()
    result, *channels = (entry.result(entries, variation.kind.limitations) for entry in statistics.values())
    progress.step(1, 1, "Done")
    return replace(result, channels=dict(zip(list(statistics)[1:], channels, strict=True)))


class _MapStatistics:
    """Running mean and standard deviation of the members' maps."""

    def __init__(self, first_map: Map) -> None:
        self.first_map = first_map
        self._moments = RunningMoments(first_map.data.shape)
        self._residuals: list[Residual | None] = []
        self._notes = first_map.provenance.notes

    def add(self, map_: Map) -> None:
        """Add a member's map. Raises ModelError if its shape differs."""
        if map_.data.shape != self.first_map.data.shape:
            raise ModelError(map_.name, "does not have the shape of the other members' maps", "use one grid")
        self._moments.add(map_.data)
        self._residuals.append(map_.residual)
        self._notes = tuple(note for note in self._notes if note in map_.provenance.notes)

    def running_mean(self, kind: UncertaintyKind) -> Map:
        """Return the mean so far, as an unfinished map."""
        name = f"{self.first_map.name}, mean so far"
        return replace(
            self.first_map,
            data=self._moments.mean.astype(np.float32),
            name=name,
            provenance=replace(
                self.first_map.provenance,
                prediction={},
                residual=None,
                inputs={},
                relevance={},
                seconds=None,
                notes=(NOT_FINISHED,),
                uncertainty={
                    "kind": str(kind),
                    "of": kind.describe(self._moments.count),
                    "statistic": "mean",
                },
            ),
        )

    def result(self, entries: dict[str, Any], limitations: tuple[str, ...]) -> Map:
        """Return the mean with its standard deviation; ``entries`` replace those of the first provenance.

        The notes are those common to all members, and the limitations of the kind of members.
        """
        description = entries["uncertainty"]
        provenance = replace(
            self.first_map.provenance, inputs={}, relevance={}, notes=(*self._notes, *limitations), **entries
        )
        mean = replace(
            provenance,
            residual=_mean_residual(self._residuals),
            uncertainty=description | {"statistic": "mean"},
        )
        sd = replace(provenance, residual=None, uncertainty=description | {"statistic": "sd"})
        name, members = self.first_map.name, description["of"]
        deviation = replace(
            self.first_map,
            data=self._moments.sd.astype(np.float32),
            name=f"{name}, SD of {members}",
            provenance=sd,
        )
        return replace(
            self.first_map,
            data=self._moments.mean.astype(np.float32),
            name=f"{name}, mean of {members}",
            provenance=mean,
            sd=deviation,
        )


def _resolve_fixed_target(target: str | int | None, model: Model, prediction: Prediction) -> str | int | None:
    """Return the class to explain for all members, by default the unmodified network's largest output."""
    if prediction.value is not None or target not in (None, LARGEST_OUTPUT, SMALLEST_OUTPUT):
        return target
    if target in model.card.classes:  # a class of that name
        return target
    choose = min if target == SMALLEST_OUTPUT else max
    index = choose(range(len(prediction.logits)), key=prediction.logits.__getitem__)
    return prediction.classes[index]


def _resample_to_grid(map_: Map, grid: Grid | None) -> Map:
    """Resample a map to the members' common grid; return it unchanged without one or if already on it."""
    if grid is None or map_.grid is None or map_.grid.same_as(grid):
        return map_
    stored = None if map_.stored is None else replace(map_.stored, grid=grid)
    data = resample(map_.data, map_.grid, grid)
    parts = {name: _resample_to_grid(part, grid) for name, part in map_.channels.items()}
    return replace(map_, data=data, grid=grid, stored=stored, channels=parts)


def _mean_residual(residuals: Sequence[Residual | None]) -> Residual | None:
    """Return the residual of the mean map, from the means of both sums; None if a member has none."""
    present = [residual for residual in residuals if residual is not None]
    if len(present) < len(residuals):
        return None
    absorbed = [residual.absorbed for residual in present if residual.absorbed is not None]
    mean_absorbed = None
    if len(absorbed) == len(present):
        names = ("biases", "stabiliser", "constants")
        mean_absorbed = AbsorbedRelevance(
            *(float(np.mean([getattr(residual, name) for residual in absorbed])) for name in names)
        )
    expected, found = (
        float(np.mean([getattr(residual, name) for residual in present])) for name in ("expected", "found")
    )
    rounding = float(np.mean([residual.rounding for residual in present]))
    return Residual(present[0].kind, expected, found, mean_absorbed, rounding=rounding)
