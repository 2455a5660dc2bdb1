"""Models from modules in memory: copying, running the example, and selecting the output."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from viewer.errors import ModelError
from viewer.jobs.memory import is_out_of_memory
from viewer.models.input_layout import InputLayout, accept_packed_input, layout_from_examples
from viewer.models.network_errors import describe_failure
from viewer.models.output_selection import OutputCandidate, flatten_outputs, return_one_output, select_output

WRAP_REMEDY = "wrap it in a module that takes the one to be explained and holds the others fixed"


def copy_module(module: nn.Module) -> nn.Module:
    """Return a frozen copy on the CPU in evaluation mode that shares no memory with the network.

    Raises
    ------
    ModelError
        It has no weights yet, is quantised, or contains something that cannot be copied.
    """
    name = type(module).__name__
    _check_module(module, name)
    memo: dict[int, Any] = {}
    for submodule in module.modules():
        for parameter in submodule.parameters(recurse=False):
            clone = parameter.detach().clone().cpu()
            memo[id(parameter)] = nn.Parameter(clone, requires_grad=False)
        for buffer in submodule.buffers(recurse=False):
            memo[id(buffer)] = buffer.detach().clone().cpu()
        for value in vars(submodule).values():
            # Weights computed by hooks (old weight_norm, pruning) are not leaves, and cannot be deep-copied.
            if isinstance(value, torch.Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone().cpu()
    try:
        return copy.deepcopy(module, memo).eval()
    except Exception as error:
        # A module may hold any object, and copying may raise an exception of any type.
        raise ModelError(name, f"cannot be copied ({describe_failure(error)})") from error


def _check_module(module: nn.Module, name: str) -> None:
    quantised = next((path for path, submodule in module.named_modules() if _is_quantised(submodule)), None)
    if quantised is not None:
        location = quantised or name
        remedy = "give the floating-point network that it was made from"
        raise ModelError(name, f"is quantised (at {location}), and has no derivative", remedy)
    tensors = (*module.named_parameters(), *module.named_buffers())
    if any(is_lazy(tensor) for _, tensor in tensors):
        raise ModelError(name, "has uninitialised weights", "run it once on an example")
    missing = next((path for path, tensor in tensors if tensor.is_meta), None)
    if missing is not None:
        raise ModelError(name, f"has no values for {missing!r} (device meta)", "load its weights first")


def _is_quantised(module: nn.Module) -> bool:
    module_name = type(module).__module__
    is_packed = module_name.startswith(("torch.ao.nn", "torch.nn.quantized")) and ".qat" not in module_name
    return is_packed or any(
        isinstance(value, torch.Tensor) and value.is_quantized for value in vars(module).values()
    )


def module_dtype(module: nn.Module) -> torch.dtype:
    """Return the dtype of a network: that of its first weight."""
    tensors = (*module.parameters(), *module.buffers())
    return next((tensor.dtype for tensor in tensors if tensor.is_floating_point()), torch.float32)


def convert_examples(module: nn.Module, example: object) -> tuple[torch.Tensor, InputLayout | None]:
    """Return the example as one tensor on the CPU in the network's precision, and the layout of its parts.

    A private copy that takes several inputs is changed to take this one tensor.

    Raises
    ------
    ModelError
        Inputs are not images of one size and numbers, or not as many as the network takes.
    """
    name = type(module).__name__
    if isinstance(example, torch.Tensor):
        return _convert_example(module, example), None
    if not isinstance(example, Sequence | Mapping) or isinstance(example, str) or not example:
        raise ModelError(name, f"is given {type(example).__name__} as the example", "give a tensor")
    parameters = _argument_names(module)
    required = _required_argument_names(module)
    remedy = f"it takes {', '.join(required or parameters)}"
    if isinstance(example, Mapping):
        # Tensors are passed later in the network's order, whatever the order of the dictionary.
        examples = {str(key): tensor for key, tensor in example.items()}
        unknown = [key for key in examples if key not in parameters]
        missing = [key for key in required if key not in examples]
        if unknown:
            raise ModelError(name, f"has no input {', '.join(map(repr, unknown))}", remedy)
        if missing:
            raise ModelError(name, f"lacks an example for {', '.join(map(repr, missing))}", remedy)
        names = [key for key in parameters if key in examples]
        tensors = [examples[key] for key in names]
    else:
        names, tensors = parameters[: len(example)], list(example)
        if len(names) != len(tensors) or not set(required) <= set(names):
            raise ModelError(name, f"is given {len(tensors)} input{'s' * (len(tensors) != 1)}", remedy)
    if not all(isinstance(item, torch.Tensor) for item in tensors):
        raise ModelError(name, "is given something other than tensors as the example", WRAP_REMEDY)
    layout = layout_from_examples(names, tensors, name)
    kind = module_dtype(module)
    x = layout.pack([item.detach().to("cpu", kind) for item in tensors])
    accept_packed_input(module, layout)
    return x, layout


def _convert_example(module: nn.Module, example: torch.Tensor) -> torch.Tensor:
    """Return a single tensor on the CPU, in the network's precision."""
    name = type(module).__name__
    required = _required_argument_names(module)
    if len(required) > 1:
        problem = f"takes {len(required)} inputs ({', '.join(required)}), but is given one as the example"
        raise ModelError(name, problem, "give one for each: an image, and numbers (N, K)")
    if example.dim() < 2 or not example.is_floating_point():
        shape = "×".join(map(str, example.shape)) or "one number"
        raise ModelError(
            name, f"is given {shape} of {example.dtype} as the example", "give (N, C, spatial...) of floats"
        )
    return example.detach().to("cpu", module_dtype(module))


def _positional_parameters(module: nn.Module) -> list[inspect.Parameter]:
    """Return the positional parameters of the network's ``forward``."""
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return []  # no signature outside of Python; calling it will show
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [parameter for parameter in parameters if parameter.kind in kinds]


def _argument_names(module: nn.Module) -> list[str]:
    """Return the arguments of the network's ``forward``."""
    return [parameter.name for parameter in _positional_parameters(module)]


def _required_argument_names(module: nn.Module) -> list[str]:
    """Return the arguments of the network's ``forward`` that have no default."""
    return [
        parameter.name
        for parameter in _positional_parameters(module)
        if parameter.default is inspect.Parameter.empty
    ]


def resolve_output(
    module: nn.Module,
    x: torch.Tensor,
    expected_counts: Sequence[int],
    requested_label: str | int | None = None,
) -> tuple[torch.Tensor, str, tuple[tuple[OutputCandidate, ...], str]]:
    """Make a private copy return one tensor (N, outputs, ...); return that tensor for ``x``, and a note.

    The last part of the result is all tensors that the network returns, and the label of the selected one.

    Raises
    ------
    ModelError
        The network does not accept ``x``, or the output to explain is ambiguous.
    """
    name = type(module).__name__
    outputs = dict(flatten_outputs(_run_example(module, x, name)))
    tensors = {label: tensor for label, tensor in outputs.items() if tensor.is_floating_point()}
    if outputs and not tensors:
        kinds = ", ".join(sorted({str(tensor.dtype).removeprefix("torch.") for tensor in outputs.values()}))
        raise ModelError(name, f"returns {kinds}", "leave out the argmax or the threshold at its end")
    candidates = [OutputCandidate(label, tuple(tensor.shape)) for label, tensor in tensors.items()]
    selected, note = select_output(candidates, expected_counts, requested_label, name)
    output = tensors[selected.label]
    if output.dim() > 1 and len(output) != len(x):
        shape = "×".join(map(str, output.shape))
        raise ModelError(name, f"returns {shape} for {len(x)} scan(s)", "its first axis must be the scans")
    if output.dim() < 2:
        doubled = dict(flatten_outputs(_run_example(module, torch.cat([x, x]), name)))[selected.label]
        if doubled.numel() != 2 * output.numel():
            raise ModelError(
                name, "returns one output for a whole batch", "it must return one output per scan"
            )
    if selected.label or output.dim() < 2:
        return_one_output(module, selected.label)
        output = output if output.dim() > 1 else output.reshape(len(x), -1)
    return output, note, (tuple(candidates), selected.label)


def _run_example(module: nn.Module, x: torch.Tensor, name: str) -> Any:
    shape = "×".join(map(str, x.shape))
    try:
        with torch.no_grad():
            return module(x.clone())
    except Exception as error:
        # The network's own code may raise an exception of any type.
        if is_out_of_memory(error):
            raise
        raise ModelError(name, f"does not take the example of {shape} ({describe_failure(error)})") from error
