"""How a network ends that no operator graph can be made of: found out while its own code runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from viewer.models.output_range import UNLIMITED, OutputRange, is_known, range_after

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
        torch.select,
        torch.squeeze,
        torch.unsqueeze,
        torch.Tensor.__getitem__,
        torch.Tensor.clone,
        torch.Tensor.contiguous,
        torch.Tensor.double,
        torch.Tensor.flatten,
        torch.Tensor.float,
        torch.Tensor.reshape,
        torch.Tensor.select,
        torch.Tensor.squeeze,
        torch.Tensor.to,
        torch.Tensor.unsqueeze,
        torch.Tensor.view,
    }
)
"""Functions that may come after them: they move values and change none."""

CHOOSING = frozenset({torch.select, torch.Tensor.select, torch.Tensor.__getitem__})
"""Those that keep only some: a softmax of fewer would be another."""

MAX_RECORDED = 8
"""So many of the last results are remembered."""


class EndingTracer(TorchFunctionMode):
    """Remember what goes into every softmax and sigmoid, and between which numbers results must lie.

    A network that runs inside is not changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._recorded: dict[int, tuple[torch.Tensor, torch.Tensor, str]] = {}
        self._ranges: dict[int, tuple[torch.Tensor, OutputRange]] = {}

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
            self._record(answer, before, "sigmoid")
            self._note_range(func, answer, args, kwargs)
            return answer
        answer = func(*args, **kwargs)
        if func is torch.Tensor.__setitem__ or (answer is taken and func not in RESHAPING):
            self._recorded.pop(id(taken), None)  # overwritten: no longer what the activation gave
        if func in ACTIVATIONS:
            self._record(answer, taken, ACTIVATIONS[func])
        elif func in RESHAPING and id(taken) in self._recorded:
            _, before, name = self._recorded[id(taken)]
            if name == "sigmoid" or func not in CHOOSING:
                self._record(answer, func(before, *args[1:], **kwargs), name)
        self._note_range(func, answer, args, kwargs)
        return answer

    def _note_range(
        self, func: Callable[..., Any], answer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        """Remember the range of a result, or of each of several."""
        if func is torch.Tensor.__setitem__:
            self._ranges.pop(id(args[0]), None)
            return
        made = answer if isinstance(answer, (tuple, list)) else (answer,)
        tensors = [one for one in made if isinstance(one, torch.Tensor)]
        if not tensors:
            return
        operator, found = getattr(func, "__name__", ""), UNLIMITED
        if is_known(operator):  # of others, no weights need be looked through
            named = {name: self._as_range(value) for name, value in kwargs.items()}
            first = (named.pop("input"),) if "input" in named else ()
            found = range_after(operator, [*first, *(self._as_range(value) for value in args)], named)
        for tensor in tensors:
            self._ranges.pop(id(tensor), None)
            if not found.unlimited:
                self._ranges[id(tensor)] = (tensor, found)
        while len(self._ranges) > MAX_RECORDED:
            del self._ranges[next(iter(self._ranges))]

    def _as_range(self, value: Any) -> Any:
        """The range of an argument that is a tensor, also inside a list; another argument as it is."""
        if isinstance(value, torch.nn.Parameter) and value.numel() and not value.is_complex():
            low, high = value.detach().aminmax()
            return OutputRange(float(low), float(high))
        if isinstance(value, torch.Tensor):
            return self.range_of(value)
        if isinstance(value, (tuple, list)):
            return [self._as_range(one) for one in value]
        return value

    def _record(self, answer: torch.Tensor, before: torch.Tensor, name: str) -> None:
        """Keep the answer alive, too: another tensor may otherwise be given its identity."""
        self._recorded[id(answer)] = (answer, before, name)
        while len(self._recorded) > MAX_RECORDED:  # those inside, as of attention, are large and not the end
            del self._recorded[next(iter(self._recorded))]

    def find_input(self, answer: torch.Tensor) -> tuple[torch.Tensor, str | None]:
        """Return what went into the activation that gave ``answer``, and its word; itself where none did."""
        if id(answer) not in self._recorded:
            return answer, None
        _, before, name = self._recorded[id(answer)]
        return before, name

    def range_of(self, answer: torch.Tensor) -> OutputRange:
        """Return between which numbers ``answer`` must lie, as far as what made it tells."""
        return self._ranges[id(answer)][1] if id(answer) in self._ranges else UNLIMITED
