"""Which layer Grad-CAM and its kin look at where none is named, and what they say of it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import viewer
from viewer.methods.cam import FEM, GradCAM, GradCAMPlusPlus, GuidedGradCAM
from viewer.models.model import Model


class Segmenter(nn.Module):
    """A small U-net: two resolutions, a skip, a head of 1 voxel."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.InstanceNorm2d(4), nn.ReLU())
        self.bottom = nn.Sequential(
            nn.Conv2d(4, 8, 3, stride=2, padding=1), nn.InstanceNorm2d(8), nn.LeakyReLU()
        )
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.last = nn.Sequential(nn.Conv2d(8, 4, 3, padding=1), nn.ReLU())
        self.head = nn.Conv2d(4, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        fine = self.down(x)
        return self.head(self.last(torch.cat((fine, self.up(self.bottom(fine))), 1)))


def randomized(network: nn.Module, size: int = 16) -> tuple[Model, nn.Module, torch.Tensor]:
    torch.manual_seed(2)
    for parameter in network.parameters():
        parameter.data.normal_(0, 0.4)
    x = torch.rand(1, 1, size, size)
    return Model.from_module(network.eval(), x), network, x


def test_grad_cam_of_a_segmentation_uses_the_bottleneck_with_a_note():
    model, network, x = randomized(Segmenter())
    found = viewer.explain(model, x, GradCAM(), target=1, region="all", device="cpu")
    assert "(8×8, the bottleneck, as the last convolution is the output itself)" in " ".join(
        found.provenance.notes
    )
    # Seg-Grad-CAM by hand (Vinogradova et al. 2020, eq. 2).
    A = []
    hook = network.bottom.register_forward_hook(lambda module, taken, out: A.append(out))
    score = network(x.clone().requires_grad_(True))[0, 1].sum()
    hook.remove()
    (slope,) = torch.autograd.grad(score, A[0])
    small = (slope.mean((2, 3), keepdim=True) * A[0]).sum(1, keepdim=True).clamp(min=0)
    expected = nn.functional.interpolate(small, x.shape[2:], mode="bilinear", align_corners=False)
    torch.testing.assert_close(torch.from_numpy(found.data.copy()), expected.detach(), rtol=1e-4, atol=1e-5)
    logits = network(x)[0, 1].clamp(min=0).detach()
    assert abs(torch.corrcoef(torch.stack((expected.flatten(), logits.flatten())))[0, 1]) < 0.9


@pytest.mark.parametrize("method", [GradCAMPlusPlus, GuidedGradCAM, FEM])
def test_grad_cam_variants_use_the_bottleneck_of_a_segmentation(method):
    model, _, x = randomized(Segmenter())
    notes = viewer.explain(model, x, method(), target=1, region="all", device="cpu").provenance.notes
    assert any("the bottleneck" in note for note in notes)


def test_equal_resolutions_use_the_last_layer_before_the_head():
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 5, 3, padding=1), nn.ReLU(), nn.Conv2d(5, 3, 1)
    )
    model, _, x = randomized(network)
    found = viewer.explain(model, x, GradCAM(), target=1, region="all", device="cpu")
    assert "the last layer before the head, as the last" in " ".join(found.provenance.notes)
    named = viewer.explain(model, x, GradCAM(), target=1, region="all", layer="3", device="cpu")
    torch.testing.assert_close(torch.from_numpy(found.data.copy()), torch.from_numpy(named.data.copy()))
    assert "output itself" not in " ".join(named.provenance.notes)


def test_classification_uses_the_last_convolution_without_a_note():
    model, _, x = randomized(
        nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
            nn.Flatten(), nn.Linear(4, 2),
        )
    )  # fmt: skip
    found = viewer.explain(model, x, GradCAM(rectify=False), target=1, device="cpu")
    assert found.provenance.notes == ("computed at relu_1 (12×12), enlarged to the input's grid",)


def test_a_transformer_is_looked_at_where_its_tokens_enter_the_last_attention():
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patches = nn.Conv2d(1, 8, 4, stride=4)
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            self.head = nn.Linear(8, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            tokens = self.patches(x).flatten(2).transpose(1, 2)
            return self.head(self.attention(tokens, tokens, tokens, need_weights=False)[0].mean(1))

    model, _, x = randomized(Tokens())
    notes = viewer.explain(model, x, GradCAM(), target=1, device="cpu").provenance.notes
    assert "the tokens that enter the last attention" in notes[0]


def test_a_map_of_the_patch_embedding_says_that_it_is_the_first_layer():
    class Windows(nn.Module):
        """Attention within windows: its tokens are no grid of patches."""

        def __init__(self) -> None:
            super().__init__()
            self.patches = nn.Conv2d(1, 8, 4, stride=4)
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            self.head = nn.Linear(8, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            tokens = self.patches(x).flatten(2).transpose(1, 2).reshape(-1, 2, 8)
            joined = self.attention(tokens, tokens, tokens, need_weights=False)[0]
            return self.head(joined.reshape(len(x), -1, 8).mean(1))

    model, _, x = randomized(Windows())
    notes = viewer.explain(model, x, GradCAM(), target=1, device="cpu").provenance.notes
    assert "the patch embedding, the network's first layer" in notes[0]


def test_a_map_that_is_zero_everywhere_says_so():
    _, network, x = randomized(
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    )
    network[4].weight.data.abs_().neg_()
    found = viewer.explain(Model.from_module(network, x), x, GradCAM(), target=1, device="cpu")
    assert not found.data.any()
    assert any(note.startswith("the map is zero everywhere") for note in found.provenance.notes)


def test_layer_cam_uses_the_first_layer_with_its_norm_and_rectifier():
    model, _, x = randomized(Segmenter())
    found = viewer.explain(model, x, "layer-cam", target=1, region="all", device="cpu")
    assert "(16×16, the first layer, the finest)" in " ".join(found.provenance.notes)
    named = viewer.explain(model, x, "layer-cam", target=1, region="all", layer="down.2", device="cpu")
    torch.testing.assert_close(torch.from_numpy(found.data.copy()), torch.from_numpy(named.data.copy()))
    bottom = viewer.explain(model, x, "hires-cam", target=1, region="all", device="cpu")
    assert "the bottleneck" in " ".join(bottom.provenance.notes)
