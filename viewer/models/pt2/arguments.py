"""Several inputs of an exported program, as parts of the one tensor that its graph takes."""

from __future__ import annotations

from pathlib import Path

import torch

from viewer.errors import ModelError
from viewer.models.graph.graph import Shape, SymbolicSize
from viewer.models.graph.lowering.builder import GraphBuilder
from viewer.models.input_layout import HELD, InputArgument, InputLayout
from viewer.models.pt2.program import Pt2Input, Pt2Program


def make_input_layout(program: Pt2Program, path: Path) -> InputLayout:
    """Return the layout of a program's inputs: images, and numbers.

    Raises
    ------
    ModelError
        The images differ in size or dtype, or a number of columns is not fixed.
    """
    arguments = []
    for tensor in program.inputs:
        columns = tensor.shape[1] if len(tensor.shape) > 1 else 1
        if columns is None:
            raise ModelError(
                path,
                f"has a dynamic number of channels for its input {tensor.name!r}",
                "export it with a fixed number",
            )
        arguments.append(InputArgument(tensor.name, columns, len(tensor.shape) > 2, len(tensor.shape) == 1))
    images = [tensor for tensor in program.inputs if len(tensor.shape) > 2]
    if len({tensor.shape[2:] for tensor in images}) > 1:
        raise ModelError(path, "takes images of several sizes", "only images of one size can be explained")
    if len({tensor.dtype for tensor in program.inputs}) > 1 or not images[0].dtype.is_floating_point:
        kinds = ", ".join(f"{tensor.name}: {tensor.dtype}" for tensor in program.inputs)
        raise ModelError(
            path, f"takes inputs of several dtypes ({kinds})", "export it with a single floating-point dtype"
        )
    return InputLayout(tuple(arguments))


def make_packed_input(
    program: Pt2Program, layout: InputLayout | None, has_fixed_covariates: bool
) -> Pt2Input:
    """Return the graph's input: the program's only one, or all in a layout, (N, C + K, spatial...).

    ``has_fixed_covariates`` leaves out the numbers: (N, C, spatial...).
    """
    if layout is None:
        return program.inputs[0]
    image = next(tensor for tensor in program.inputs if len(tensor.shape) > 2)
    channels = layout.image_channels + (0 if has_fixed_covariates else layout.covariate_count)
    shape: Shape = (image.shape[0], channels, *image.shape[2:])
    return Pt2Input("input", shape, (image.example_shape[0], channels, *image.example_shape[2:]), image.dtype)


def make_covariate_placeholder(layout: InputLayout | None, dtype: torch.dtype) -> torch.Tensor:
    """Return the constant for numbers that are not given yet: NaN, (1, K)."""
    return torch.full((1, 0 if layout is None else layout.covariate_count), float("nan"), dtype=dtype)


def add_arguments(
    builder: GraphBuilder, program: Pt2Program, layout: InputLayout, has_fixed_covariates: bool
) -> None:
    """Add the nodes that extract a program's inputs from the graph's input, as `InputLayout.split` does."""
    source, batch = builder.input.name, builder.input.shape[0]
    spatial = tuple(builder.input.shape[2:])
    channels, numbers = layout.image_channels, layout.covariate_count
    all_numbers: str | None = None
    if numbers and has_fixed_covariates:
        size = SymbolicSize(builder.add_size(source, 0))
        all_numbers = builder.add("expand", (HELD,), {"shape": (size, numbers)}, shape=(batch, numbers))
    elif numbers:
        number_channels = _add_slice(
            builder, source, channels, channels + numbers, (batch, numbers, *spatial)
        )
        attributes = {"start": 2, "end": -1}
        fixed_sizes = [size for size in spatial if size is not None]
        length = torch.Size(fixed_sizes).numel() if len(fixed_sizes) == len(spatial) else None
        flat = builder.add("flatten", (number_channels,), attributes, shape=(batch, numbers, length))
        all_numbers = builder.add("select", (flat,), {"dim": 2, "index": 0}, shape=(batch, numbers))
    at_image, at_number = 0, 0
    for argument in layout.arguments:
        if argument.is_image:
            end = at_image + argument.columns
            name = source
            if argument.columns != builder.input.shape[1]:
                name = _add_slice(builder, source, at_image, end, (batch, argument.columns, *spatial))
            at_image = end
        else:
            assert all_numbers is not None
            end, name = at_number + argument.columns, all_numbers
            if argument.columns != numbers:
                name = _add_slice(builder, all_numbers, at_number, end, (batch, argument.columns))
            if argument.is_flat:
                name = builder.add("select", (name,), {"dim": 1, "index": 0}, shape=(batch,))
            at_number = end
        builder.add_alias(f"%{argument.name}", name)


def _add_slice(builder: GraphBuilder, name: str, start: int, end: int, shape: Shape) -> str:
    return builder.add("slice", (name,), {"dim": 1, "start": start, "end": end, "step": 1}, shape=shape)
