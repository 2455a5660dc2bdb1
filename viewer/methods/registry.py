"""Every method there is. Registering one is declaring it and naming it here."""

from __future__ import annotations

from difflib import get_close_matches

from viewer.errors import MethodError
from viewer.methods.activation import FEM, GradCAM, GradCAMPlusPlus, GuidedGradCAM
from viewer.methods.adversarial.deep_fool import DeepFool
from viewer.methods.adversarial.generated import GeneratedDifference
from viewer.methods.adversarial.steps import FGSM, PGD
from viewer.methods.backpropagation import DeconvNet, GuidedBackpropagation
from viewer.methods.deep_lift import DeepLift
from viewer.methods.deep_taylor import DeepTaylor
from viewer.methods.gradient import Gradient
from viewer.methods.input_times_gradient import InputTimesGradient
from viewer.methods.integrated_gradients import IntegratedGradients
from viewer.methods.lrp import LRPAlphaBeta, LRPComposite, LRPEpsilon, LRPGamma, LRPZero
from viewer.methods.method import Method
from viewer.methods.patterns.methods import PatternAttribution, PatternNet
from viewer.methods.perturbation.kernel_shap import KernelShap
from viewer.methods.perturbation.lime import Lime
from viewer.methods.perturbation.meaningful import ExtremalPerturbation, MeaningfulPerturbation
from viewer.methods.perturbation.occlusion import Occlusion
from viewer.methods.perturbation.region_occlusion import RegionOcclusion
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
    Occlusion,
    RegionOcclusion,
    Lime,
    KernelShap,
    MeaningfulPerturbation,
    ExtremalPerturbation,
    FGSM,
    PGD,
    DeepFool,
    GeneratedDifference,
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
