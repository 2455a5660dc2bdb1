"""Small heads of a cohort, every second with a bright spot, their participants table, and a network."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np

AFFINE = np.array([[-3.0, 0, 0, 24], [0, 3.0, 0, -20], [0, 0, 3.0, -10], [0, 0, 0, 1]])


def write_head(path: Path, seed: int, spot: bool = False) -> Path:
    """Write a head of 16 by 18 by 14 voxels, stored L A S; the spot lies in the brain's left."""
    random = np.random.default_rng(seed)
    i, j, k = np.meshgrid(np.arange(16), np.arange(18), np.arange(14), indexing="ij")
    inside = ((i - 7.5) / 7) ** 2 + ((j - 8.5) / 8) ** 2 + ((k - 6.5) / 6) ** 2 < 1
    data = np.where(inside, 100 + 5 * i + random.normal(0, 5, inside.shape), 0)
    if spot:
        data[11:13, 8:10, 6:8] += 150
    image = nib.Nifti1Image(data.clip(0).astype(np.int16), AFFINE)
    image.set_sform(AFFINE, 4)
    image.set_qform(AFFINE, 4)
    nib.save(image, path)
    return path


def write_table(folder: Path, count: int) -> Path:
    """Write the scans of ``count`` participants, patients and controls in turn, and their table."""
    folder.mkdir()
    lines = ["participant_id\tscan\tgroup\tage"]
    for index in range(count):
        name = f"{index + 1:02d}"
        write_head(folder / f"{name}.nii.gz", index, index % 2 == 1)
        lines.append(f"sub-{name}\t{name}.nii.gz\t{'patient' if index % 2 else 'control'}\t{60 + index}")
    path = folder / "participants.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


def write_small_network(folder: Path) -> Path:
    """Write five convolutions with random weights, and the card that says what they take."""
    import torch
    from safetensors.torch import save_file

    from viewer.models.architectures.eitel import build_3d

    torch.manual_seed(11)
    network = build_3d(2, "average", (20, 20, 20), 1, 0.0)
    path = folder / "small.safetensors"
    save_file(network.state_dict(), path)
    card = {
        "name": "small",
        "architecture": "eitel-3d",
        "arguments": {"padding": 1},
        "classes": ["control", "patient"],
        "description": "Random weights.",
        "licence": "MIT",
        "input": {
            "placement": "field-of-view",
            "shape": [20, 20, 20],
            "axes": "RAS",
            "intensity": {"scaling": "maximum"},
        },
    }
    path.with_suffix(".card.json").write_text(json.dumps(card))
    return path
