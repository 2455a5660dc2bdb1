"""Run of a network from a file on shapes only: no values are computed or held in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from viewer.errors import ModelError
from viewer.jobs.memory import free_memory
from viewer.models.output_selection import flatten_outputs


class MemoryCheck(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Dispatch mode that refuses results of operators larger than the free memory."""

    def __init__(self, subject: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._subject = subject
        self._free_bytes = free_memory(torch.device("cpu"))

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operator, and check the size of its results."""
        result = func(*args, **(kwargs or {}))
        for value in tree_leaves(result):
            if isinstance(value, torch.Tensor) and self._free_bytes is not None:
                needed = value.numel() * value.element_size()
                if needed > self._free_bytes:
                    raise ModelError(
                        self._subject,
                        f"computes a tensor of {needed / 1e9:,.1f} GB ({func}), more than the free memory",
                        "crop the image, or use a machine with more memory",
                    )
        return result


def run_on_shapes(
    module: nn.Module, shapes: Sequence[Sequence[int]], dtype: torch.dtype, subject: str
) -> dict[str, tuple[int, ...]]:
    """Return the shape of every output of a network by its label, for inputs of the given shapes.

    Raises
    ------
    ModelError
        An operator is invalid, or needs more memory than is free.
    """
    with FakeTensorMode(allow_non_fake_inputs=True), MemoryCheck(subject), torch.no_grad():
        inputs = [torch.empty(tuple(shape), dtype=dtype) for shape in shapes]
        return {label: tuple(tensor.shape) for label, tensor in flatten_outputs(module(*inputs))}
