"""Networks of other packages, exported by both exporters of torch: outputs and maps are the module's."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from tests.models.onnx.conftest import export, runtime_outputs
from viewer.commands.benchmarks.network_matrix.cases import PACKAGES
from viewer.methods.explain import explain
from viewer.methods.registry import METHODS
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind

CASES = (
    ("dynamic_network_architectures", "PlainConvUNet", True),
    ("dynamic_network_architectures", "PlainConvUNet", False),
    ("torch", "convolutions, batch norm", True),
    ("torch", "convolutions, batch norm", False),
    ("monai", "UNet", True),
    ("monai", "UNet", False),
    ("timm_3d", "convnext_atto", True),
)
"""Package, network, and whether the newer exporter writes it."""

COMPARED = ("gradient", "deeplift", "lrp", "lrp-epsilon", "grad-cam")
TOLERANCES = {"deeplift": 2e-3}
"""Of the largest value. DeepLIFT divides by differences of activations, which rounding changes most."""


SLOW = [pytest.param(*case, marks=pytest.mark.slow) for case in CASES[4:]]


@pytest.mark.parametrize(("package", "name", "dynamo"), [*CASES[:4], *SLOW])
def test_outputs_and_maps_are_those_of_the_module(
    tmp_path: Path, package: str, name: str, dynamo: bool
) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    case = next(case for case in PACKAGES[package]() if case.name == name)
    module, x = case.make_network(), case.example_input()
    # Batch norms that are folded into convolutions would lead to other maps of LRP.
    kept = {"optimize": False} if dynamo else {"do_constant_folding": False, "training": KEEP}
    path = export(module, x, tmp_path / "net.onnx", dynamo=dynamo, **kept)
    with torch.no_grad():
        outputs = module(x)
    kind = ModelKind.SEGMENTATION if outputs.dim() > 2 else ModelKind.CLASSIFICATION
    card = Card("net", classes=tuple(map(str, range(outputs.shape[1]))), kind=kind)
    own, read = Model.from_module(module, x, card), load_model(path, card)
    (expected,) = runtime_outputs(path, {"image": x.numpy()})
    with torch.no_grad():
        found = read.module()(x)
    scale = max(float(np.abs(expected).max()), 1.0)
    assert float((found - torch.from_numpy(expected)).abs().max()) <= 1e-5 * scale
    for method in METHODS:
        if method.name in COMPARED:
            wanted, got = (explain(one, x, method()).data for one in (own, read))
            limit = TOLERANCES.get(method.name, 1e-4) * np.abs(wanted).max()
            assert np.abs(wanted - got).max() <= limit, method.name


KEEP = torch.onnx.TrainingMode.PRESERVE
"""Mode of the older exporter that leaves batch norms as they are."""
