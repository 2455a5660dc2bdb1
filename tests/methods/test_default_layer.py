"""Which layer Grad-CAM and its kin look at where none is named, and what they say of it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import viewer
from viewer.errors import MethodError
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
        """Attention within windows: its tokens do not form a grid of patches."""

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


class Rows(nn.Module):
    """Convolutions along one axis, of every row of an image."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 3)
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = torch.relu(self.conv(x.reshape(-1, 1, x.shape[-1]))).mean(-1)
        return self.head(rows.reshape(x.shape[0], -1, 4).mean(1))


def test_convolutions_along_fewer_axes_than_the_input_are_told():
    model, _, x = randomized(Rows())
    with pytest.raises(MethodError, match=r"no convolution's output is a volume .* along the input's 2 axes"):
        viewer.explain(model, x, GradCAM(), target=1, device="cpu")


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


class ResidualSegmenter(nn.Module):
    """A U-net whose bottleneck is a residual block."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(1, 4, 3, stride=2, padding=1)
        self.branch = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.InstanceNorm2d(4))
        self.end = nn.ReLU()
        self.up = nn.ConvTranspose2d(4, 4, 2, stride=2)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        small = self.down(x).relu()
        return self.head(self.up(self.end(self.branch(small) + small)).relu())


def grad_cam_at(network: nn.Module, layer: nn.Module, x: torch.Tensor, target: int) -> torch.Tensor:
    """Return Seg-Grad-CAM of the sum over the first output of a network at a module's output."""
    A = []
    hook = layer.register_forward_hook(lambda module, taken, out: A.append(out))
    answer = network(x.clone().requires_grad_(True))
    hook.remove()
    answer = answer[0] if isinstance(answer, (list, tuple)) else answer
    (slope,) = torch.autograd.grad(answer[0, target].sum(), A[0])
    dims = tuple(range(2, x.dim()))
    small = (slope.mean(dims, keepdim=True) * A[0]).sum(1, keepdim=True).clamp(min=0)
    mode = "trilinear" if x.dim() == 5 else "bilinear"
    return nn.functional.interpolate(small, x.shape[2:], mode=mode, align_corners=False).detach()


def test_a_residual_bottleneck_is_looked_at_after_its_shortcut():
    model, network, x = randomized(ResidualSegmenter())
    found = viewer.explain(model, x, GradCAM(), target=1, region="all", device="cpu")
    expected = grad_cam_at(network, network.end, x, 1)
    torch.testing.assert_close(torch.from_numpy(found.data.copy()), expected, rtol=1e-4, atol=1e-5)


SEGMENTERS = {
    "UNet": lambda nets: nets.UNet(3, 1, 3, (4, 8, 16), (2, 2), num_res_units=2),
    "SegResNet": lambda nets: nets.SegResNet(3, 8, 1, 3, blocks_down=(1, 2), blocks_up=(1,)),
    "VNet": lambda nets: nets.VNet(3, 1, 3),
    "UNETR": lambda nets: nets.UNETR(
        1, 3, (32, 32, 32), feature_size=4, hidden_size=16, mlp_dim=32, num_heads=2
    ),
    "DynUNet": lambda nets: nets.DynUNet(
        3, 1, 3, [3, 3, 3], [1, 2, 2], [2, 2], filters=[4, 8, 16], deep_supervision=True, deep_supr_num=1
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", SEGMENTERS)
def test_the_map_of_a_published_segmentation_is_not_its_prediction(name: str):
    nets = pytest.importorskip("monai.networks.nets")
    size = 32 if name == "UNETR" else 16
    x = torch.rand(1, 1, size, size, size, generator=torch.Generator().manual_seed(1))
    torch.manual_seed(2)
    model = Model.from_module(SEGMENTERS[name](nets).eval(), x)
    found = viewer.explain(model, x, GradCAM(rectify=False), target=1, region="all", device="cpu")
    logit = model.logits(x)[0, 1].detach().flatten()
    values = torch.from_numpy(found.data.copy()).flatten()
    assert abs(torch.corrcoef(torch.stack((values, logit)))[0, 1]) < 0.5
    expected = "the last attention" if name == "UNETR" else "the bottleneck, as the last convolution is"
    assert expected in " ".join(found.provenance.notes)


@pytest.mark.slow
@pytest.mark.parametrize("deep_supervision", [False, True])
def test_grad_cam_of_nnunet_is_that_of_its_bottleneck(deep_supervision: bool):
    unet = pytest.importorskip("dynamic_network_architectures.architectures.unet")
    torch.manual_seed(2)
    network = unet.PlainConvUNet(
        1, 3, [4, 8, 16], nn.Conv3d, 3, [1, 2, 2], 2, 3, 2, norm_op=nn.InstanceNorm3d,
        norm_op_kwargs={"affine": True}, nonlin=nn.LeakyReLU, deep_supervision=deep_supervision,
    ).eval()  # fmt: skip
    x = torch.rand(1, 1, 16, 16, 16, generator=torch.Generator().manual_seed(1))
    model = Model.from_module(network, x)
    found = viewer.explain(model, x, GradCAM(), target=1, region="all", device="cpu")
    expected = grad_cam_at(network, network.encoder.stages[-1], x, 1)
    scale = float(expected.abs().max())
    torch.testing.assert_close(torch.from_numpy(found.data.copy()), expected, rtol=1e-3, atol=1e-4 * scale)
