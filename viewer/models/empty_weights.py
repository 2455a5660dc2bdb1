"""Building of a network without allocating its weights, which are loaded from a file afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode


class InitEmptyWeights(TorchFunctionMode):
    """Context in which ``torch.empty``, as layers call it for their weights, uses the meta device.

    Unlike ``torch.device("meta")`` it does not affect what networks compute while they are built, such as
    the drop rates that SwinUNETR reads from a ``linspace``.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the function, on the meta device if it creates empty tensors."""
        del types
        call_kwargs = dict(kwargs or {})
        if func is torch.empty:
            call_kwargs["device"] = "meta"
        return func(*args, **call_kwargs)
