"""Access to ``Tensor.data`` in a network's code, which torch.export cannot follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode


class DataAsDetached(TorchFunctionMode):
    """Read ``x.data`` as ``x.detach()``, an operator that is traced and has the same values.

    The shortcut A of MedicalNet's ResNets (Chen et al. 2019) is written with it.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: tuple[type, ...],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function of torch, or `torch.Tensor.detach` in its place."""
        del types
        if func == torch.Tensor.data.__get__:  # type: ignore[attr-defined]
            return args[0].detach()
        return func(*args, **(kwargs or {}))
