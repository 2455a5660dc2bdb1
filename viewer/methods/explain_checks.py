"""Checks of whether a method can explain a model and an input, made before any computation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.errors import MethodError
from viewer.methods.base import Method, Requirement

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model


def check_method(method: Method, model: Model, layer: str | None) -> None:
    """Check that the method can run as requested. Raises MethodError."""
    if model.no_graph_reason and Requirement.GRAPH in method.requirements:
        raise MethodError(
            method.name,
            f"it needs the network's operators, and {model.card.name} is {model.no_graph_reason}",
            "choose a method that needs only the gradient",
        )
    if layer is None:
        if Requirement.LAYER in method.requirements:
            raise MethodError(method.name, "it explains a layer, and none is named", "name one with --layer")
        return
    if Requirement.LAYER not in method.requirements and not method.accepts_layer:
        raise MethodError(method.name, f"it has no use for the layer {layer!r}", "leave the layer out")
    if Requirement.GRAPH in method.requirements:
        return  # the graph has more layers than the module has paths, and reports unknown ones itself
    names = [name for name, _ in model.module().named_modules() if name]
    if layer not in names:
        listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise MethodError(f"layer {layer}", "the network has no such layer", f"its layers are {listed}")


def check_input(x: object) -> torch.Tensor:
    """Return the input detached. Raises MethodError unless it is a finite floating-point tensor."""
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
