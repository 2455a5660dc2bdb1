"""The attention of a head for a query against torch's own, by API and command line."""

from __future__ import annotations

import json

import nibabel
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import viewer
from viewer import cli
from viewer.errors import MethodError
from viewer.methods.attention.attention_map import AttentionMap
from viewer.methods.attention.rollout import AttentionRollout
from viewer.models.model import Model

WIDTH, HEADS, GRID = 6, 3, (2, 3, 2)


class Vit(nn.Module):
    """Two layers of `nn.MultiheadAttention` on the patches of a volume, behind a class token or not."""

    def __init__(self, class_token: bool = True) -> None:
        super().__init__()
        self.embed = nn.Conv3d(1, WIDTH, 4, stride=4)
        self.token = nn.Parameter(torch.randn(1, 1, WIDTH)) if class_token else None
        self.layers = nn.ModuleList(nn.MultiheadAttention(WIDTH, HEADS, batch_first=True) for _ in range(2))
        self.head = nn.Linear(WIDTH, 2)

    def run(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        tokens = self.embed(x).flatten(2).transpose(1, 2)
        if self.token is not None:
            tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], 1)
        weights = []
        for layer in self.layers:
            joined, attention = layer(tokens, tokens, tokens, average_attn_weights=False)
            tokens = tokens + joined
            weights.append(attention)
        return self.head(tokens.mean(1) if self.token is None else tokens[:, 0]), weights

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.run(x)[0]


def make(class_token: bool = True) -> tuple[Vit, Model, torch.Tensor]:
    torch.manual_seed(7)
    network = Vit(class_token).eval()
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape)
    x = torch.randn(1, 1, 8, 12, 8)
    return network, Model.from_module(network, x), x


def enlarged(tokens: torch.Tensor, x: torch.Tensor) -> np.ndarray:
    """Return the last tokens, those of the patches, on the input's grid."""
    volume = tokens[-12:].reshape(1, 1, *GRID)
    return F.interpolate(volume, x.shape[2:], mode="trilinear", align_corners=False).detach().numpy()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("class_token", [True, False])
@pytest.mark.parametrize("layer", [0, 1])
def test_a_head_and_a_query_of_each_layer(class_token, layer):
    network, model, x = make(class_token)
    weights = network.run(x)[1][layer][0]
    first = int(class_token)

    def explained(**parameters):
        return viewer.explain(model, x, "attention", layer=f"layers.{layer}", device="cpu", **parameters)

    for head in range(HEADS):
        for query, row in (
            ("mean", weights[head].mean(0)),
            ("1,2,0", weights[head, first + 10]),
            ("0,0,1", weights[head, first + 1]),
        ):
            found = explained(head=head, query=query)
            np.testing.assert_allclose(found.data, enlarged(row, x), rtol=1e-4, atol=1e-6)
    found = explained()
    row = weights.mean(0)[0] if class_token else weights.mean((0, 1))
    np.testing.assert_allclose(found.data, enlarged(row, x), rtol=1e-4, atol=1e-6)
    note = found.provenance.notes[0]
    assert f"at layers.{layer}, the mean over its heads" in note
    assert ("the class token" in note) is class_token


def test_the_last_attention_is_the_default():
    network, model, x = make()
    found = viewer.explain(model, x, "attention", head=1, device="cpu")
    expected = enlarged(network.run(x)[1][1][0, 1, 0], x)
    np.testing.assert_allclose(found.data, expected, rtol=1e-4, atol=1e-6)
    assert "layers.1, the last attention, head 1" in found.provenance.notes[0]


def test_rollout_is_read_at_a_query_too():
    network, model, x = make()
    matrix = torch.eye(13)
    for weights in network.run(x)[1]:
        matrix = (weights[0].mean(0) + torch.eye(13)) / 2 @ matrix
    found = viewer.explain(model, x, AttentionRollout(query="1,0,1"), device="cpu")
    np.testing.assert_allclose(found.data, enlarged(matrix[1 + 7], x), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"head": "3"}, "no such head; choose 0 to 2, or mean"),
        ({"head": "-1"}, "no such head"),
        ({"query": "2,0,0"}, "the patch lies outside the network's 2×3×2 patches"),
        ({"query": "1,0"}, "a patch has 3 integer indices"),
        ({"query": "1,0,0.5"}, "a patch has 3 integer indices"),
        ({"query": "here"}, "no such query; choose class, mean, I,J,K or @X,Y,Z"),
        ({"query": "@1,2,nan"}, "no such query"),
        ({"query": "@1,2,3"}, "a bare tensor has no positions in mm"),
    ],
)
@pytest.mark.sampled(3)
def test_what_is_not_there_is_refused(settings, problem):
    _, model, x = make()
    with pytest.raises(MethodError, match=problem):
        viewer.explain(model, x, AttentionMap(**settings), device="cpu")


def test_layers_and_tokens_that_are_not_there_are_refused():
    _, model, x = make(class_token=False)
    with pytest.raises(MethodError, match="the network has no class token"):
        viewer.explain(model, x, AttentionMap(query="class"), device="cpu")
    for layer in ("layers", "embed", "nowhere"):
        with pytest.raises(
            MethodError, match=r"names no attention layer, or several; choose one of layers\.0, layers\.1"
        ):
            viewer.explain(model, x, "attention", layer=layer, device="cpu")


def test_windows_are_refused_by_name():
    class Windows(Vit):
        def run(self, x):
            tokens = self.embed(x).flatten(2).transpose(1, 2).reshape(-1, 6, WIDTH)
            joined, weights = self.layers[0](tokens, tokens, tokens, average_attn_weights=False)
            return self.head(joined.reshape(len(x), -1, WIDTH).mean(1)), [weights]

    torch.manual_seed(7)
    x = torch.randn(1, 1, 8, 12, 8)
    model = Model.from_module(Windows(False).eval(), x)
    windows = "not over all patches of one grid, as in networks with windowed attention"
    for method, problem in (
        ("attention", windows),
        ("attention-rollout", "there is no residual connection around the attention"),
        ("gradient-attention", windows),
    ):
        with pytest.raises(MethodError, match=problem):
            viewer.explain(model, x, method, device="cpu")


def test_the_command_reads_the_patch_at_a_point(tmp_path, capsys):
    """A left-right reversed, anisotropic scan: the point is in mm, whatever the order of the voxels."""
    network, _, x = make()
    affine = np.diag([-2.0, 1.0, 3.0, 1.0])
    affine[:3, 3] = (10, -4, 5)
    data = x[0, 0].numpy()
    nibabel.save(nibabel.Nifti1Image(data[::-1].copy(), affine), tmp_path / "scan.nii.gz")
    program = torch.export.export(network, (x,))
    torch.export.save(program, tmp_path / "vit.pt2")
    card = {
        "name": "vit",
        "architecture": "exported",
        "classes": ["a", "b"],
        "input": {
            "placement": "field-of-view",
            "shape": [8, 12, 8],
            "axes": "RAS",
            "intensity": {"scaling": "none"},
        },
    }
    (tmp_path / "vit.card.json").write_text(json.dumps(card))
    # RAS voxel (6, 9, 1): x = 10 - 2·(7 − 6) = 8, y = -4 + 9, z = 5 + 3
    line = f"explain {tmp_path}/scan.nii.gz --model {tmp_path}/vit.pt2 --method attention --layer layers.0"
    out = tmp_path / "map.nii.gz"
    status = cli.main([*line.split(), "--set", "head=2", "--set", "query=@8,5,8", "-o", str(out)])
    assert status == 0, capsys.readouterr().err
    found = viewer.load_map(out)
    expected = enlarged(network.run(x)[1][0][0, 2, 1 + 6 + 2 * 2 + 0], x)[0, 0]
    np.testing.assert_allclose(found.data, expected, rtol=1e-4, atol=1e-6)
    assert "read at the patch 1, 2, 0" in " ".join(found.provenance.notes)
    assert found.provenance.parameters["query"] == "@8,5,8"
