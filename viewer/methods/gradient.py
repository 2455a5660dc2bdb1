"""Gradient and input times gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.base import Attribution, ExplanationRequest, Family, Method, Requirement, parameter
from viewer.methods.input_gradient import compute_gradient

if TYPE_CHECKING:
    import torch

    from viewer.models.input_layout import InputLayout


@dataclass(frozen=True)
class Gradient(Method):
    """R = ∂f(x)/∂x (Simonyan, Vedaldi and Zisserman 2013; Baehrens et al. 2010)."""

    name: ClassVar[str] = "gradient"
    title: ClassVar[str] = "Gradient"
    family: ClassVar[Family] = Family.FUNCTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRADIENT})
    source: ClassVar[str] = "Simonyan et al. 2013"
    explains_covariates: ClassVar[bool] = True
    description: ClassVar[str] = "how strongly the output responds to a small change of each voxel"
    limitations: ClassVar[str] = "say how much a voxel contributed: it is a slope, not a contribution"
    not_for: ClassVar[str] = (
        "To measure how much a region contributed, or to read its sign as evidence for or against; use an "
        "attribution method instead."
    )

    sign: str = parameter(
        "signed",
        "signed keeps the direction of the change, absolute shows its size only",
        choices=("signed", "absolute"),
        source="absolute: Simonyan et al. 2013, section 3.1",
    )
    channels: str = parameter(
        "sum",
        "for several images: the sum of their slopes, or only the steepest one at each voxel",
        choices=("sum", "maximum"),
        source="maximum, with sign=absolute: Simonyan et al. 2013, section 3.1; Ayyar et al. 2021, eq. 6",
    )

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute ∂f/∂x, or its absolute value, of the shape of ``request.x``, in output per input unit.

        With ``channels="maximum"``, all channels of a voxel except the steepest are 0, so that their sum,
        the map, is the maximum.
        """
        values = compute_gradient(request.model, request.x, request.target, request.progress)
        return Attribution(self._finish(values, request))

    def per_window(self) -> Gradient:
        """Return the signed gradient, as absolute values and maxima must be taken after the summation."""
        return Gradient()

    def finish_windows(self, total: torch.Tensor, request: ExplanationRequest) -> torch.Tensor:
        """Return the absolute values or maxima of the gradient of the joined prediction."""
        return self._finish(total, request)

    def _finish(self, values: torch.Tensor, request: ExplanationRequest) -> torch.Tensor:
        if self.channels == "maximum":
            values = keep_steepest(values, request.model.layout)
        return values.abs() if self.sign == "absolute" else values


def keep_steepest(values: torch.Tensor, layout: InputLayout | None) -> torch.Tensor:
    """Return slopes (N, C, spatial...) with all image channels of a voxel set to 0 except the steepest.

    Of equally steep channels, the first is kept. Channels of covariates, which follow the images, are kept.
    """
    import torch

    channels = values.shape[1] if layout is None else layout.image_channels
    images = values[:, :channels]
    steepest = images.abs().argmax(1, keepdim=True)
    steepest_values = torch.zeros_like(images).scatter(1, steepest, images.gather(1, steepest))
    return torch.cat([steepest_values, values[:, channels:]], 1)


@dataclass(frozen=True)
class InputTimesGradient(Method):
    """R = x · ∂f(x)/∂x (Shrikumar et al. 2016); equals LRP-0 for ReLU networks without biases."""

    name: ClassVar[str] = "input-times-gradient"
    title: ClassVar[str] = "Input × gradient"
    family: ClassVar[Family] = Family.ATTRIBUTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRADIENT})
    source: ClassVar[str] = "Shrikumar et al. 2016; Ancona et al. 2018"
    explains_covariates: ClassVar[bool] = True
    description: ClassVar[str] = "how much each voxel's intensity would contribute if the network were linear"
    limitations: ClassVar[str] = (
        "account for networks not being linear: a saturated neuron gives its voxels nothing"
    )
    not_for: ClassVar[str] = (
        "If units of the network saturate, or if dark voxels matter: a voxel of value 0 gets 0."
    )

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute x · ∂f/∂x, of the shape of ``request.x``, in units of the output."""
        slope = compute_gradient(request.model, request.x, request.target, request.progress)
        return Attribution(request.x * slope)
