"""Errors of a network's own code as sentences: what does not fit, and where, instead of torch's message."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import Cancelled, ModelError, ViewerError
from viewer.jobs.memory import is_out_of_memory

if TYPE_CHECKING:
    import torch

SENTENCES: tuple[tuple[str, str], ...] = (
    (
        r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)",
        r"a dense layer takes \3 values and is given \2",
    ),
    (
        r"weight of size .* to have (\d+) channels, but got (\d+) channels instead",
        r"a convolution takes \1 channels and is given \2",
    ),
    (
        r"tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)",
        r"two tensors of the sizes \1 and \2 are combined along axis \3",
    ),
    (
        r"Sizes of tensors must match except in dimension (\d+)\. Expected \D*(\d+) .*but got \D*(\d+)",
        r"values of the sizes \2 and \3 are joined along axis \1",
    ),
    (r"Kernel size can't be greater than actual input size", "the input is smaller than a layer's window"),
    (r"[Oo]utput size is too small|smaller than kernel size", "the input is smaller than a layer's window"),
    (
        r"Padding size should be less than the corresponding input dim",
        "the input is smaller than the padding",
    ),
    (
        r"Expected (\d)D \(unbatched\) or (\d)D \(batched\) input to (\w+), but got input of size: \[(.*)\]",
        r"\3 is given an input of \4",
    ),
    (r"shape '\[(.*)\]' is invalid for input of size (\d+)", r"\2 values do not fill the shape \1"),
    (
        r"normalized_shape=\[(.*)\], .* but got input of size\[(.*)\]",
        r"a layer norm of \1 is given \2",
    ),
    (r"running_mean should contain (\d+) elements not (\d+)", r"a batch norm of \2 channels is given \1"),
    (r"Expected more than 1 (?:spatial element|value per channel)", "a norm is given one value per channel"),
    (
        r"must have the same dtype|mixed dtype|expected scalar type|same dtype",
        "its layers have different precisions",
    ),
    (
        r"on the same device",
        "its parts are on different devices",
    ),
    (r"call numpy\(\) on Tensor that requires grad", "it computes with NumPy, which has no derivative"),
    (r"numpy\(\) is not supported", "it computes with NumPy, which a graph cannot hold"),
    (r"derivative for '?(?:aten::)?(\w+)'? is not implemented", r"\1 has no derivative"),
    (r"missing (\d+) required positional argument", r"it takes \1 more input(s)"),
    (r"takes (\d+) positional arguments? but (\d+) (?:was|were) given", "it takes no input by position"),
    (r"recursion depth exceeded", "it calls itself endlessly"),
    (r"cannot pickle '(.*)' object|cannot pickle (.*)", r"it holds a \1"),
    (r"fake tensor", "it creates an intermediate tensor that torch.export mistakes for a weight"),
    (r"data-dependent", "its control flow depends on the values of the input"),
    (r"_CachedForward|ScriptModule|ScriptMethod", "it is compiled by TorchScript"),
    (r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)", r"axis \2 has only \3 entries"),
    (r"Dimension out of range", "a tensor has fewer axes than needed"),
)
"""Patterns of torch's messages, and their meaning."""

MAX_LENGTH = 200
"""Largest number of characters shown of a message from the network's own code."""


def describe_failure(error: BaseException, *, include_line: bool = True) -> str:
    """Return why a network's code failed: the message of its own code, or a plain sentence for torch's.

    ``include_line`` adds the line of code if torch's message is not in `SENTENCES`.
    """
    message = str(error).strip()
    for pattern, sentence in SENTENCES:
        match = re.search(pattern, message, re.DOTALL | re.IGNORECASE)
        if match is not None:
            return match.expand(sentence)
    lines = message.splitlines()
    if lines and _is_raised_by_network(error):
        return lines[0].rstrip(" .:")[:MAX_LENGTH]
    return f"an operation fails{find_failing_line(error) if include_line else ''}"


def find_failing_line(error: BaseException) -> str:
    """Return `` at FILE:LINE (CODE)`` for the innermost line outside torch and this program; else empty."""
    import torch

    own_folders = (str(Path(torch.__file__).parent), str(Path(__file__).parents[1]))
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(own_folders) and not frame.filename.startswith("<")
    ]
    if not frames:
        return ""
    innermost = frames[-1]
    code = f" ({innermost.line})" if innermost.line else ""
    return f" at {Path(innermost.filename).name}:{innermost.lineno}{code}"


def _is_raised_by_network(error: BaseException) -> bool:
    """Return whether the network's own code raised the error, and not torch."""
    import torch

    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return False
    innermost = frames[-1]
    is_raise = re.search(r"\b(raise|assert)\b", innermost.line or "") is not None
    return is_raise and not innermost.filename.startswith(str(Path(torch.__file__).parent))


@contextmanager
def network_errors(subject: object, x: torch.Tensor) -> Iterator[None]:
    """Turn exceptions of a network's own code into a ModelError, except those for lack of memory.

    Raises
    ------
    ModelError
        The network does not accept the input.
    """
    try:
        yield
    except (ViewerError, Cancelled):
        raise
    except Exception as error:
        # The network's own code may raise an exception of any type.
        if is_out_of_memory(error):
            raise
        shape = "×".join(map(str, x.shape))
        raise ModelError(subject, f"does not take an input of {shape}: {describe_failure(error)}") from error
