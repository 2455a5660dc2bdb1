"""Building a network without memory for its weights, which are put in from a file afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode


class InitEmptyWeights(TorchFunctionMode):
    """Make what ``torch.empty`` makes inside, as layers make their weights, without memory (device meta).

    Unlike ``torch.device("meta")`` it leaves alone what networks compute while they are built, such as the
    drop rates that SwinUNETR reads from a ``linspace``.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the function, with the device meta where it makes empty tensors."""
        del types
        given = dict(kwargs or {})
        if func is torch.empty:
            given["device"] = "meta"
        return func(*args, **given)
