"""Geometry of a convolution: stride, padding and dilation along every spatial axis, and groups."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.models.graph.operators.operator import Attributes

Shape = tuple[int, ...]


@dataclass(frozen=True)
class ConvGeometry:
    """Stride, padding and dilation of a convolution along every spatial axis, and its groups."""

    stride: Shape
    padding: Shape
    dilation: Shape
    groups: int

    @classmethod
    def from_attributes(cls, attributes: Attributes) -> ConvGeometry:
        """Return the geometry in a convolution's attributes."""
        return cls(
            tuple(attributes["stride"]),
            tuple(attributes["padding"]),
            tuple(attributes["dilation"]),
            attributes["groups"],
        )

    def output_size(self, size: Shape, kernel: Shape) -> Shape:
        """Return the size of the output along every axis."""
        return tuple(
            (length + 2 * pad - dilation * (taps - 1) - 1) // step + 1
            for length, taps, step, pad, dilation in zip(
                size, kernel, self.stride, self.padding, self.dilation, strict=True
            )
        )

    def without_padding(self, axis: int) -> ConvGeometry:
        """Return the geometry without padding along one axis."""
        padding = (*self.padding[:axis], 0, *self.padding[axis + 1 :])
        return ConvGeometry(self.stride, padding, self.dilation, self.groups)

    def with_stride(self, stride: int) -> ConvGeometry:
        """Return the geometry with another stride along the first axis."""
        return ConvGeometry((stride, *self.stride[1:]), self.padding, self.dilation, self.groups)

    def with_lifted_taps(self) -> ConvGeometry:
        """Return the geometry for a kernel whose taps along the last axis have become channels."""
        return ConvGeometry((*self.stride[:-1], 1), (*self.padding[:-1], 0), (*self.dilation[:-1], 1), 1)

    def find_transposed(self, kernel: Shape) -> ConvGeometry | None:
        """Return the geometry in which a convolution with the flipped kernel equals the transposed one.

        None if there is none: with a stride or groups, or if the padding is wider than the kernel reaches.
        """
        padding = tuple(
            dilation * (taps - 1) - pad
            for taps, pad, dilation in zip(kernel, self.padding, self.dilation, strict=True)
        )
        if max(self.stride) > 1 or self.groups > 1 or min(padding) < 0:
            return None
        return ConvGeometry(self.stride, padding, self.dilation, 1)
