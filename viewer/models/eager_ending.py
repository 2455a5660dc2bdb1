"""How a network ends that no operator graph can be made of: found out while its own code runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

ACTIVATIONS: Mapping[Any, str] = {
    torch.sigmoid: "sigmoid",
    torch.Tensor.sigmoid: "sigmoid",
    torch.special.expit: "sigmoid",
    functional.sigmoid: "sigmoid",
    torch.softmax: "softmax",
    torch.Tensor.softmax: "softmax",
    torch.special.softmax: "softmax",
    functional.softmax: "softmax",
    torch.log_softmax: "log_softmax",
    torch.Tensor.log_softmax: "log_softmax",
    torch.special.log_softmax: "log_softmax",
    functional.log_softmax: "log_softmax",
}
"""Functions that only rescale a network's outputs, and the operator's word for each."""

RESHAPING = frozenset(
    {
        torch.flatten,
        torch.reshape,
        torch.squeeze,
        torch.unsqueeze,
        torch.Tensor.contiguous,
        torch.Tensor.flatten,
        torch.Tensor.float,
        torch.Tensor.reshape,
        torch.Tensor.squeeze,
        torch.Tensor.unsqueeze,
        torch.Tensor.view,
    }
)
"""Functions that may come after them: they move values and change none."""


LAST = 8
"""So many of the last results are remembered."""


class EagerEnding(TorchFunctionMode):
    """Remember what goes into every softmax and sigmoid; a network that runs inside is not changed."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[int, tuple[torch.Tensor, torch.Tensor, str]] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the function, and note it where it is an activation or moves one's result."""
        del types
        kwargs = kwargs or {}
        taken: Any = args[0] if args else kwargs.get("input")
        if func is torch.sigmoid_ or func is torch.Tensor.sigmoid_:
            before = taken.clone()
            answer = func(*args, **kwargs)
            self._note(answer, before, "sigmoid")
            return answer
        answer = func(*args, **kwargs)
        if func in ACTIVATIONS:
            self._note(answer, taken, ACTIVATIONS[func])
        elif func in RESHAPING and id(taken) in self._seen:
            _, before, name = self._seen[id(taken)]
            self._note(answer, func(before, *args[1:], **kwargs), name)
        return answer

    def _note(self, answer: torch.Tensor, before: torch.Tensor, name: str) -> None:
        """Keep the answer alive, too: another tensor may otherwise be given its identity."""
        self._seen[id(answer)] = (answer, before, name)
        while len(self._seen) > LAST:  # those inside, as of attention, are large and not the end
            del self._seen[next(iter(self._seen))]

    def before(self, answer: torch.Tensor) -> tuple[torch.Tensor, str | None]:
        """Return what went into the activation that gave ``answer``, and its word; itself where none did."""
        if id(answer) not in self._seen:
            return answer, None
        _, before, name = self._seen[id(answer)]
        return before, name
