"""Model files that run code of their own when they are loaded: TorchScript and Python."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ModelError

if TYPE_CHECKING:
    from torch import nn


def load_torchscript(path: Path) -> nn.Module:
    """Load the network in a TorchScript archive. It can be run and differentiated, but has no operator graph.

    Raises
    ------
    ModelError
        The archive cannot be loaded.
    """
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            script: nn.Module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, OSError) as error:
        message = str(error).strip().partition("\n")[0]
        raise ModelError(path, f"cannot be loaded as TorchScript ({message})") from error
    for parameter in script.parameters():
        parameter.requires_grad_(False)
    return script.eval()


def load_python(path: Path, function: str) -> nn.Module:
    """Return the network that a function in a Python file returns when called without arguments.

    Raises
    ------
    ModelError
        The file has no such function, raises an error, or returns something else.
    """
    from torch import nn

    specification = importlib.util.spec_from_file_location(f"trusted_{path.stem}", path)
    if specification is None or specification.loader is None:
        raise ModelError(path, "is not a Python file")
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
        factory = getattr(module, function, None)
        if not callable(factory):
            raise ModelError(path, f"has no function {function!r}")
        network = factory()
    except ModelError:
        raise
    except Exception as error:  # user code may raise any exception
        raise ModelError(path, f"failed with {type(error).__name__}: {error}") from error
    if not isinstance(network, nn.Module):
        raise ModelError(path, f"{function}() returns no torch.nn.Module")
    return network.eval().requires_grad_(False)
