"""Small networks of torch's own modules for volumes (N, 1, 16, 16, 16)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

CLASSES = 3


def batch_norm_network() -> nn.Module:
    """Return convolutions with batch norms and maximum pools."""
    return nn.Sequential(
        nn.Conv3d(1, 6, 3, padding=1), nn.BatchNorm3d(6), nn.ReLU(), nn.MaxPool3d(2),
        nn.Conv3d(6, 8, 3, padding=1), nn.BatchNorm3d(8), nn.ReLU(), nn.MaxPool3d(2),
        nn.Flatten(), nn.Linear(512, CLASSES),
    )  # fmt: skip


def batch_statistics_network() -> nn.Module:
    """Return a network whose batch norms keep no statistics."""
    return nn.Sequential(
        nn.Conv3d(1, 6, 3, padding=1), nn.BatchNorm3d(6, track_running_stats=False), nn.ReLU(),
        nn.AdaptiveAvgPool3d(4), nn.Flatten(), nn.Linear(384, CLASSES),
    )  # fmt: skip


def adaptive_maximum_network() -> nn.Module:
    """Return convolutions with an adaptive maximum pool."""
    return nn.Sequential(
        nn.Conv3d(1, 6, 3, padding=1), nn.LeakyReLU(), nn.Conv3d(6, 8, 3, padding=1), nn.ELU(),
        nn.AdaptiveMaxPool3d(3), nn.Flatten(), nn.Linear(216, CLASSES),
    )  # fmt: skip


def normalised_weights() -> nn.Module:
    """Return a network with weight norms (both interfaces of PyTorch) and a spectral norm."""
    return nn.Sequential(
        nn.utils.weight_norm(nn.Conv3d(1, 6, 3, padding=1)), nn.ReLU(),
        nn.utils.parametrizations.weight_norm(nn.Conv3d(6, 8, 3, stride=2)), nn.ReLU(),
        nn.AdaptiveAvgPool3d(2), nn.Flatten(),
        nn.utils.parametrizations.spectral_norm(nn.Linear(64, CLASSES)),
    )  # fmt: skip


def pruned_network() -> nn.Module:
    """Return a network with half of its first layer's weights pruned."""
    from torch.nn.utils import prune

    network = batch_norm_network()
    first = network.get_submodule("0")
    prune.l1_unstructured(first, "weight", amount=0.5)  # type: ignore[no-untyped-call]
    return network


class Backbone(nn.Module):
    """Two convolutions that turn a volume into features (N, 8, 4, 4, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(1, 6, 3, padding=1, stride=2), nn.ReLU(), nn.Conv3d(6, 8, 3, padding=1, stride=2)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the features."""
        output: torch.Tensor = self.layers(x)
        return output


class ResidualNetwork(nn.Module):
    """Two residual blocks with group norms and SiLU."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.GroupNorm(2, 8), nn.SiLU(), nn.Conv3d(8, 8, 3, padding=1), nn.GroupNorm(2, 8),
                nn.SiLU(), nn.Conv3d(8, 8, 3, padding=1),
            )
            for _ in range(2)
        )  # fmt: skip
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        x = self.backbone(x)
        for block in self.blocks:
            x = x + block(x)
        output: torch.Tensor = self.head(functional.silu(x).mean((2, 3, 4)))
        return output


class InvertedResidualNetwork(nn.Module):
    """An inverted residual block as in MobileNetV2 (Sandler et al. 2018)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv3d(1, 8, 3, stride=2, padding=1), nn.BatchNorm3d(8), nn.ReLU6())
        self.block = nn.Sequential(
            nn.Conv3d(8, 24, 1), nn.BatchNorm3d(24), nn.ReLU6(),
            nn.Conv3d(24, 24, 3, padding=1, groups=24), nn.BatchNorm3d(24), nn.ReLU6(),
            nn.Conv3d(24, 8, 1), nn.BatchNorm3d(8),
        )  # fmt: skip
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        x = self.stem(x)
        x = x + self.block(x)
        output: torch.Tensor = self.head(x.mean((2, 3, 4)))
        return output


class SmallUNet(nn.Module):
    """A U-Net of two levels with instance norms; logits at every voxel."""

    def __init__(self) -> None:
        super().__init__()
        self.top, self.bottom = self._block(1, 6), self._block(6, 8, 2)
        self.up = nn.ConvTranspose3d(8, 6, 2, stride=2)
        self.last = self._block(12, 6)
        self.head = nn.Conv3d(6, CLASSES, 1)

    @staticmethod
    def _block(channels: int, width: int, stride: int = 1) -> nn.Module:
        return nn.Sequential(
            nn.Conv3d(channels, width, 3, stride, 1),
            nn.InstanceNorm3d(width, affine=True),
            nn.LeakyReLU(0.01),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        top = self.top(x)
        x = torch.cat([self.up(self.bottom(top)), top], 1)
        output: torch.Tensor = self.head(self.last(x))
        return output


class SqueezeExcitation(nn.Module):
    """Channels weighted by a gate of their means (Hu et al. 2018)."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.gate = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 8), nn.Sigmoid())
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        x = self.backbone(x)
        x = torch.relu(x * self.gate(x.mean((2, 3, 4)))[:, :, None, None, None])
        output: torch.Tensor = self.head(x.mean((2, 3, 4)))
        return output


class AttentionNetwork(nn.Module):
    """Self-attention over the positions of the features."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        tokens = self.backbone(x).flatten(2).transpose(1, 2)
        attended, _ = self.attention(tokens, tokens, tokens, need_weights=False)
        output: torch.Tensor = self.head((tokens + attended).mean(1))
        return output


class EncoderNetwork(nn.Module):
    """A transformer encoder with sequence-first input."""

    def __init__(self, norm_first: bool) -> None:
        super().__init__()
        self.embedding = nn.Conv3d(1, 16, 4, stride=4)
        self.position = nn.Parameter(0.1 * torch.randn(64, 1, 16))
        layer = nn.TransformerEncoderLayer(16, 2, 32, activation="gelu", norm_first=norm_first)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        tokens = self.embedding(x).flatten(2).permute(2, 0, 1) + self.position
        output: torch.Tensor = self.head(self.encoder(tokens).mean(0))
        return output


class GatedNetwork(nn.Module):
    """Convolutions with gated linear units (Dauphin et al. 2017)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv3d(1, 12, 3, stride=2, padding=1)
        self.second = nn.Conv3d(6, 16, 3, stride=2, padding=1)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        x = functional.glu(self.second(functional.glu(self.first(x), 1)), 1)
        output: torch.Tensor = self.head(x.mean((2, 3, 4)))
        return output


class MaximumNetwork(nn.Module):
    """The largest value of every feature."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        output: torch.Tensor = self.head(self.backbone(x).amax((2, 3, 4)))
        return output


class LogSumExpNetwork(nn.Module):
    """Scores of every position, joined by a smooth maximum."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.head = nn.Conv3d(8, CLASSES, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        return torch.logsumexp(self.head(torch.relu(self.backbone(x))).flatten(2), 2)


class TopKNetwork(nn.Module):
    """The mean of the highest scores of all positions, as in multiple-instance learning."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.head = nn.Conv3d(8, CLASSES, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        scores: torch.Tensor = self.head(torch.relu(self.backbone(x))).flatten(2)
        return scores.topk(5, dim=2).values.mean(2)


class SpatialTransformer(nn.Module):
    """The image resampled by an affine map that the network computes (Jaderberg et al. 2015)."""

    def __init__(self) -> None:
        super().__init__()
        self.locate = nn.Sequential(Backbone(), nn.ReLU(), nn.Flatten(), nn.Linear(512, 12))
        self.backbone = Backbone()
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        identity = torch.eye(3, 4, dtype=x.dtype, device=x.device)
        matrix = identity + 0.1 * self.locate(x).reshape(-1, 3, 4)
        grid = functional.affine_grid(matrix, [x.shape[0], 1, 16, 16, 16], align_corners=False)
        x = torch.relu(self.backbone(functional.grid_sample(x, grid, align_corners=False)))
        output: torch.Tensor = self.head(x.mean((2, 3, 4)))
        return output


class MaskedMean(nn.Module):
    """The mean of the features over the foreground voxels, by a division."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv3d(1, 8, 3, padding=1), nn.ReLU())
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        features = self.layers(x)
        mask = torch.where(x > 0, torch.ones_like(x), torch.zeros_like(x))
        total = (features * mask).sum((2, 3, 4)) / mask.sum((2, 3, 4)).clamp(min=1)
        output: torch.Tensor = self.head(total)
        return output


class Maxout(nn.Module):
    """The larger of two convolutions (Goodfellow et al. 2013)."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Conv3d(1, 8, 3, stride=2), nn.Conv3d(1, 8, 3, stride=2)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        output: torch.Tensor = self.head(torch.maximum(self.one(x), self.other(x)).mean((2, 3, 4)))
        return output


class RecurrentNetwork(nn.Module):
    """Features of every slice, processed in order by a recurrent network."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.slices = nn.Sequential(
            nn.Conv3d(1, 4, (1, 3, 3), stride=(1, 2, 2)), nn.ReLU(), nn.AdaptiveAvgPool3d((16, 2, 2))
        )
        self.recurrent = getattr(nn, kind)(16, 12, batch_first=True)
        self.head = nn.Linear(12, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        features = self.slices(x).transpose(1, 2).flatten(2)
        states, _ = self.recurrent(features)
        output: torch.Tensor = self.head(states[:, -1])
        return output


class AutocastNetwork(nn.Module):
    """A network that disables automatic mixed precision for its head."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        x = torch.relu(self.backbone(x)).mean((2, 3, 4))
        with torch.autocast(device_type=x.device.type, enabled=False):
            output: torch.Tensor = self.head(x.float())
        return output


class OneNumber(nn.Module):
    """One number per scan, without a class axis."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.head = nn.Linear(8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the value (N,)."""
        output: torch.Tensor = self.head(torch.relu(self.backbone(x)).mean((2, 3, 4)))
        return output.squeeze(1)
