"""Explain one output of a model for a scan: the public function `explain`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from viewer.errors import MethodError
from viewer.fit.check_fit import check_fit
from viewer.jobs.heap import keep_freed_memory
from viewer.jobs.memory import out_of_memory_as_error
from viewer.methods.base import Attribution, Method
from viewer.methods.explain_checks import check_method
from viewer.methods.explain_inputs import (
    channel_names,
    covariate_values,
    explains_covariates_jointly,
    held_covariates_note,
    pack_tensors,
)
from viewer.methods.explain_provenance import (
    channel_part_note,
    channels_note,
    describe_model,
    describe_prediction,
    describe_relevance,
    make_notes,
    software_versions,
    warn_of_mismatch,
)
from viewer.methods.explain_sample import explain_sample
from viewer.methods.input_shares import describe_inputs
from viewer.methods.make_references import make_references
from viewer.methods.output_regions import DEFAULT_REGION
from viewer.methods.reference_scans import References
from viewer.methods.region_parser import parse_region
from viewer.methods.registry import find_method
from viewer.methods.slicewise import resolve_slice_target
from viewer.models.apply_preparation import (
    PreparationChoice,
    apply_preparation,
    describe_preparation,
    get_preparation,
)
from viewer.models.input_layout import read_covariates
from viewer.progress import Progress
from viewer.scans.input_shares import describe_shares
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan
from viewer.scans.provenance import (
    NOT_FINISHED,
    Provenance,
    describe_scan,
    describe_volumes,
    largest_residual,
)
from viewer.scans.scan import Scan, StoredOrientation
from viewer.scans.template_transform import provenance_in_template

if TYPE_CHECKING:
    import torch

    from viewer.models.fit_report import FitReport
    from viewer.models.model import Model
    from viewer.models.preprocessing import PreparedInput
    from viewer.preparation.prepared import Prepared


@keep_freed_memory()
def explain(
    model: Model,
    scan_or_tensor: Scan | torch.Tensor | Sequence[torch.Tensor],
    method: str | Method = "gradient",
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
    """Explain one output of a network for one scan, or for a batch of tensors.

    Parameters
    ----------
    model : Model
        The network; it is not modified, even if the computation is cancelled.
    scan_or_tensor : Scan or torch.Tensor or sequence of torch.Tensor
        A scan, which is preprocessed according to the model's card; a tensor (N, C, spatial...), used
        unchanged, each sample independently; or, for a network with several inputs, one tensor per input.
    method : str or Method
        Name of a method, one of `viewer.list_methods`, or a method with its parameters set.
    target : str or int, optional
        Name or index of a class, ``"max"`` or ``"min"``, ``"A minus B"`` for the difference of two outputs,
        or ``"value"`` for a regression. The default is the largest output, the value of a regression or, for
        a dense prediction, the largest class other than the first.
    region : object
        For a dense prediction, the region to sum the class's outputs over: ``"above:P"`` (where its
        probability exceeds P; ``"above:P@X,Y,Z"`` for the cluster at that point), ``"component:X,Y,Z"`` (the
        predicted body at that point, whose class is the default target), ``"all"``, ``"box:X,Y,Z,X,Y,Z"`` in
        mm, a mask (a file, a scan or a map), or an array of the prediction's shape. None is ``"above:0.5"``.
        The prefix ``"mean:"`` explains the mean over the region; with ``"normalised:"``, LRP and DeepLIFT
        divide the map of each voxel of the region by its expected sum. For a mask or an array, give
        ``("mean", mask)``.
    layer : str, optional
        Path of a module, for methods that explain a layer.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"`` or ``"mps"``.
    seed : int
        Seed of random draws.
    progress : Progress, optional
        Receives the progress and can cancel the computation; for a scan it also receives intermediate maps
        of methods that have them.
    grid : {"scan", "model", "template"}
        ``"scan"`` resamples the map to the scan's grid; ``"model"`` leaves it on the network's;
        ``"template"`` also leaves it there and, for a registered scan, gives it in the template's mm.
    fit : FitReport, optional
        Result of `viewer.check_fit` for this network and scan, if known; otherwise it is computed.
    covariates : mapping of str to float, optional
        Numeric inputs of the network other than images, by name and in their units: ``{"age": 71}``. Their
        relevance is in the map's ``provenance.inputs``.
    prepare : str or Prepared
        ``"none"`` uses the scan unchanged; ``"card"`` first applies the preparation that the model's card
        requires (registration, skull stripping, bias field correction); or a preparation of this scan by
        `viewer.prepare`. Reference scans are prepared in the same way. The map is still placed on the
        original scan.
    **parameters : object
        The method's parameters by name; strings are converted. Those that name reference scans, such as
        ``baseline``, also take a `Scan`, or a list of scans and paths.

    Returns
    -------
    Map
        float32, in the units of the method. For a scan: on its grid, summed over channels; with several
        images, ``channels`` has the map of each. For a tensor: in its shape. The residual is computed on the
        network's own grid; for a batch, it is the one with the largest relative size.

    Raises
    ------
    MethodError
        The method, a parameter, the target or the region is not valid, or the map is not finite.
    ModelError
        The scan cannot be preprocessed for the network.
    ScanError
        The preparation finds no brain, or ``prepare`` belongs to another scan.
    ValueError
        ``prepare`` is an unknown string.
    ViewerError
        There is no such device, memory runs out, or a package for the preparation is missing.
    Cancelled
        ``progress`` was cancelled.

    Examples
    --------
    >>> import torch
    >>> import viewer
    >>> network = torch.nn.Linear(3, 1, bias=False)
    >>> weights = network.weight.data.copy_(torch.tensor([[1.0, -2.0, 0.5]]))
    >>> x = torch.tensor([[2.0, 1.0, 4.0]])
    >>> model = viewer.Model.from_module(network, x)
    >>> found = viewer.explain(model, x, "lrp-0")
    >>> found.data.tolist()
    [[2.0, -2.0, 2.0]]
    >>> found.residual.relative
    0.0
    """
    start_time = time.monotonic()
    progress = progress or Progress()
    chosen = _resolve_method(method, parameters)
    if grid not in ("scan", "model", "template"):
        raise MethodError(f"grid {grid}", "no such grid", "use scan, model or template")
    check_method(chosen, model, layer)
    chosen_region = None if region is None else parse_region(region)

    from viewer.jobs.device import describe_device, select_device

    chosen_device = select_device(device)
    progress.step(0, 1, "Preparing the scan")
    scan = scan_or_tensor if isinstance(scan_or_tensor, Scan) else None
    start = 0.02
    source: Scan | Prepared | None = None
    if scan is not None:
        scan = make_multichannel_scan(scan, covariates)
        start = 0.5 if prepare == PreparationChoice.CARD else 0.02
        source = apply_preparation(model, scan, prepare, progress.subtask(0, start))
    elif prepare != PreparationChoice.NONE:
        raise MethodError("prepare", "a bare tensor cannot be prepared", "give a scan")
    prepared = model.prepare(source) if source is not None else None
    tensor = prepared.tensor if prepared is not None else pack_tensors(model, scan_or_tensor, covariates)
    x = tensor.to(model.dtype)
    numbers = model.covariates
    images = x.shape[1] - len(numbers)
    explains_covariates = bool(numbers) and explains_covariates_jointly(chosen, model, x, layer)
    template_grid = prepared.template_grid if prepared is not None else None
    shown_scan = scan if isinstance(source, Scan) or source is None else source.scan
    references = make_references(chosen, model, x, template_grid, source)
    if references is not None and get_preparation(source) is not None:
        references.prepare_all(progress.subtask(start, 0.8))
        start = 0.8
    remaining = progress.subtask(start, 0.97)
    if prepared is not None and prepared.slices > 1:
        with out_of_memory_as_error():
            target = resolve_slice_target(target, model, prepared, chosen_device, remaining.subtask(0, 0.1))
        remaining = remaining.subtask(0.1, 1)
    if prepared is not None and scan is not None:
        partial_provenance = Provenance(
            method=chosen.name,
            model=describe_model(model),
            scan=describe_scan(scan),
            notes=(NOT_FINISHED,),
        )
        remaining = remaining.map_partial(
            lambda explained: _make_preview(explained, chosen.title, prepared, scan, partial_provenance)
        )
    results = []
    for slice_index in range(len(x)):
        subtask = remaining.subtask(slice_index / len(x), (slice_index + 1) / len(x), chosen.title)
        slice_grid = prepared.select_slice(slice_index).grid if prepared is not None else None
        sample, network = x[slice_index : slice_index + 1], model
        if numbers and not explains_covariates:
            network = model.with_fixed_covariates(read_covariates(sample, images)[0].tolist())
            sample = sample[:, :images]
        results.append(
            explain_sample(
                chosen,
                network,
                sample,
                target=target,
                region=chosen_region,
                layer=layer,
                seed=seed,
                grid=slice_grid,
                device=chosen_device,
                progress=subtask,
                to_template=prepared.to_template if prepared is not None else None,
                references=_select_slice_references(references, slice_index) if len(x) > 1 else references,
            )
        )
    progress.step(0.97, 1, "Placing the map on the scan")
    if scan is not None and fit is None:
        preparation = get_preparation(source) or "none"
        fit = check_fit(model, scan, prepared=prepared, device=chosen_device, prepare=preparation)
    values = np.concatenate([result.attribution.values.numpy() for result in results])
    residual = largest_residual([result.attribution.residual for result in results])
    absorption = (
        (f"{residual.absorbed_text}, by the method's definition",)
        if residual is not None and residual.absorbed_text
        else ()
    )
    targets = ", ".join(dict.fromkeys(result.target.name for result in results))
    inputs = describe_inputs(
        values,
        channel_names(model, scan, images) if values.shape[1] >= images else (),
        numbers if explains_covariates else (),
        covariate_values(scan, covariates),
        chosen,
    )
    shares = describe_shares(inputs)
    shares_in_mask, mask_note = describe_relevance(values, prepared, source)
    provenance = Provenance(
        method=chosen.name,
        parameters=chosen.parameter_values(),
        target=targets,
        region=(chosen_region or DEFAULT_REGION).text if results[0].output.dim() > 2 else "",
        layer=layer,
        seed=seed,
        model=describe_model(model),
        scan=describe_scan(scan) if scan is not None else {},
        inputs=inputs,
        references=references.as_json() if references is not None else {},
        prediction=describe_prediction(model.card, results) if scan is not None else {},
        fit=fit.as_json() if fit is not None and scan is not None else {},
        preparation=describe_preparation(source),
        relevance=shares_in_mask,
        residual=residual,
        seconds=round(time.monotonic() - start_time, 3),
        device=describe_device(chosen_device),
        software=software_versions(),
        notes=(
            *warn_of_mismatch(fit, chosen, scan, prepared),
            *((mask_note,) if mask_note else ()),
            *make_notes(model, prepared, results, tensor),
            *((shares,) if shares else ()),
            *(held_covariates_note(model, scan) if numbers and not explains_covariates else ()),
            *absorption,
            *(references.notes() if references is not None else ()),
        ),
    )
    # Notes that apply to the whole map only are left out of its parts.
    map_notes = [channels_note(chosen, values, images) if scan is not None else ""]
    if inputs.get("covariates") and residual is not None:
        map_notes.append(provenance.sum_text)
    parts_provenance = replace(provenance, residual=None)
    provenance = replace(provenance, notes=(*provenance.notes, *filter(None, map_notes)))
    title = _make_title(chosen, targets, layer, scan)
    if scan is None or prepared is None:
        return Map(values[:, :images], None, title, provenance)
    original = scan

    def make_map(volume: npt.NDArray[np.float32], name: str, map_provenance: Provenance) -> Map:
        if grid == "template" and prepared.to_template is not None and shown_scan is not None:
            on_template = StoredOrientation(prepared.template_grid, xform_codes=shown_scan.stored.xform_codes)
            return Map(volume, on_template.grid, name, provenance_in_template(map_provenance), on_template)
        if grid != "scan":
            # On another grid, but in the scan's space, as given by its orientation codes.
            stored = StoredOrientation(prepared.grid, xform_codes=original.stored.xform_codes)
            return Map(volume, prepared.grid, name, map_provenance, stored)
        return Map(
            prepared.resample_to_scan(volume, original), original.grid, name, map_provenance, original.stored
        )

    explained = make_map(prepared.to_volume(values), title, provenance)
    if prepared.channels and values.shape[1] >= images:
        parts = {}
        for index, name in enumerate(prepared.channels):
            note = channel_part_note(chosen, name, prepared.channels)
            map_provenance = replace(parts_provenance, notes=(note, *parts_provenance.notes), channel=name)
            volume = prepared.to_volume(values[:, index : index + 1])
            parts[name] = make_map(volume, f"{title}, {name}", map_provenance)
        explained = replace(explained, channels=parts)
    progress.step(1, 1, "Done")
    return explained


def _make_title(method: Method, target_names: str, layer: str | None, scan: Scan | None) -> str:
    """Return the title of a map; it differs for maps that differ in any of these values."""
    volumes = "" if scan is None else describe_volumes(describe_scan(scan))
    numbers = scan.covariates if isinstance(scan, MultichannelScan) else {}
    return ", ".join(
        [
            method.map_title,
            target_names,
            *([f"layer {layer}"] if layer else []),
            *([volumes] if volumes else []),
            *(f"{name} {value:g}" for name, value in numbers.items()),
        ]
    )


def _make_preview(
    attribution: Attribution, title: str, prepared: PreparedInput, scan: Scan, provenance: Provenance
) -> Map | None:
    """Return a method's intermediate result as a map of the scan; None unless it covers the whole input."""
    values = attribution.values.detach().to("cpu").float().numpy()
    shape = prepared.tensor.shape
    if len(shape) != values.ndim or len(prepared.tensor) > 1 or values.shape[2:] != tuple(shape[2:]):
        return None
    return Map(
        prepared.resample_to_scan(prepared.to_volume(values), scan),
        scan.grid,
        f"{title}, so far",
        provenance,
        scan.stored,
    )


def _resolve_method(method: str | Method, parameters: dict[str, object]) -> Method:
    if isinstance(method, str):
        return find_method(method).from_parameters(parameters)
    if parameters:
        current = {entry.name: getattr(method, entry.name) for entry in method.parameters()}
        return type(method).from_parameters({**current, **parameters})
    return method


def _select_slice_references(references: References | None, index: int) -> References | None:
    """Return the references of one slice of a scan; samples of a batch share the references."""
    if references is None:
        return None
    return references.narrow(lambda tensor: tensor[index : index + 1] if len(tensor) > 1 else tensor)
