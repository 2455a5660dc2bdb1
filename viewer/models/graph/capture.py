"""Capture of a module as an operator graph with torch.export, without changing the module.

A private copy of the module that shares its weights is exported, in evaluation mode.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import sys
import threading
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from threading import RLock
from typing import Any, Final, TextIO

import torch
from torch.export import Dim, ExportedProgram, export
from torch.nn.utils.prune import BasePruningMethod

from viewer.models.graph.data_access import DataAsDetached
from viewer.models.graph.dynamic_batch import make_batch_dynamic
from viewer.models.graph.exported_program import read_program
from viewer.models.graph.fusion.fuse import fuse_operators
from viewer.models.graph.graph import OperatorGraph
from viewer.models.graph.lowering.aten_call import CaptureError
from viewer.models.graph.lowering.functionalization import OverwriteError
from viewer.models.network_errors import describe_failure, find_failing_line

EXPORT_LOCK: Final = RLock()
"""Lock of torch.export, which changes the state of the whole process while it runs."""

WEIGHT_HOOKS = frozenset({"WeightNorm", "SpectralNorm"})
"""Names of torch's hooks that compute a weight before the module runs."""

RECORDING_HOOKS = frozenset({"transformers.utils.output_capturing"})
"""Python modules whose hooks only record outputs, on request."""

DynamicShapes = Mapping[int, Any] | None
"""Dynamic dimensions of the input for torch.export; None fixes them all."""


def capture(module: torch.nn.Module, example: torch.Tensor) -> OperatorGraph:
    """Capture a module in evaluation mode as a graph, for any batch of inputs of the example's size.

    Parameters
    ----------
    module
        Module with one input tensor (N, C, spatial...). The graph shares its weights; it is not changed.
    example
        Example input; only its shape and dtype matter.

    Raises
    ------
    CaptureError
        It cannot be captured; the message names the operator or the source line.
    """
    return try_export(module, example, [{0: Dim.DYNAMIC}, None])


def preload_torch_export() -> None:
    """Import what torch.export needs, which takes one to two seconds once per process.

    Called in a background thread at start-up, so that the first network does not have to wait.
    """
    export_module(torch.nn.ReLU(), torch.zeros(2, 2), {0: Dim.DYNAMIC})


def try_export(
    module: torch.nn.Module, example: torch.Tensor, dynamic_shapes_options: Sequence[DynamicShapes]
) -> OperatorGraph:
    """Return the graph of the first attempt that succeeds; raise the last error if none does."""
    refuse_hooks(module)
    last_error: CaptureError | None = None
    for sizes in dynamic_shapes_options:
        # torch.export specialises sizes 0 and 1: a dynamic batch needs at least two samples.
        batch = 1 if sizes is None else 2
        example_batch = torch.zeros((batch, *example.shape[1:]), dtype=example.dtype, device=example.device)
        try:
            graph = graph_from_program(export_module(module, example_batch, sizes))
        except CaptureError as error:
            last_error = error
        else:
            return make_batch_dynamic(graph) if sizes is None else graph
    assert last_error is not None
    raise last_error


def graph_from_program(program: ExportedProgram) -> OperatorGraph:
    """Return the graph of an exported program.

    Raises
    ------
    CaptureError
        A part of it is not supported.
    """
    try:
        if not _has_nested_blocks(program):
            return fuse_operators(read_program(program))
    except OverwriteError:
        pass
    with EXPORT_LOCK, silence_torch():
        decomposed = program.run_decompositions({})
    return fuse_operators(read_program(decomposed))


def _has_nested_blocks(program: ExportedProgram) -> bool:
    """Return whether a part of a program is nested in an operator, such as a block of torch.autocast."""
    return any(isinstance(node.target, torch._ops.HigherOrderOperator) for node in program.graph.nodes)


def export_module(
    module: torch.nn.Module, example: torch.Tensor, dynamic_shapes: DynamicShapes
) -> ExportedProgram:
    """Export a private copy of a module.

    Raises
    ------
    CaptureError
        torch.export fails.
    """
    # With gradients on, a `no_grad` block of the network would become a submodule of its own.
    with EXPORT_LOCK, silence_torch(), torch.no_grad():
        try:
            return _export_copy(module, example, dynamic_shapes)
        except CaptureError:
            raise
        except Exception as error:
            # The network's own code may raise an exception of any type.
            raise CaptureError(
                type(module).__name__,
                f"cannot be captured{find_failing_line(error)}: "
                f"{describe_failure(error, include_line=False)}",
                "methods that need only its outputs or its gradient still run",
            ) from error


def _export_copy(
    module: torch.nn.Module, example: torch.Tensor, dynamic_shapes: DynamicShapes
) -> ExportedProgram:
    """Export a private copy of a module; if its code reads ``Tensor.data``, trace that as ``detach``."""
    dynamic = None if dynamic_shapes is None else (dict(dynamic_shapes),)

    def export_copy() -> ExportedProgram:
        return export(copy_sharing_weights(module), (example,), strict=False, dynamic_shapes=dynamic)

    try:
        return export_copy()
    except RuntimeError as error:
        # A tensor read through `Tensor.data` is not traced, and ends up among the constants.
        if "fake tensor" not in str(error):
            raise
    with DataAsDetached():
        return export_copy()


def copy_sharing_weights(module: torch.nn.Module) -> torch.nn.Module:
    """Copy a module in evaluation mode, sharing its weights and without backward hooks.

    Raises
    ------
    CaptureError
        The module holds something that cannot be copied.
    """
    memo: dict[int, Any] = {}
    for submodule in module.modules():
        for tensor in (*submodule.parameters(recurse=False), *submodule.buffers(recurse=False)):
            memo[id(tensor)] = tensor
        for value in vars(submodule).values():
            # Weights computed by hooks are not leaves of autograd, and cannot be deep-copied.
            if isinstance(value, torch.Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach()
        for hooks in (submodule._backward_hooks, submodule._backward_pre_hooks):
            memo[id(hooks)] = OrderedDict()
    try:
        module_copy = copy.deepcopy(module, memo).eval()
    except Exception as error:
        # A module may hold any object, and copying may raise an exception of any type.
        raise CaptureError(
            type(module).__name__, f"cannot be copied: {describe_failure(error, include_line=False)}"
        ) from error
    for submodule in module_copy.modules():
        if type(submodule).forward is torch.nn.Identity.forward:
            submodule.forward = _apply_identity
    return module_copy


def _apply_identity(x: Any) -> Any:
    """Apply ``nn.Identity`` as an operator, so that it appears in the graph."""
    return torch.ops.aten.alias(x) if isinstance(x, torch.Tensor) else x


def _preserves_outputs(hook: object) -> bool:
    """Return whether a hook only computes a weight before the module runs, or only records values."""
    records_values = getattr(hook, "__module__", "") in RECORDING_HOOKS
    return records_values or type(hook).__name__ in WEIGHT_HOOKS or isinstance(hook, BasePruningMethod)


def refuse_hooks(module: torch.nn.Module) -> None:
    """Refuse a module with forward hooks, whose effect would be missing in the graph.

    Raises
    ------
    CaptureError
        It has forward hooks that may change its outputs.
    """
    for path, submodule in module.named_modules():
        hooks = [*submodule._forward_hooks.values(), *submodule._forward_pre_hooks.values()]
        if not all(map(_preserves_outputs, hooks)):
            label = path or type(module).__name__
            raise CaptureError(
                label, "has forward hooks, which a graph cannot represent", "remove them first"
            )


class OtherThreadsStream:
    """Stream that passes on the output of other threads, and drops that of the current one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._muted_thread = threading.get_ident()

    def write(self, text: str) -> int:
        """Write the text, or drop it."""
        return len(text) if threading.get_ident() == self._muted_thread else self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextlib.contextmanager
def silence_torch() -> Iterator[None]:
    """Turn off warnings, logging and printing, and the fused attention operator.

    This changes the state of the whole process: only one thread at a time may use it.
    """
    logger = logging.getLogger("torch")
    level = logger.level
    fast_path_enabled = torch.backends.mha.get_fastpath_enabled()
    stderr = sys.stderr
    try:
        logger.setLevel(logging.CRITICAL + 1)
        torch.backends.mha.set_fastpath_enabled(False)
        sys.stderr = OtherThreadsStream(stderr)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stderr = stderr
        torch.backends.mha.set_fastpath_enabled(fast_path_enabled)
        logger.setLevel(level)
