"""A model, a scan and a method in; a map out: the one way in which maps are made."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from viewer.errors import MethodError
from viewer.jobs.memory import is_out_of_memory, told_when_full
from viewer.methods.method import Attribution, Method, Needs, Question, Target
from viewer.methods.registry import find
from viewer.methods.targets import find_target
from viewer.progress import Progress
from viewer.scans.map import Map, Provenance, Residual
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model, Prepared


@dataclass(frozen=True)
class _Answer:
    """What was said of one sample; its values lie on the CPU."""

    values: npt.NDArray[np.float32]
    target: Target
    residual: Residual | None
    notes: tuple[str, ...]


def explain(
    model: Model,
    scan_or_tensor: Scan | torch.Tensor,
    method: str | Method = "gradient",
    *,
    target: str | int | None = None,
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
        A class's name or index, ``max`` or ``min``; None is the largest output.
    layer
        A module's path, for methods that explain a layer.
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    seed
        Makes random draws repeatable.
    progress
        Told how far the computation is, and asked whether it should stop.
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
        The method, a parameter or the target does not fit, or the map is not finite.
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

    from viewer.jobs.device import choose, describe

    place = choose(device)
    progress.step(0, 1, "Preparing the scan")
    scan = scan_or_tensor if isinstance(scan_or_tensor, Scan) else None
    prepared = model.prepare(scan) if scan is not None else None
    x = _input(prepared.tensor if prepared is not None else scan_or_tensor)
    work = progress.part(0.02, 0.97)
    answers = []
    for number in range(len(x)):
        part = work.part(number / len(x), (number + 1) / len(x), chosen.title)
        sample = x[number : number + 1].to(place)
        answers.append(_explain_one(chosen, model, sample, target, layer, seed, part))
    progress.step(0.97, 1, "Carrying the map back")
    values = np.concatenate([answer.values for answer in answers])
    targets = ", ".join(dict.fromkeys(answer.target.name for answer in answers))
    provenance = Provenance(
        method=chosen.name,
        parameters=chosen.values(),
        target=targets,
        layer=layer,
        seed=seed,
        model=_of_model(model),
        scan=_of_scan(scan) if scan is not None else {},
        residual=_worst([answer.residual for answer in answers]),
        seconds=round(time.monotonic() - began, 3),
        device=describe(place),
        software=_software(),
        notes=_notes(prepared, answers, x),
    )
    title = f"{chosen.title}, {targets}"
    if scan is None or prepared is None:
        return Map(values, None, title, provenance)
    summed = values[0].sum(axis=0).reshape(prepared.grid.shape)
    if grid == "model":
        found = Map(summed, prepared.grid, title, provenance)
    else:
        found = Map(prepared.carry_back(summed, scan), scan.grid, title, provenance, scan.stored)
    progress.step(1, 1, "Done")
    return found


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
    wanted: str | int | None,
    layer: str | None,
    seed: int,
    progress: Progress,
) -> _Answer:
    """One sample, so that a map does not depend on what else is in a batch."""
    with told_when_full():
        outputs = _outputs(model, x)
    target = find_target(wanted, model.card.classes, outputs)
    progress.check()
    with told_when_full():
        answer: Attribution = method.explain(Question(model, x, target, layer, seed, progress))
    values = answer.values.detach().to("cpu").float().numpy()
    if not np.isfinite(values).all():
        raise MethodError(
            method.name,
            "the map has values that are not finite",
            "the network's numbers overflow on this input; look at its intensities and its card",
        )
    return _Answer(values, target, answer.residual, answer.notes)


def _outputs(model: Model, x: torch.Tensor) -> list[float]:
    """The network's outputs for one sample: one number a class."""
    import torch

    try:
        with torch.no_grad():
            answer = model.logits(x.clone())
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        shape = "×".join(str(size) for size in x.shape)
        reason = str(error).strip().partition("\n")[0]
        raise MethodError(model.card.name, f"it does not take an input of {shape} ({reason})") from error
    if not isinstance(answer, torch.Tensor) or answer.ndim != 2 or len(answer) != 1:
        shape = "×".join(str(size) for size in getattr(answer, "shape", ()))
        raise MethodError(
            model.card.name,
            f"it answers {shape or type(answer).__name__} for one scan",
            "only networks that answer one number a class can be explained",
        )
    if not bool(torch.isfinite(answer).all()):
        raise MethodError(
            model.card.name,
            "its outputs for this input are not finite",
            "look at the scan's intensities and at the card's",
        )
    return [float(value) for value in answer[0].double().cpu()]


def _worst(residuals: list[Residual | None]) -> Residual | None:
    """The residual with the largest relative size."""
    return max((entry for entry in residuals if entry is not None), key=lambda r: r.relative, default=None)


def _of_model(model: Model) -> dict[str, Any]:
    entries = {"name": model.card.name, "hash": model.hash}
    return entries | ({"path": str(model.path)} if model.path is not None else {})


def _of_scan(scan: Scan) -> dict[str, Any]:
    entries = {"name": scan.name, "hash": scan.hash}
    return entries | ({"path": str(scan.path)} if scan.path is not None else {})


def _software() -> dict[str, str]:
    """The versions that a map may depend on."""
    import torch

    from viewer.shipped import version

    return {
        "saliency-viewer": version(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }


def _notes(prepared: Prepared | None, answers: list[_Answer], x: torch.Tensor) -> tuple[str, ...]:
    notes = list(prepared.notes) if prepared is not None else []
    if prepared is not None and x.shape[1] > 1:
        notes.append(f"the map is the sum over the network's {x.shape[1]} input channels")
    for answer in answers:
        notes += answer.notes
    return tuple(dict.fromkeys(notes))
