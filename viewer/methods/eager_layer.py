"""Activations and gradients of one layer of a network without an operator graph, recorded while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from viewer.errors import MethodError
from viewer.methods.base import ExplanationRequest
from viewer.models.graph.capture import copy_sharing_weights
from viewer.models.model import Model

CONVOLUTIONS = frozenset(
    f"conv{transposed}{rank}d" for transposed in ("", "_transpose") for rank in (1, 2, 3)
)
NORMS = ("batch_norm", "instance_norm", "group_norm")
RECTIFIERS = ("relu", "relu_", "leaky_relu", "leaky_relu_", "elu", "prelu", "gelu", "silu", "hardtanh")
BEHIND = frozenset(NORMS + RECTIFIERS)
"""Functions that may follow a convolution as part of its layer: norms and rectifiers."""


class LastConvolution(TorchFunctionMode):
    """Context that records the output of a network's last convolution, after its norm and rectifier.

    Only volumes of more than one voxel and with as many axes as the input are considered.
    """

    def __init__(self, rank: int) -> None:
        super().__init__()
        self.output: torch.Tensor | None = None
        self.weight: torch.Tensor | None = None
        self._rank = rank

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the function, and record its output if it belongs to the last convolution."""
        del types
        output = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        if name in CONVOLUTIONS and output.dim() == self._rank and max(output.shape[2:]) > 1:
            self.output, self.weight = output, args[1] if len(args) > 1 else None
        elif args and args[0] is self.output and self.output is not None and name in BEHIND:
            self.output = output
        return output


def compute_layer_gradient(request: ExplanationRequest) -> tuple[str, torch.Tensor, torch.Tensor]:
    """Return a layer's path, its activations A and the target's derivative with respect to them.

    If the request names no layer, the last convolution is used and the model's own network is run; otherwise
    a copy that shares its weights is run.

    Raises
    ------
    MethodError
        There is no such layer or no convolution, or the output does not depend on it.
    """
    model, x = request.model, request.x
    with torch.enable_grad():
        leaf = x.detach().clone().requires_grad_(True)
        if request.layer is None:
            with LastConvolution(x.dim()) as recorder:
                output = model.logits(leaf.clone())
            if recorder.output is None:
                axes = x.dim() - 2
                raise MethodError(
                    "layer",
                    f"no convolution's output is a volume of several voxels along the input's {axes} axes",
                    "choose another method",
                )
            if output.dim() > 2:
                raise MethodError(
                    "layer", "the last convolution is the output itself", "name another layer with --layer"
                )
            path, activations = _find_module_path(model, recorder.weight, x), recorder.output
        else:
            path = request.layer
            output, activations = _run_to_layer(model, path, leaf)
        score = request.target.score(output).sum()
        gradient = None
        if score.requires_grad and activations.requires_grad:
            (gradient,) = torch.autograd.grad(score, activations, allow_unused=True)
    if gradient is None:
        raise MethodError(f"layer {path}", "the output does not depend on it", "choose another layer")
    return path, activations.detach(), gradient.detach()


def _find_module_path(model: Model, weight: torch.Tensor | None, x: torch.Tensor) -> str:
    """Return the path of the layer that has a weight."""
    modules = model.module(x.device).named_modules()
    return next(
        (path for path, module in modules if getattr(module, "weight", None) is weight), "a convolution"
    )


def _run_to_layer(model: Model, path: str, leaf: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Run a copy of the network; return its output and the output of a layer's last call."""
    module = copy_sharing_weights(model.module(leaf.device))
    modules = dict(module.named_modules())
    names = [name for name in modules if name]
    if path not in names:
        listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise MethodError(f"layer {path}", "the network has no such layer", f"its layers are {listed}")
    outputs: list[torch.Tensor] = []

    def record_output(submodule: torch.nn.Module, inputs: Any, result: Any) -> None:
        del submodule, inputs
        outputs[:] = [result] if isinstance(result, torch.Tensor) else []

    modules[path].register_forward_hook(record_output)
    watched = Model(module, model.card, model.hash)
    output = watched.logits(leaf.clone())
    if not outputs:
        raise MethodError(f"layer {path}", "it does not return a single tensor", "choose another layer")
    return output, outputs[0]
