"""Exported programs to read: honest ones of the small networks, and what it takes to spoil them."""

from __future__ import annotations

import json
import sys
import warnings
import zipfile
from functools import cache
from pathlib import Path

import pytest
import torch
from torch.export import Dim

sys.path.insert(0, str(Path(__file__).parents[1] / "graph"))
import toys


@cache
def program_of(name, kind):
    """A network, its exported program, and inputs: fixed, any batch, or any size; or decomposed."""
    network, x = toys.toy(name)
    sizes = {
        "fixed": None,
        "batch": ({0: Dim.DYNAMIC},),
        "sizes": ({0: Dim.DYNAMIC, **dict.fromkeys(range(2, x.dim()), Dim.AUTO)},),
    }[kind.removesuffix("-decomposed")]
    example = x[:1] if sizes is None else x
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(network, (example,), strict=False, dynamic_shapes=sizes)
        if kind.endswith("-decomposed"):
            program = program.run_decompositions()
    return network, program, x


@pytest.fixture
def saved(tmp_path):
    """Write a small network as ``.pt2``; the network, the file, and inputs."""

    def save(name, kind="batch"):
        network, program, x = program_of(name, kind)
        path = tmp_path / f"{name}-{kind}.pt2"
        torch.export.save(program, path)
        return network, path, x

    return save


class Spoiled:
    """A file to be changed, member by member."""

    def __init__(self, path):
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.members = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        self.root = next(iter(self.members)).partition("/")[0]

    def __getitem__(self, name):
        return self.members[f"{self.root}/{name}"]

    def __setitem__(self, name, content):
        self.members[f"{self.root}/{name}"] = content

    def json(self, name):
        return json.loads(self[name])

    def change(self, name, change):
        """Change a JSON member by a function of its content."""
        content = self.json(name)
        change(content)
        self[name] = json.dumps(content).encode()

    def graph(self, change):
        """Change the graph's description."""
        self.change("models/model.json", lambda content: change(content["graph_module"]["graph"]))

    def write(self, compression=zipfile.ZIP_STORED):
        with zipfile.ZipFile(self.path, "w", compression) as archive:
            for name, content in self.members.items():
                archive.writestr(name, content)
        return self.path


@pytest.fixture
def spoiled(saved):
    """The file of a small network, to be changed."""

    def open_it(name="squeeze-excitation", kind="batch"):
        return Spoiled(saved(name, kind)[1])

    return open_it


@pytest.fixture
def marker(tmp_path):
    """A file that exists if anything ran; also with torch told not to load weights only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
        path = tmp_path / "ran"
        yield path
        path.unlink(missing_ok=True)
