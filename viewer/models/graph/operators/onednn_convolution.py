"""Convolutions by oneDNN where PyTorch would use its own, slower code.

PyTorch leaves a single sample to oneDNN only if its channels × first axis × second axis exceed 20,480
(``use_mkldnn`` in aten/src/ATen/native/Convolution.cpp). A convolution of 8 to 16 channels at 24³ takes
4.7 ms with PyTorch's code and 1.2 ms with oneDNN; one of 32 to 64 at 4³ takes 0.15 and 0.13 ms (AVX-512, one
core).
"""

from __future__ import annotations

import torch

from viewer.models.graph.operators.conv_geometry import ConvGeometry, Shape

Tensor = torch.Tensor


def is_tracked_by_autograd(x: Tensor, weight: Tensor) -> bool:
    """Return whether autograd records what is computed from these tensors."""
    return torch.is_grad_enabled() and (x.requires_grad or weight.requires_grad)


def uses_onednn(x: Tensor, weight: Tensor, geometry: ConvGeometry) -> bool:
    """Return whether `convolution` leaves a convolution to oneDNN.

    Not within autograd, and not for kernels of one voxel, which are matrix products.
    """
    return (
        x.device.type == "cpu"
        and x.dtype == weight.dtype == torch.float32
        and x.dim() in (4, 5)
        and geometry.groups == 1
        and max(weight.shape[2:]) > 1
        and x.numel() > 0
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and bool(torch.backends.mkldnn.enabled)
        and not is_tracked_by_autograd(x, weight)
    )


def vector_width() -> int:
    """Return how many output channels oneDNN computes in parallel in float32."""
    return 16 if torch.backends.cpu.get_cpu_capability() == "AVX512" else 8


def convolution(x: Tensor, weight: Tensor, bias: Tensor | None, geometry: ConvGeometry) -> Tensor:
    """Compute W x + b: x (N, C, spatial...), weight (out, C / groups, kernel...)."""
    stride, padding, dilation, groups = geometry.stride, geometry.padding, geometry.dilation, geometry.groups
    if uses_onednn(x, weight, geometry):
        output: Tensor = torch.ops.aten.mkldnn_convolution(
            x.contiguous(), weight.contiguous(), bias, padding, stride, dilation, groups
        )
        return output
    zeros = (0,) * (weight.dim() - 2)
    return torch.convolution(x, weight, bias, stride, padding, dilation, False, zeros, groups)


def transposed_convolution(s: Tensor, weight: Tensor, geometry: ConvGeometry, size: Shape) -> Tensor:
    """Compute Wᵀ s with the spatial ``size``; voxels at the far end that no window reached are zero."""
    stride, padding, dilation = geometry.stride, geometry.padding, geometry.dilation
    output_padding = tuple(
        length - ((count - 1) * step - 2 * pad + spacing * (taps - 1) + 1)
        for length, count, step, pad, spacing, taps in zip(
            size, s.shape[2:], stride, padding, dilation, weight.shape[2:], strict=True
        )
    )
    return torch.convolution(
        s, weight, None, stride, padding, dilation, True, output_padding, geometry.groups
    )
