"""List of the networks of the matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec

from viewer.commands.benchmarks.network_matrix import package_cases
from viewer.commands.benchmarks.network_matrix.case import NetworkCase
from viewer.commands.benchmarks.network_matrix.torch_cases import torch_cases

PACKAGES: dict[str, Callable[[], tuple[NetworkCase, ...]]] = {
    "torch": torch_cases,
    "monai": package_cases.monai_cases,
    "dynamic_network_architectures": package_cases.nnunet_cases,
    "timm": package_cases.timm_cases,
    "timm_3d": package_cases.timm_3d_cases,
    "transformers": package_cases.transformers_cases,
    "vit_pytorch": package_cases.vit_pytorch_cases,
}
"""Function that returns the networks of each package."""


def installed_packages() -> tuple[str, ...]:
    """Return the packages of `PACKAGES` that are installed."""
    return tuple(name for name in PACKAGES if find_spec(name) is not None)


def select_cases(packages: Sequence[str] = ()) -> tuple[NetworkCase, ...]:
    """Return the networks of the given packages, by default of all installed ones."""
    return tuple(case for name in packages or installed_packages() for case in PACKAGES[name]())
