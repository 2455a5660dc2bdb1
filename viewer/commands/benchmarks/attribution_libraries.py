"""Attribution maps by other libraries, each on a copy of the network and according to its manual."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import nn

MapFunction = Callable[[], "torch.Tensor"]

CAPTUM, ZENNIT, MONAI, GRAD_CAM = "Captum", "Zennit", "MONAI", "pytorch-grad-cam"
AUTOGRAD = "autograd with frozen parameters"
PACKAGES = {
    AUTOGRAD: "torch",
    CAPTUM: "captum",
    ZENNIT: "zennit",
    MONAI: "monai",
    GRAD_CAM: "pytorch_grad_cam",
}
REFUSALS = (TypeError, ValueError, RuntimeError, AssertionError, AttributeError, KeyError)
"""Exceptions that these libraries raise for a network that they cannot explain."""


def installed_libraries() -> tuple[str, ...]:
    """Return the installed libraries. Importing Zennit requires torchvision."""
    return tuple(name for name, package in PACKAGES.items() if find_spec(package) is not None)


def library_call(
    library: str, network: nn.Module, x: torch.Tensor, method: str, values: Mapping[str, Any], layer: str
) -> MapFunction | None:
    """Return a library's map of output 0 by one of our methods with the same parameters; None if it has none.

    ``layer`` is the layer for Grad-CAM.
    """
    copied = deepcopy(network).eval()
    if method == "grad-cam":
        grad_cam = {CAPTUM: captum_grad_cam, GRAD_CAM: pytorch_grad_cam}
        return grad_cam[library](copied, x, layer) if library in grad_cam else None
    libraries = {AUTOGRAD: autograd_calls, CAPTUM: captum_calls, ZENNIT: zennit_calls, MONAI: monai_calls}
    return libraries[library](copied, x, values).get(method) if library in libraries else None


def autograd_calls(network: nn.Module, x: torch.Tensor, values: Mapping[str, Any]) -> dict[str, MapFunction]:
    """Return the gradient by PyTorch's autograd, with the parameters frozen."""
    import torch

    del values
    network.requires_grad_(False)

    def compute_map() -> torch.Tensor:
        leaf = leaf_input(x)
        return torch.autograd.grad(network(leaf)[0, 0], leaf)[0]

    return {"gradient": compute_map}


def captum_calls(network: nn.Module, x: torch.Tensor, values: Mapping[str, Any]) -> dict[str, MapFunction]:
    """Return Captum's maps by method, with the LRP rules set as Captum requires."""
    from captum import attr

    def attribution_call(attribution_class: Any, **options: Any) -> MapFunction:
        return lambda: attribution_class(network).attribute(leaf_input(x), target=0, **options).detach()

    steps = values.get("steps", 0)
    return {
        "gradient": attribution_call(attr.Saliency, abs=False),
        "guided-backprop": attribution_call(attr.GuidedBackprop),
        "integrated-gradients": attribution_call(
            attr.IntegratedGradients, n_steps=steps, method="riemann_middle", internal_batch_size=1
        ),
        "lrp-epsilon": _captum_lrp(network, x, values),
        "deeplift": attribution_call(attr.DeepLift),
    }


def _captum_lrp(network: nn.Module, x: torch.Tensor, values: Mapping[str, Any]) -> MapFunction:
    """Return LRP-ε with a rule at every leaf module except the rectifiers, as Captum requires in 3D."""
    from captum import attr
    from captum.attr._utils.lrp_rules import EpsilonRule
    from torch import nn

    pass_through = (nn.MaxPool3d, nn.Flatten, nn.Identity)
    modules = [module for module in network.modules() if not list(module.children())]

    def compute_map() -> torch.Tensor:
        # Captum removes the rules after every map.
        for module in modules:
            if not isinstance(module, nn.ReLU):
                module.rule = (
                    EpsilonRule() if isinstance(module, pass_through) else EpsilonRule(values["epsilon"])
                )
        relevance: torch.Tensor = attr.LRP(network).attribute(leaf_input(x), target=0)
        return relevance.detach()

    return compute_map


def zennit_calls(network: nn.Module, x: torch.Tensor, values: Mapping[str, Any]) -> dict[str, MapFunction]:
    """Return Zennit's maps by method, with batch norms merged into the preceding convolutions."""
    from zennit import canonizers, composites, rules, types

    canonizer_list = [canonizers.SequentialMergeBatchNorm()]

    def make_composite(rule: Any) -> Any:
        return composites.LayerMapComposite(
            [(types.Activation, rules.Pass()), (types.Linear, rule)], canonizer_list
        )

    makers = {
        "gradient": lambda: composites.LayerMapComposite([]),
        "guided-backprop": lambda: composites.GuidedBackprop(),
        "lrp-epsilon": lambda: make_composite(rules.Epsilon(epsilon=values["epsilon"])),
        "deep-taylor": lambda: make_composite(rules.ZPlus()),
    }
    relevance = ("lrp-epsilon", "deep-taylor")
    return {
        name: _zennit_call(network, x, composite, name in relevance) for name, composite in makers.items()
    }


def _zennit_call(
    network: nn.Module, x: torch.Tensor, make_composite: Callable[[], Any], start_from_output: bool
) -> MapFunction:
    import torch

    def compute_map() -> torch.Tensor:
        leaf = leaf_input(x)
        with make_composite().context(network) as hooked:
            output = hooked(leaf)
            start = torch.zeros_like(output)
            start[:, 0] = output[:, 0].detach() if start_from_output else 1.0
            return torch.autograd.grad(output, leaf, start)[0]

    return compute_map


def monai_calls(network: nn.Module, x: torch.Tensor, values: Mapping[str, Any]) -> dict[str, MapFunction]:
    """Return MONAI's maps by method."""
    from monai.visualize import GuidedBackpropGrad, VanillaGrad

    del values
    return {
        "gradient": lambda: VanillaGrad(network)(leaf_input(x), index=0).detach(),
        "guided-backprop": lambda: GuidedBackpropGrad(network)(leaf_input(x), index=0).detach(),
    }


def captum_grad_cam(network: nn.Module, x: torch.Tensor, layer: str) -> MapFunction:
    """Return Captum's Grad-CAM, resampled to the input's grid."""
    from captum import attr
    from torch.nn.functional import interpolate

    grad_cam = attr.LayerGradCam(network, network.get_submodule(layer))

    def compute_map() -> torch.Tensor:
        attribution = grad_cam.attribute(x, target=0, relu_attributions=True).detach()
        return interpolate(attribution, x.shape[2:], mode="trilinear", align_corners=False)

    return compute_map


def pytorch_grad_cam(network: nn.Module, x: torch.Tensor, layer: str) -> MapFunction:
    """Return the Grad-CAM of pytorch-grad-cam, which scales every map to the range 0 to 1."""
    import torch
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    def compute_map() -> torch.Tensor:
        with GradCAM(model=network, target_layers=[network.get_submodule(layer)]) as grad_cam:
            attribution = grad_cam(input_tensor=leaf_input(x), targets=[ClassifierOutputTarget(0)])
        return torch.from_numpy(attribution)[:, None]

    return compute_map


def leaf_input(x: torch.Tensor) -> torch.Tensor:
    """Return a copy of the input that is a leaf tensor with gradients."""
    return x.clone().requires_grad_(True)
