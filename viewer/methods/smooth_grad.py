"""SmoothGrad: mean of maps over noisy copies of the scan; also mean square and variance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from viewer.errors import MethodError
from viewer.methods.base import Attribution, ExplanationRequest, Family, Method, Requirement, parameter
from viewer.methods.gradient import Gradient, InputTimesGradient
from viewer.methods.guided_backprop import DeconvNet, GuidedBackpropagation

AVERAGED_METHODS: tuple[type[Method], ...] = (Gradient, InputTimesGradient, GuidedBackpropagation, DeconvNet)


@dataclass(frozen=True)
class SmoothGrad(Method):
    """R = 1/n Σ M(x + N(0, σ²)) for a gradient method M (Smilkov et al. 2017)."""

    name: ClassVar[str] = "smoothgrad"
    title: ClassVar[str] = "SmoothGrad"
    family: ClassVar[Family] = Family.FUNCTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRADIENT})
    source: ClassVar[str] = "Smilkov et al. 2017; square: Hooker et al. 2019; variance: Adebayo et al. 2018"
    explains_covariates: ClassVar[bool] = True
    description: ClassVar[str] = "the part of a gradient map that remains when noise is added to the scan"
    limitations: ClassVar[str] = "be distinguished from a blur of the gradient over noisy scans"
    not_for: ClassVar[str] = (
        "If fine detail matters, or if the network was trained without noise: noisy scans are then outside "
        "the range of its training data."
    )

    method: str = parameter(
        "gradient",
        "the method whose maps are averaged",
        choices=tuple(entry.name for entry in AVERAGED_METHODS),
    )
    statistic: str = parameter(
        "mean",
        "mean of the maps, mean of their squares, or their variance",
        choices=("mean", "square", "variance"),
    )
    samples: int = parameter(25, "number of noisy copies", limits=(1, 10000))
    noise: float = parameter(
        0.15,
        "standard deviation of the noise, as a share of the scan's range",
        limits=(0.0, 2.0),
        source="Smilkov et al. 2017: 0.1 to 0.2",
    )

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute the statistic over the noisy copies, of the shape of ``request.x``."""
        import torch

        if self.statistic == "variance" and self.samples < 2:
            raise MethodError(self.name, "one sample has no variance", "choose 2 samples or more")
        inner = next(entry for entry in AVERAGED_METHODS if entry.name == self.method)()
        x = request.x
        generator = torch.Generator(device="cpu").manual_seed(request.seed)
        # Every sample of a batch gets the same noise as it would alone.
        layout = request.model.layout
        images = x.shape[1] if layout is None else layout.image_channels  # covariates get no noise
        values = x[:, :images].flatten(1)
        span = (values.amax(1) - values.amin(1)).reshape(-1, *(1,) * (x.dim() - 1))
        sums = torch.zeros_like(x, dtype=torch.float64, device="cpu")
        squares = torch.zeros_like(sums) if self.statistic != "mean" else None
        notes: tuple[str, ...] = ()
        for index in range(self.samples):
            subtask = request.progress.subtask(index / self.samples, (index + 1) / self.samples)
            subtask = subtask.with_message(f"copy {index + 1} of {self.samples}")
            subtask.step(0)
            noise = torch.randn((1, *x.shape[1:]), generator=generator, dtype=torch.float32).to(x)
            noise[:, images:] = 0
            noisy = x + self.noise * span * noise
            result = inner.explain(replace(request, x=noisy, progress=subtask))
            sample = result.values.detach().to("cpu", torch.float64)
            notes = result.notes
            sums += sample
            if squares is not None:
                squares.addcmul_(sample, sample)
        request.progress.step(1, 1, self.title)
        mean = sums / self.samples
        if squares is None:
            return Attribution(mean.to(x), None, notes)
        if self.statistic == "square":
            return Attribution((squares / self.samples).to(x), None, notes)
        variance = (squares - self.samples * mean.square()) / (self.samples - 1)
        return Attribution(variance.clamp(min=0).to(x), None, notes)
