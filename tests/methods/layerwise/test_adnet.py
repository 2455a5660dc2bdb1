"""ADnet on the MNI152 template: the numbers of every method, kept so that no map changes unseen.

``python tests/methods/layerwise/test_adnet.py``, in the project's root, writes adnet.json anew; the folder
of real files lies beside the project, or is named in VIEWER_REAL_DATA. What changes has to be explained.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.methods.base import Family, Requirement
from viewer.methods.explain import explain
from viewer.methods.registry import list_methods
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.scans.load import load_scan
from viewer.scans.map import Map
from viewer.scans.scan import Scan

STORED = Path(__file__).with_name("adnet.json")
TARGET = 0

KEPT = [
    name
    for name, method in list_methods().items()
    if method.family not in (Family.PERTURBATION, Family.ADVERSARIAL)
    and Requirement.ATTENTION not in method.requirements
]
"""Those that run the network hundreds of times are held against their peers on small networks."""

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (name, {}) for name in KEPT},
    "smoothgrad": ("smoothgrad", {"samples": 2}),
    "integrated-gradients": ("integrated-gradients", {"steps": 4, "tolerance": 0.0}),
    "guided-integrated-gradients": ("guided-integrated-gradients", {"steps": 4}),
    "blur-integrated-gradients": ("blur-integrated-gradients", {"steps": 4}),
    "xrai": ("xrai", {"segments": 50, "scales": 2, "steps": 4}),
    "pattern-net": ("pattern-net", {"estimator": "filter"}),
    "pattern-attribution": ("pattern-attribution", {"estimator": "filter"}),
    "deep-taylor, z-box": ("deep-taylor", {"input": "z-box"}),
    "deep-taylor, z-plus": ("deep-taylor", {"input": "z-plus"}),
    "deep-taylor, norms passed": ("deep-taylor", {"batch_norm": "pass"}),
    "deeplift, RevealCancel": ("deeplift", {"rule": "reveal-cancel"}),
    "lrp-epsilon, biases left out": ("lrp-epsilon", {"bias": False}),
    "lrp-gamma, of a channel": ("lrp-gamma", {"begin": "embedding.4:3"}),
}


def explained(model: Model, scan: Scan, name: str, parameters: dict[str, Any]) -> Map:
    """Compute a map on the network's grid."""
    return explain(model, scan, name, target=TARGET, device="cpu", grid="model", **parameters)


def numbers(found: Map) -> dict[str, Any]:
    """Sum, size, extremes, place of the largest value (voxel of the network's grid) and residual of a map."""
    values = found.data.astype(np.float64)
    residual = found.residual
    return {
        "sum": float(values.sum()),
        "size": float(np.abs(values).sum()),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
        "largest at": [int(index) for index in np.unravel_index(np.abs(values).argmax(), values.shape)],
        "residual": None
        if residual is None
        else {"output": residual.explained_output, "found": residual.found},
    }


@pytest.fixture(scope="module")
def adnet(real_data: Path) -> Model:
    return load_model(real_data / "adnet" / "AD_pretrained_weights.pt")


@pytest.fixture(scope="module")
def template() -> Scan:
    return load_scan("mni152")


def test_every_method_is_kept() -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert set(stored) == set(CASES)
    assert {name for name, _ in CASES.values()} == set(KEPT)


@pytest.mark.slow
@pytest.mark.parametrize("title", CASES)
def test_the_numbers_are_those_kept(adnet: Model, template: Scan, title: str) -> None:
    name, parameters = CASES[title]
    shown = explained(adnet, template, name, parameters)
    found = numbers(shown)
    kept = json.loads(STORED.read_text(encoding="utf-8"))[title]
    peak = max(abs(kept["minimum"]), abs(kept["maximum"]))
    # What a sum of both signs cancels to is known to a millionth of what it is made of, and no better.
    margin = 1e-6 * kept["size"]
    assert found["sum"] == pytest.approx(kept["sum"], rel=1e-3, abs=margin)
    assert found["size"] == pytest.approx(kept["size"], rel=1e-3)
    assert found["minimum"] == pytest.approx(kept["minimum"], rel=1e-3, abs=1e-6 * peak)
    assert found["maximum"] == pytest.approx(kept["maximum"], rel=1e-3, abs=1e-6 * peak)
    # Enlarged maps of a layer have plateaus: which of their equal voxels comes first is up to rounding.
    largest = float(np.abs(shown.data).max())
    assert abs(float(shown.data[tuple(kept["largest at"])])) == pytest.approx(largest, rel=1e-5)
    assert (found["residual"] is None) == (kept["residual"] is None)
    for part in ("output", "found"):
        if kept["residual"] is not None:
            assert found["residual"][part] == pytest.approx(kept["residual"][part], rel=1e-3, abs=margin)


def main() -> None:
    """Compute all numbers and write them."""
    named = os.environ.get("VIEWER_REAL_DATA")
    folder = Path(named) if named else Path(__file__).parents[4] / "shared" / "real"
    model = load_model(folder / "adnet" / "AD_pretrained_weights.pt")
    scan = load_scan("mni152")
    rows = {title: numbers(explained(model, scan, *case)) for title, case in CASES.items()}
    STORED.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
