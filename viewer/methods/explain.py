"""A model, a scan and a method in; a map out: the one way in which maps are made."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from viewer.errors import MethodError
from viewer.jobs.memory import is_out_of_memory, out_of_memory_as_error
from viewer.methods.derivative import outputs
from viewer.methods.method import Attribution, Method, Needs, Question, Target
from viewer.methods.regions import Region, read_region
from viewer.methods.registry import find
from viewer.methods.slices import stacked, target_for_slices
from viewer.methods.targets import made_linear, target_for
from viewer.methods.windowed import explain_in_windows
from viewer.models.card import Kind
from viewer.models.fit import scan_warnings
from viewer.models.output import OutputMeaning, outputs_named
from viewer.models.predict import answered
from viewer.models.windows import Windows, cut, logits_in_windows, windows_for
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.provenance import CANCELLING, NOT_FINISHED, Provenance, Residual
from viewer.scans.scan import Scan, StoredOrientation

if TYPE_CHECKING:
    import torch

    from viewer.models.card import Card
    from viewer.models.model import Model, Prepared
    from viewer.scans.grid import Grid


@dataclass(frozen=True)
class _Answer:
    """What was said of one sample; its values lie on the CPU."""

    values: npt.NDArray[np.float32]
    target: Target
    output: torch.Tensor
    meaning: OutputMeaning
    residual: Residual | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Asked:
    """What is asked of every sample."""

    target: str | int | None
    region_named: bool
    region: Region
    layer: str | None
    seed: int


def explain(
    model: Model,
    scan_or_tensor: Scan | torch.Tensor,
    method: str | Method = "gradient",
    *,
    target: str | int | None = None,
    region: object = None,
    layer: str | None = None,
    device: str | torch.device = "auto",
    seed: int = 0,
    progress: Progress | None = None,
    grid: Literal["scan", "model"] = "scan",
    **parameters: object,
) -> Map:
    """Explain one output of a network for one scan, or for a batch of tensors.

    Parameters
    ----------
    model
        The network; it is not changed, also where the computation is cancelled.
    scan_or_tensor
        A scan, which is prepared as the model's card says; or a tensor (N, C, spatial...) that is taken as
        it is, every sample on its own.
    method
        A method's name, or a method whose parameters are set.
    target
        A class's name or index, ``max`` or ``min``, or ``value`` of a regression. None is the largest
        output, the value of a regression, or of a dense prediction the largest class but the first.
    region
        Of a dense prediction, what the class's outputs are summed over: ``above:P`` (its probability exceeds
        P; ``above:P@X,Y,Z`` is the one body at that point), ``all``, ``box:X,Y,Z,X,Y,Z`` in mm, a mask (a
        file, a scan or a map), or an array of the prediction's shape. None is ``above:0.5``.
    layer
        A module's path, for methods that explain a layer.
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    seed
        Makes random draws repeatable.
    progress
        Told how far the computation is, and asked whether it should stop; of a scan it is shown maps on the
        way where the method has them.
    grid
        ``scan`` resamples the map onto the scan's voxels; ``model`` leaves it on the network's.
    parameters
        The method's, by their names; strings are converted.

    Returns
    -------
    Map
        float32, in the units that the method says. For a scan: on its grid, channels summed. For a tensor: of
        its shape. The residual is that of the network's own grid; of a batch, the sample's whose relative
        residual is the largest.

    Raises
    ------
    MethodError
        The method, a parameter, the target or the region does not fit, or the map is not finite.
    ModelError
        The scan cannot be prepared for the network.
    ViewerError
        There is no such device, or memory runs out.
    Cancelled
        ``progress`` said so.
    """
    began = time.monotonic()
    progress = progress or Progress()
    chosen = _method(method, parameters)
    if grid not in ("scan", "model"):
        raise MethodError(f"grid {grid}", "no such grid", "take scan or model")
    _check(chosen, model, layer)
    over = read_region(region)

    from viewer.jobs.device import describe_device, select_device

    place = select_device(device)
    progress.step(0, 1, "Preparing the scan")
    scan = scan_or_tensor if isinstance(scan_or_tensor, Scan) else None
    prepared = model.prepare(scan) if scan is not None else None
    given = _input(prepared.tensor if prepared is not None else scan_or_tensor)
    x = given.to(model.dtype)
    work = progress.subtask(0.02, 0.97)
    if prepared is not None and prepared.slices > 1:
        with out_of_memory_as_error():
            target = target_for_slices(target, model, prepared, place, work.subtask(0, 0.1))
        work = work.subtask(0.1, 1)
    if prepared is not None and scan is not None:
        work = work.map_partial(lambda found: _partial(found, chosen.title, prepared, scan))
    answers = []
    for number in range(len(x)):
        part = work.subtask(number / len(x), (number + 1) / len(x), chosen.title)
        asked = _Asked(target, region is not None, over, layer, seed)
        where = prepared.one(number).grid if prepared is not None else None
        answers.append(_explain_one(chosen, model, x[number : number + 1], asked, where, place, part))
    progress.step(0.97, 1, "Carrying the map back")
    values = np.concatenate([answer.values for answer in answers])
    residual = _worst([answer.residual for answer in answers])
    absorbing = (
        (f"{residual.absorbed_text}, by the method's definition",)
        if residual is not None and residual.absorbed_text
        else ()
    )
    targets = ", ".join(dict.fromkeys(answer.target.name for answer in answers))
    provenance = Provenance(
        method=chosen.name,
        parameters=chosen.values(),
        target=targets,
        region=over.text if answers[0].output.dim() > 2 else "",
        layer=layer,
        seed=seed,
        model=_of_model(model),
        scan=_of_scan(scan) if scan is not None else {},
        prediction=_prediction(model.card, answers) if scan is not None else {},
        residual=residual,
        seconds=round(time.monotonic() - began, 3),
        device=describe_device(place),
        software=_software(),
        notes=(*_warnings(model, chosen, scan), *_notes(model, prepared, answers, given), *absorbing),
    )
    title = _title(chosen, targets, layer, scan)
    if scan is None or prepared is None:
        return Map(values, None, title, provenance)
    summed = prepared.volume(values)
    if grid == "model":
        # On other voxels, yet in the scan's space: its codes say which that is.
        stored = StoredOrientation(prepared.grid, codes=scan.stored.codes)
        found = Map(summed, prepared.grid, title, provenance, stored)
    else:
        found = Map(prepared.carry_back(summed, scan), scan.grid, title, provenance, scan.stored)
    progress.step(1, 1, "Done")
    return found


def _warnings(model: Model, method: Method, scan: Scan | None) -> tuple[str, ...]:
    """Where the scan is not known to be what the network, or the method's atlas, is for."""
    path = str(method.values().get("atlas", ""))
    told = () if scan is None else scan_warnings(scan, model.card)
    if scan is None or not path:
        return told
    from viewer.scans.atlas import load_atlas
    from viewer.scans.atlas_space import space_mismatch

    doubt = space_mismatch(load_atlas(path, str(method.values().get("labels", "")) or None), scan)
    return (*told, doubt) if doubt else told


def _title(method: Method, targets: str, layer: str | None, scan: Scan | None) -> str:
    """What the map is called: of two that differ in one of these alone, the names differ, too."""
    volume = None if scan is None else scan.volume
    return ", ".join(
        [
            method.title,
            targets,
            *([f"layer {layer}"] if layer else []),
            *([f"volume {volume}"] if volume is not None else []),
        ]
    )


def _partial(found: Attribution, title: str, prepared: Prepared, scan: Scan) -> Map | None:
    """What a method has so far, as a map of the scan; None where it is of a part of the input alone."""
    values = found.values.detach().to("cpu").float().numpy()
    whole = prepared.tensor.shape
    if len(whole) != values.ndim or len(prepared.tensor) > 1 or values.shape[2:] != tuple(whole[2:]):
        return None
    told = Provenance(notes=(NOT_FINISHED,))
    return Map(
        prepared.carry_back(prepared.volume(values), scan), scan.grid, f"{title}, so far", told, scan.stored
    )


def _method(method: str | Method, parameters: dict[str, object]) -> Method:
    if isinstance(method, str):
        return find(method).of(parameters)
    if parameters:
        return type(method).of({**method.values(), **parameters})
    return method


def _check(method: Method, model: Model, layer: str | None) -> None:
    """Say before anything is computed why this method cannot run as asked."""
    if model.opaque and Needs.GRAPH in method.needs:
        raise MethodError(
            method.name,
            f"it needs the network's operators, and {model.card.name} is {model.opaque}",
            "take a method that needs the gradient only",
        )
    if layer is None:
        if Needs.LAYER in method.needs:
            raise MethodError(method.name, "it explains a layer, and none is named", "name one with --layer")
        return
    if Needs.LAYER not in method.needs and not method.takes_layer:
        raise MethodError(method.name, f"it has no use for the layer {layer!r}", "leave the layer out")
    if Needs.GRAPH in method.needs:
        return  # the graph knows more places than the module has paths, and names those it does not know
    names = [name for name, _ in model.module().named_modules() if name]
    if layer not in names:
        shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise MethodError(f"layer {layer}", "the network has no such layer", f"its layers are {shown}")


def _input(x: object) -> torch.Tensor:
    """The tensor, checked to be one that a network can be asked about."""
    import torch

    if not isinstance(x, torch.Tensor):
        raise MethodError("input", f"{type(x).__name__} is neither a scan nor a tensor")
    if x.ndim < 2 or not x.numel():
        shape = tuple(x.shape)
        raise MethodError("input", f"its shape is {shape}", "give at least one sample of (N, C, spatial...)")
    if not x.is_floating_point():
        raise MethodError("input", f"its voxels are {x.dtype}", "convert them to float32")
    if not bool(torch.isfinite(x).all()):
        raise MethodError("input", "it has voxels that are NaN or infinite", "replace them first")
    return x.detach()


def _explain_one(
    method: Method,
    model: Model,
    x: torch.Tensor,
    asked: _Asked,
    grid: Grid | None,
    place: torch.device,
    progress: Progress,
) -> _Answer:
    """One sample, so that a map does not depend on what else is in a batch."""
    windows = windows_for(model.card.input, tuple(x.shape[2:]))
    looking, explaining = (
        progress.subtask(0, 0.3 if windows else 0),
        progress.subtask(0.3 if windows else 0, 1),
    )
    x = x if windows else x.to(place)
    with out_of_memory_as_error():
        output = _output(method, model, x, windows, place, looking)
    dense = output.dim() > 2
    if asked.region_named and not dense:
        raise MethodError(
            f"region {asked.region.text}",
            f"{model.card.name} answers once for the whole scan",
            "leave the region out; it is for networks that answer at every voxel",
        )
    there = _grid_of(output, grid) if dense and grid is not None else None
    seen = x if windows is None else cut(x, next(windows.places())).to(place)
    meaning = model.meaning(output, seen)
    target, notes = target_for(asked.target, model.card, output, meaning, asked.region, there)
    notes = (*notes, *made_linear(target, method), *_run_as_it_is(method, model, seen))
    progress.raise_if_cancelled()
    question = Question(model, x, target, asked.layer, asked.seed, explaining, grid)
    with out_of_memory_as_error():
        if windows is None:
            answer: Attribution = method.explain(question)
        else:
            answers = windows.coarser(_answer_size(windows, output))
            answer = explain_in_windows(method, question, windows, answers, place)
    values = answer.values.detach().to("cpu").float().numpy()
    if not np.isfinite(values).all():
        raise MethodError(
            method.name,
            "the map has values that are not finite: its own rules overflow, while the network's outputs for "
            "this input are finite",
            f"take another method, or other settings of this one (saliency-viewer methods {method.name})",
        )
    notes = (*notes, *answer.notes, *_cancelling(values, answer.residual))
    return _Answer(values, target, output, meaning, answer.residual, notes)


def _cancelling(values: npt.NDArray[np.float32], residual: Residual | None) -> tuple[str, ...]:
    """A sentence for a map whose values cancel: it sums to what is due, and is noise.

    Held against what is explained, not against what biases leave of it: they may add as much as cancels.
    """
    if residual is None or not residual.output:
        return ()
    times = float(np.abs(values).sum(dtype=np.float64)) / abs(residual.output)
    if times <= CANCELLING:
        return ()
    return (
        f"cancelling noise: the sizes of the map's values add up to {times:.1g} times the "
        f"{'output' if residual.absorbed_text else 'sum that is due'}; "
        "trust no detail of it; another method, reference or ε may be calmer",
    )


def _grid_of(output: torch.Tensor, grid: Grid) -> Grid:
    """Where the voxels of a dense prediction lie: over the input's field of view."""
    return grid.resized((*output.shape[2:], 1)[:3])


def _answer_size(windows: Windows, output: torch.Tensor) -> tuple[int, ...]:
    """The size of one window's answer, from the joined one's."""
    sizes = zip(windows.size, output.shape[2:], windows.shape, strict=True)
    return tuple(size * joined // whole for size, joined, whole in sizes)


def _output(
    method: Method,
    model: Model,
    x: torch.Tensor,
    windows: Windows | None,
    place: torch.device,
    progress: Progress,
) -> torch.Tensor:
    """The outputs for one sample: (1, classes), or (1, classes, spatial...) of a dense prediction."""
    import torch

    try:
        if windows is not None:
            answer = logits_in_windows(model, x, windows, place, progress)
        elif method.needs & {Needs.GRAPH, Needs.GRADIENT}:
            # The method asks for the operator graph anyway, and that can be stopped at every operator.
            answer = outputs(model, x, progress)
        else:
            with torch.no_grad():
                answer = model.logits(x.clone())
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        shape = "×".join(str(size) for size in (windows.size if windows else x.shape))
        reason = str(error).strip().partition("\n")[0]
        raise MethodError(model.card.name, f"it does not take an input of {shape} ({reason})") from error
    if not isinstance(answer, torch.Tensor) or answer.ndim not in (2, x.ndim) or len(answer) != 1:
        shape = "×".join(str(size) for size in getattr(answer, "shape", ()))
        raise MethodError(
            model.card.name,
            f"it answers {shape or type(answer).__name__} for one scan",
            "only networks that answer one number a class, for a scan or at its voxels, can be explained",
        )
    if not bool(torch.isfinite(answer).all()):
        raise MethodError(
            model.card.name,
            "its outputs for this input are not finite",
            "look at the scan's intensities and at the card's",
        )
    return answer


def _run_as_it_is(method: Method, model: Model, x: torch.Tensor) -> tuple[str, ...]:
    """How a network that no operator graph can be made of was run and differentiated, and why."""
    if Needs.GRAPH in method.needs or model.card.registered:
        return ()
    why = model.without_graph(x)
    how = "by automatic differentiation of the network" if Needs.GRADIENT in method.needs else "by running it"
    return (f"no operator graph can be made of the network: {why}; computed {how} as it is",) if why else ()


def _worst(residuals: list[Residual | None]) -> Residual | None:
    """The residual with the largest relative size."""
    return max((entry for entry in residuals if entry is not None), key=lambda r: r.relative, default=None)


def _of_model(model: Model) -> dict[str, Any]:
    entries = {"name": model.card.name, "hash": model.hash}
    return entries | ({"path": str(model.path)} if model.path is not None else {})


def _prediction(card: Card, answers: list[_Answer]) -> dict[str, Any]:
    """What the network says of a scan, where it says it once for the whole of it."""
    output = answers[0].output
    whole = len(answers) == 1 and output.dim() == 2 and output.shape[1] in outputs_named(card)
    several = card.kind is Kind.REGRESSION and not card.values and output.shape[1] > 1
    if not whole or several or card.kind is Kind.SEGMENTATION:
        return {}
    return answered(card, output[0], answers[0].meaning).as_json()


def _of_scan(scan: Scan) -> dict[str, Any]:
    entries: dict[str, Any] = {"name": scan.name, "hash": scan.hash}
    told = {"path": scan.path and str(scan.path), "volume": scan.volume}
    return entries | {name: value for name, value in told.items() if value is not None}


def _software() -> dict[str, str]:
    """The versions that a map may depend on."""
    import torch

    from viewer.resource_files import version

    return {
        "saliency-viewer": version(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }


def _converted(given: torch.Tensor, kind: torch.dtype) -> tuple[str, ...]:
    """A sentence where a tensor was given in another precision than the network's."""
    if given.dtype == kind:
        return ()
    names = [str(one).removeprefix("torch.") for one in (given.dtype, kind)]
    return (f"the tensor was converted from {names[0]} to {names[1]}, which the network computes with",)


def _notes(
    model: Model, prepared: Prepared | None, answers: list[_Answer], given: torch.Tensor
) -> tuple[str, ...]:
    """What a reader of the map should know; ``given`` is the input before it was converted."""
    if prepared is None:
        notes = [*_converted(given, model.dtype)]
    else:
        notes = [*prepared.notes, *stacked(prepared)]
        if given.shape[1] > 1:
            notes.append(f"the map is the sum over the network's {given.shape[1]} input channels")
    notes += model.notes
    for answer in answers:
        notes += answer.notes
    return tuple(dict.fromkeys(notes))
