"""Packing of a network's tensors and covariates into the single tensor that methods explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from viewer.errors import MethodError
from viewer.methods.base import Method
from viewer.methods.explain_checks import check_input
from viewer.models.sliding_window import make_sliding_windows
from viewer.scans.multichannel_scan import MultichannelScan
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.models.input_layout import InputLayout
    from viewer.models.model import Model


def pack_tensors(model: Model, inputs: object, covariates: Mapping[str, float] | None) -> torch.Tensor:
    """Pack the inputs into one tensor: the channels of the images, then one channel per covariate.

    ``inputs`` is a tensor, whose covariates are given by name or are in its last channels; or one tensor per
    argument of the network.

    Raises
    ------
    MethodError
        ``inputs`` is not a tensor, does not have as many inputs as the network, or contains covariates that
        are also given by name.
    ModelError
        A covariate is missing or unknown.
    """
    import torch

    layout = model.layout
    if isinstance(inputs, Sequence) and not isinstance(inputs, str):
        if layout is None or len(inputs) != len(layout.arguments):
            expected = 1 if layout is None else len(layout.arguments)
            count = "1 tensor is" if len(inputs) == 1 else f"{len(inputs)} tensors are"
            raise MethodError("input", f"{count} given", f"the network takes {expected}")
        remedy = "give tensors, one for each argument of the network"
        if not all(isinstance(tensor, torch.Tensor) for tensor in inputs):
            raise MethodError("input", "not all of its entries are tensors", remedy)
        _check_no_duplicate_covariates(covariates)
        _check_shapes(layout, inputs)
        return check_input(layout.pack([tensor.detach() for tensor in inputs]))
    x = check_input(inputs)
    has_covariates = (
        layout is not None
        and x.shape[1] == layout.image_channels + layout.covariate_count
        and layout.covariate_count
    )
    if not has_covariates:
        return model.pack_inputs(x, covariates)
    _check_no_duplicate_covariates(covariates)
    return x


def _check_no_duplicate_covariates(covariates: Mapping[str, float] | None) -> None:
    """Raise MethodError for covariates given by name as well as in the tensors: the values could differ."""
    if covariates:
        names = ", ".join(covariates)
        raise MethodError(
            "covariates", f"{names} is given by name and in the tensors", "give each number once"
        )


def _check_shapes(layout: InputLayout, tensors: Sequence[torch.Tensor]) -> None:
    """Check the shapes of tensors against the images and numbers that a network expects.

    Raises
    ------
    MethodError
        A tensor has the wrong number of axes or columns, or the tensors differ in the number of scans or in
        image size.
    """
    for argument, tensor in zip(layout.arguments, tensors, strict=True):
        shape = "×".join(map(str, tensor.shape)) or "one number"
        columns = tensor.shape[1] if tensor.dim() > 1 else 1
        if argument.is_image:
            fits, expected = tensor.dim() > 2, f"(N, {argument.columns}, spatial...)"
        else:
            fits = tensor.dim() == 2 or (tensor.dim() == 1 and argument.columns == 1)
            expected = "(N,)" if argument.is_flat else f"(N, {argument.columns})"
        if not fits or columns != argument.columns:
            raise MethodError("input", f"{shape} is given as {argument.name!r}", f"give {expected}")
    sizes = {
        tensor.shape[2:]
        for argument, tensor in zip(layout.arguments, tensors, strict=True)
        if argument.is_image
    }
    if len(sizes) > 1 or len({len(tensor) for tensor in tensors}) > 1:
        shapes = ", ".join(
            f"{argument.name} {'×'.join(map(str, tensor.shape))}"
            for argument, tensor in zip(layout.arguments, tensors, strict=True)
        )
        expected = "give images of one size, and as many numbers as images"
        raise MethodError("input", f"has unequal shapes ({shapes})", expected)


def explains_covariates_jointly(method: Method, model: Model, x: torch.Tensor, layer: str | None) -> bool:
    """Return whether a method explains the covariates together with the image.

    It does not for the map of a layer, nor in windows, as each window has its own copy of the covariates.
    """
    windows = make_sliding_windows(model.card.input, tuple(x.shape[2:]))
    return method.explains_covariates and layer is None and windows is None


def covariate_values(scan: Scan | None, covariates: Mapping[str, float] | None) -> Mapping[str, float]:
    """Return the known values of the covariates, by name in lower case."""
    values = scan.covariates if isinstance(scan, MultichannelScan) else covariates or {}
    return {name.casefold(): value for name, value in values.items()}


def channel_names(model: Model, scan: Scan | None, channels: int) -> tuple[str, ...]:
    """Return the names of a network's input images; empty if there is only one, or if they have no names."""
    spec = model.card.input
    if channels < 2 or (scan is not None and not isinstance(scan, MultichannelScan)):
        return ()
    if isinstance(scan, MultichannelScan) and len(scan.channels) < 2:
        return ()
    named = () if spec is None else spec.channel_names
    if not named and isinstance(scan, MultichannelScan):
        named = scan.channels
    return named if len(named) == channels else ()


def held_covariates_note(model: Model, scan: Scan | None) -> tuple[str, ...]:
    """Return a note that the covariates were held fixed, with their values."""
    names = [covariate.name for covariate in model.covariates]
    values = covariate_values(scan, None)
    text = ", ".join(
        f"{name} {values[name.casefold()]:g}" if name.casefold() in values else name for name in names
    )
    return (f"the explanation is of the image only; held fixed: {text}",)
