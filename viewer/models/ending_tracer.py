"""Final activation and output range of a network without operator graph, traced while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from viewer.models.operator_ranges import find_result_range, has_rule
from viewer.models.output_range import UNLIMITED, OutputRange
from viewer.models.softmax_axis import is_along_classes, softmax_groups

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
"""Functions that only rescale a network's outputs, and the operator name of each."""

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
"""Functions that may follow an activation: they move values without changing them."""

CHOOSING = frozenset({torch.select, torch.Tensor.select, torch.Tensor.__getitem__})
"""Functions that select values: a softmax over fewer values would differ."""

COPYING = frozenset(
    {
        torch.Tensor.clone,
        torch.Tensor.contiguous,
        torch.Tensor.double,
        torch.Tensor.float,
        torch.Tensor.to,
    }
)
"""Functions that return every value at its position."""

MAX_DERIVED = 1 << 20
"""Maximum number of values of a tensor computed from constants that is remembered."""

MAX_RECORDED = 8
"""Number of recent results that are remembered."""


@dataclass(frozen=True)
class AppliedActivation:
    """Recorded call of an activation.

    Parameters
    ----------
    output, input
        Its output and its input, both after any subsequent reshaping.
    name
        Operator name.
    groups
        For a softmax: the groups of values that add up to 1 (`softmax_groups`), reshaped likewise.
    group_size
        For a softmax: number of values per group.
    """

    output: torch.Tensor
    input: torch.Tensor
    name: str
    groups: torch.Tensor | None = None
    group_size: int = 0

    @property
    def is_final(self) -> bool:
        """Whether it is applied over the classes, provided that its output is the network's output."""
        return self.groups is None or is_along_classes(self.groups, self.group_size)


class EndingTracer(TorchFunctionMode):
    """Context manager that traces the input of every softmax and sigmoid, and the range of every result.

    The network that runs in it is not changed.

    Parameters
    ----------
    constants
        The network's buffers: like its parameters, they have the same values in every run.
    """

    def __init__(self, constants: Iterable[torch.Tensor] = ()) -> None:
        super().__init__()
        self._constants = {id(tensor): tensor for tensor in constants}
        self._activations: dict[int, AppliedActivation] = {}
        self._ranges: dict[int, tuple[torch.Tensor, OutputRange]] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the function, and record it if it is an activation or moves the result of one."""
        del types
        kwargs = kwargs or {}
        first_input: Any = args[0] if args else kwargs.get("input")
        if func is torch.sigmoid_ or func is torch.Tensor.sigmoid_:
            before = first_input.clone()
            result = func(*args, **kwargs)
            self._record_activation(AppliedActivation(result, before, "sigmoid"))
            self._record_range(func, result, args, kwargs)
            return result
        result = func(*args, **kwargs)
        if func is torch.Tensor.__setitem__ or (result is first_input and func not in RESHAPING):
            self._activations.pop(id(first_input), None)  # overwritten: no longer the activation's output
        if func in ACTIVATIONS:
            name, dim = ACTIVATIONS[func], _softmax_dim(result, args, kwargs)
            groups = None if name == "sigmoid" else softmax_groups(result.shape, dim)
            count = 0 if name == "sigmoid" else result.shape[dim]
            self._record_activation(AppliedActivation(result, first_input, name, groups, count))
        elif func in RESHAPING and id(first_input) in self._activations:
            activation = self._activations[id(first_input)]
            if activation.name == "sigmoid" or func not in CHOOSING:
                groups = activation.groups
                if groups is not None and func not in COPYING:
                    groups = func(groups.contiguous(), *args[1:], **kwargs)
                before = func(activation.input, *args[1:], **kwargs)
                self._record_activation(
                    AppliedActivation(result, before, activation.name, groups, activation.group_size)
                )
        self._record_range(func, result, args, kwargs)
        return result

    def _record_range(
        self, func: Callable[..., Any], result: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        """Record the range of one or several results."""
        if func is torch.Tensor.__setitem__:
            self._ranges.pop(id(args[0]), None)
            self._constants.pop(id(args[0]), None)
            return
        results = result if isinstance(result, (tuple, list)) else (result,)
        tensors = [item for item in results if isinstance(item, torch.Tensor)]
        if not tensors:
            return
        operator, output_range = getattr(func, "__name__", ""), UNLIMITED
        if has_rule(operator) and self._has_only_constant_tensors((*args, *kwargs.values())):
            self._constants |= {id(tensor): tensor for tensor in tensors if tensor.numel() <= MAX_DERIVED}
            return
        for tensor in tensors:
            self._constants.pop(id(tensor), None)  # a buffer that was written to
        if has_rule(operator):  # otherwise the ranges of its arguments are not needed
            keywords = {name: self._as_range(value) for name, value in kwargs.items()}
            input_range = (keywords.pop("input"),) if "input" in keywords else ()
            arguments = [*input_range, *(self._as_range(value) for value in args)]
            if ACTIVATIONS.get(func) == "softmax":
                arguments, keywords = [*arguments[:1], _softmax_dim(result, args, kwargs) - result.dim()], {}
            output_range = find_result_range(operator, arguments, keywords)
        for tensor in tensors:
            self._ranges.pop(id(tensor), None)
            if output_range != UNLIMITED or output_range.exceeds is not None:
                self._ranges[id(tensor)] = (tensor, output_range)
        while len(self._ranges) > MAX_RECORDED:
            del self._ranges[next(iter(self._ranges))]

    def _is_constant(self, value: Any) -> bool:
        """Return whether a tensor is a parameter, a buffer, or computed only from these."""
        return isinstance(value, torch.nn.Parameter) or id(value) in self._constants

    def _has_only_constant_tensors(self, arguments: tuple[Any, ...]) -> bool:
        """Return whether all tensor arguments are constants; False if there are lists of tensors."""
        tensors = [value for value in arguments if isinstance(value, torch.Tensor)]
        lists = any(isinstance(value, (tuple, list)) and _contains_tensors(value) for value in arguments)
        return bool(tensors) and not lists and all(self._is_constant(tensor) for tensor in tensors)

    def _as_range(self, value: Any) -> Any:
        """Return the range of a tensor argument, also inside a list; constants stay as they are."""
        if self._is_constant(value):
            return value.detach()
        if isinstance(value, torch.Tensor):
            return replace(self.find_range(value), origin=value)
        if isinstance(value, (tuple, list)):
            return [self._as_range(item) for item in value]
        return value

    def _record_activation(self, activation: AppliedActivation) -> None:
        """Record a call and keep its output alive, as another tensor could otherwise get its id."""
        self._activations[id(activation.output)] = activation
        while (
            len(self._activations) > MAX_RECORDED
        ):  # inner ones, such as attention's, are large and not final
            del self._activations[next(iter(self._activations))]

    def find_input(self, output: torch.Tensor) -> tuple[torch.Tensor, str | None]:
        """Return the input and name of the activation that returned ``output``; else ``output`` and None."""
        activation = self._activations.get(id(output))
        return (
            (output, None)
            if activation is None or not activation.is_final
            else (activation.input, activation.name)
        )

    def find_range(self, output: torch.Tensor) -> OutputRange:
        """Return the range of ``output`` as far as the operators before it are known."""
        return self._ranges[id(output)][1] if id(output) in self._ranges else UNLIMITED


def _contains_tensors(values: Iterable[Any]) -> bool:
    """Return whether any value is a tensor."""
    return any(isinstance(value, torch.Tensor) for value in values)


def _softmax_dim(result: torch.Tensor, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> int:
    """Return the axis of a softmax, from 0; PyTorch's implicit one if the call has none."""
    dim = kwargs.get("dim", args[1] if len(args) > 1 else None)
    if not isinstance(dim, int):
        dim = 0 if result.dim() in (0, 1, 3) else 1
    return dim % max(result.dim(), 1)
