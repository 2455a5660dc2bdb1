"""Last-layer features of a cohort's scans, in a JSON file for each scan and network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.json_text import json_text
from viewer.models.last_layer_features import MAX_FEATURES, LayerFeatures
from viewer.scans.atomic_write import atomic_write
from viewer.scans.file_types import read_json_object


@dataclass(frozen=True, eq=False)
class ScanFeatures:
    """Features of one scan, and what they were computed from.

    Parameters
    ----------
    model_hash, scan_hash
        Hashes of the network and of the scan.
    layer
        The network's last layer.
    values
        Its input, float32, shape (features,).
    """

    model_hash: str
    scan_hash: str
    layer: str
    values: npt.NDArray[np.float32]


def write_features(path: Path, features: LayerFeatures, model_hash: str, scan_hash: str) -> None:
    """Write the features of a scan; ``model_hash`` and ``scan_hash`` are the hashes. Raises OSError."""
    entries = {
        "model": model_hash,
        "scan": scan_hash,
        "layer": features.layer,
        # The shortest decimal numbers for these float32 values, not for their float64 equivalents.
        "features": [float(str(value)) for value in features.values],
    }
    with atomic_write(path) as file:
        file.write(json_text(entries).encode())


def read_features(path: Path) -> ScanFeatures:
    """Read the features of a scan.

    Raises
    ------
    ScanError
        The file cannot be read, or contains something else.
    """
    entries = read_json_object(path)
    texts = [entries.get(name) for name in ("model", "scan", "layer")]
    numbers = entries.get("features")
    if not all(isinstance(text, str) for text in texts) or not isinstance(numbers, list):
        raise ScanError(path, "holds no features of a scan", "delete it and run the cohort again")
    are_numbers = all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in numbers)
    if not 0 < len(numbers) <= MAX_FEATURES or not are_numbers or not all(map(math.isfinite, numbers)):
        raise ScanError(path, "holds no features of a scan", "delete it and run the cohort again")
    model, scan, layer = (str(text) for text in texts)
    with np.errstate(over="ignore"):
        values = np.array(numbers, dtype=np.float32)
    if not np.isfinite(values).all():
        raise ScanError(path, "holds no features of a scan", "delete it and run the cohort again")
    return ScanFeatures(model, scan, layer, values)
