"""Small networks of torch's own modules, each with one kind of construction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from viewer.commands.benchmarks.network_matrix.case import NetworkCase

if TYPE_CHECKING:
    from torch import nn

VOLUME = (1, 16, 16, 16)


def torch_cases() -> tuple[NetworkCase, ...]:
    """Return the cases. The networks are built only when they are run."""
    from viewer.commands.benchmarks.network_matrix import torch_networks as networks

    builders: dict[str, Callable[[], nn.Module]] = {
        "convolutions, batch norm": networks.batch_norm_network,
        "residual, group norm": networks.ResidualNetwork,
        "inverted residual, ReLU6": networks.InvertedResidualNetwork,
        "U-Net, instance norm": networks.SmallUNet,
        "squeeze and excitation": networks.SqueezeExcitation,
        "multi-head attention": networks.AttentionNetwork,
        "TransformerEncoder": lambda: networks.EncoderNetwork(norm_first=False),
        "TransformerEncoder, norm first": lambda: networks.EncoderNetwork(norm_first=True),
        "gated linear units": networks.GatedNetwork,
        "adaptive maximum pool": networks.adaptive_maximum_network,
        "maximum of an axis": networks.MaximumNetwork,
        "logsumexp pool": networks.LogSumExpNetwork,
        "top k of patches": networks.TopKNetwork,
        "spatial transformer": networks.SpatialTransformer,
        "masked mean": networks.MaskedMean,
        "maxout": networks.Maxout,
        "LSTM over slices": lambda: networks.RecurrentNetwork("LSTM"),
        "GRU over slices": lambda: networks.RecurrentNetwork("GRU"),
        "weight and spectral norm": networks.normalised_weights,
        "pruned": networks.pruned_network,
        "autocast block": networks.AutocastNetwork,
        "float64": lambda: networks.batch_norm_network().double(),
        "half precision": lambda: networks.batch_norm_network().bfloat16(),
        "batch statistics": networks.batch_statistics_network,
        "one number": networks.OneNumber,
    }
    return tuple(NetworkCase("torch", name, build, VOLUME) for name, build in builders.items())
