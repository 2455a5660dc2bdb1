"""Registry of all explanation methods: the built-in ones and those of installed packages."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from viewer import plugins
from viewer.errors import MethodError
from viewer.methods.adversarial.deep_fool import DeepFool
from viewer.methods.adversarial.generator_difference import GeneratedDifference
from viewer.methods.adversarial.gradient_sign import FGSM, PGD
from viewer.methods.attention.attention_map import AttentionMap
from viewer.methods.attention.gradient_attention import GradientAttention
from viewer.methods.attention.rollout import AttentionRollout
from viewer.methods.base import Family, Method
from viewer.methods.blur_integrated_gradients import BlurIntegratedGradients
from viewer.methods.cam import FEM, GradCAM, GradCAMPlusPlus, GuidedGradCAM
from viewer.methods.concept_relevance import ConceptRelevance
from viewer.methods.deep_lift import DeepLift
from viewer.methods.deep_taylor import DeepTaylor
from viewer.methods.gradient import Gradient, InputTimesGradient
from viewer.methods.guided_backprop import DeconvNet, GuidedBackpropagation
from viewer.methods.guided_integrated_gradients import GuidedIntegratedGradients
from viewer.methods.hires_cam import HiResCAM
from viewer.methods.integrated_gradients import IntegratedGradients
from viewer.methods.layer_cam import LayerCAM
from viewer.methods.layer_conductance import LayerConductance
from viewer.methods.layer_integrated_gradients import LayerIntegratedGradients
from viewer.methods.lrp import LRPAlphaBeta, LRPComposite, LRPEpsilon, LRPGamma, LRPZero
from viewer.methods.patterns.pattern_net import PatternAttribution, PatternNet
from viewer.methods.perturbation.kernel_shap import KernelShap
from viewer.methods.perturbation.lime import Lime
from viewer.methods.perturbation.mask_optimization import ExtremalPerturbation, MeaningfulPerturbation
from viewer.methods.perturbation.occlusion import Occlusion
from viewer.methods.perturbation.region_occlusion import RegionOcclusion
from viewer.methods.perturbation.rise import Rise
from viewer.methods.smooth_grad import SmoothGrad
from viewer.methods.xrai import XRAI
from viewer.plugins import PluginError, Plugins, load_plugins, read_class

METHODS: tuple[type[Method], ...] = (
    Gradient,
    SmoothGrad,
    DeconvNet,
    GuidedBackpropagation,
    PatternNet,
    InputTimesGradient,
    IntegratedGradients,
    GuidedIntegratedGradients,
    BlurIntegratedGradients,
    XRAI,
    LayerIntegratedGradients,
    LayerConductance,
    LRPComposite,
    LRPZero,
    LRPEpsilon,
    LRPGamma,
    LRPAlphaBeta,
    ConceptRelevance,
    DeepTaylor,
    DeepLift,
    PatternAttribution,
    GradCAM,
    GradCAMPlusPlus,
    GuidedGradCAM,
    HiResCAM,
    LayerCAM,
    FEM,
    AttentionMap,
    AttentionRollout,
    GradientAttention,
    Occlusion,
    RegionOcclusion,
    Lime,
    KernelShap,
    Rise,
    MeaningfulPerturbation,
    ExtremalPerturbation,
    FGSM,
    PGD,
    DeepFool,
    GeneratedDifference,
)


def list_methods() -> dict[str, type[Method]]:
    """Return the explanation methods by name, in the order in which the window lists them, plug-ins last.

    Returns
    -------
    dict of str to type
        Each has ``title``, ``family``, ``source``, and ``parameters()``: name, default, unit, limits, help.

    Examples
    --------
    >>> import viewer
    >>> method = viewer.list_methods()["integrated-gradients"]
    >>> (method.title, method.parameters()[0].name)
    ('Integrated gradients', 'baseline')
    """
    return {entry.name: entry for entry in (*METHODS, *_plugins().entries)}


def plugin_problems() -> tuple[str, ...]:
    """Return a line for each method of an installed package that cannot be used."""
    return _plugins().problems


@cache
def _plugins() -> Plugins[type[Method]]:
    return load_plugins(plugins.METHODS, {entry.name for entry in METHODS}, _read_plugin)


def _read_plugin(entry: object) -> type[Method]:
    texts = dict.fromkeys(("name", "title", "source", "description", "limitations"), str)
    attributes = {**texts, "family": Family, "requirements": frozenset}
    method = read_class(entry, Method, attributes)  # type: ignore[type-abstract]  # what derives from it
    try:
        method.parameters()
    except Exception as error:
        raise PluginError(f"its parameters cannot be read ({type(error).__name__}: {error})") from error
    return method


def find_method(name: str) -> type[Method]:
    """Return the method of that name.

    Raises
    ------
    MethodError
        There is none; the message suggests similar names.
    """
    methods = list_methods()
    if name not in methods:
        problem = next((line for line in plugin_problems() if repr(name) in line), None)
        if problem is not None:
            raise MethodError(name, f"cannot be used: {problem}")
        matches = get_close_matches(name, methods, n=3)
        remedy = f"did you mean {', '.join(matches)}?" if matches else f"there are {', '.join(methods)}"
        raise MethodError(name, "no such method", remedy)
    return methods[name]
