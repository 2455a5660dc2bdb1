"""Every method there is. Registering one is declaring it and naming it here."""

from __future__ import annotations

from difflib import get_close_matches

from viewer.errors import MethodError
from viewer.methods.activation import FEM, GradCAM, GradCAMPlusPlus, GuidedGradCAM
from viewer.methods.backpropagation import DeconvNet, GuidedBackpropagation
from viewer.methods.deep_lift import DeepLift
from viewer.methods.deep_taylor import DeepTaylor
from viewer.methods.gradient import Gradient
from viewer.methods.input_times_gradient import InputTimesGradient
from viewer.methods.integrated_gradients import IntegratedGradients
from viewer.methods.lrp import LRPAlphaBeta, LRPComposite, LRPEpsilon, LRPGamma, LRPZero
from viewer.methods.method import Method
from viewer.methods.patterns.methods import PatternAttribution, PatternNet
from viewer.methods.smooth_grad import SmoothGrad

METHODS: tuple[type[Method], ...] = (
    Gradient,
    SmoothGrad,
    DeconvNet,
    GuidedBackpropagation,
    PatternNet,
    InputTimesGradient,
    IntegratedGradients,
    LRPComposite,
    LRPZero,
    LRPEpsilon,
    LRPGamma,
    LRPAlphaBeta,
    DeepTaylor,
    DeepLift,
    PatternAttribution,
    GradCAM,
    GradCAMPlusPlus,
    GuidedGradCAM,
    FEM,
)


def methods() -> dict[str, type[Method]]:
    """Name to method, in the order in which the window lists them."""
    return {entry.name: entry for entry in METHODS}


def find(name: str) -> type[Method]:
    """The method of that name.

    Raises
    ------
    MethodError
        There is none; the line names those that are near.
    """
    known = methods()
    if name not in known:
        near = get_close_matches(name, known, n=3) or list(known)
        raise MethodError(name, "no such method", f"did you mean {', '.join(near)}?")
    return known[name]
