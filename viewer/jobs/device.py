"""Selection of the compute device by name, or of the fastest one available."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from viewer.errors import ViewerError

if TYPE_CHECKING:
    import torch

DEVICE_NAMES = "auto, cpu, cuda, cuda:N or mps"


def is_device_name(name: str) -> bool:
    """Return whether a name is a valid device name, whether or not this machine has the device."""
    return re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name.strip().lower()) is not None


def select_device(name: str | torch.device = "auto") -> torch.device:
    """Return the device of a given name.

    Parameters
    ----------
    name
        ``auto`` (CUDA if available, else Apple's MPS, else the CPU), ``cpu``, ``cuda``, ``cuda:N``
        or ``mps``.

    Raises
    ------
    ViewerError
        The name is none of these, or this machine has no such device.
    """
    import torch

    requested = str(name).strip().lower()
    if not is_device_name(requested):
        raise ViewerError(f"device {name}", "no such device", f"choose {DEVICE_NAMES}")
    if requested == "auto":
        return fastest_device()
    if requested == "mps" and not torch.backends.mps.is_available():
        raise ViewerError("device mps", "this machine has none", f"it has {_available_devices()}")
    if requested.startswith("cuda"):
        number = int(requested[5:] or 0)
        if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
            raise ViewerError(f"device {requested}", "the installed PyTorch is built without CUDA", "use cpu")
        if number >= torch.cuda.device_count():
            raise ViewerError(
                f"device {requested}", "this machine has none", f"it has {_available_devices()}"
            )
        return torch.device("cuda", number)
    return torch.device(requested)


def fastest_device() -> torch.device:
    """Return CUDA if available, else Apple's MPS, else the CPU."""
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def describe_device(device: torch.device) -> str:
    """Describe a device, such as ``cuda:0, NVIDIA RTX A2000, 6 GiB`` or ``cpu, 8 threads``."""
    import torch

    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"{device}, {properties.name}, {properties.total_memory / 2**30:.0f} GiB"
    if device.type == "mps":
        return "mps, Apple GPU"
    threads = torch.get_num_threads()
    return f"cpu, {threads} thread{'s' if threads != 1 else ''}"


def _available_devices() -> str:
    """Return the names of this machine's devices, separated by commas."""
    import torch

    names = ["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        names.append("mps")
    return ", ".join(names)
