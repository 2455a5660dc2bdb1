"""Parameters of feature visualization with their defaults, and presets.

After Eitel et al. 2021, table 1, whose regularizers can be combined freely here. The paper applies its
transforms to the image itself at every 50th iteration; by default they are applied to the network's input,
with a new random draw in every step, which makes the image robust to them (Olah et al. 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from viewer.errors import MethodError
from viewer.methods.base import Parameter, parameter

EITEL = "Eitel et al. 2021"
OLAH = "Olah et al. 2017"


@dataclass(frozen=True)
class VisualizationRecipe:
    """Parameters of a visualization, besides the network, the objective and the seed."""

    steps: int = parameter(256, "steps of Adam", limits=(1, 100_000), source=EITEL)
    rate: float = parameter(0.03, "learning rate, as a share of the span of intensities", limits=(1e-6, 10.0))
    image: str = parameter(
        "spectral",
        "what is optimized: Fourier amplitudes of the image, low frequencies weighted more, or its voxels",
        choices=("spectral", "voxels"),
        source=OLAH,
    )
    decay: float = parameter(
        1.0, "for spectral: exponent with which the weights decrease with frequency", limits=(0.0, 4.0)
    )
    noise: float = parameter(
        0.02, "standard deviation of the noise at the start, as a share of the span of intensities",
        limits=(0.0, 1.0),
    )  # fmt: skip
    bounds: str = parameter(
        "squash",
        "how intensities are kept within the card's range: by a sigmoid, by clipping, or not at all",
        choices=("squash", "clip", "none"),
    )
    block: str = parameter(
        "auto",
        "optimize a layer with a small receptive field on a periodic block (auto: if that halves the work), "
        "or always the whole grid",
        choices=("auto", "never"),
    )
    redirect: bool = parameter(
        True,
        "redirected ReLU gradient: pass positive gradients through channels that are zero everywhere; off is "
        "the plain gradient",
        source=OLAH,
    )
    penalty: float = parameter(
        0.0, "weight λ of the L1 penalty", limits=(0.0, None), source=f"{EITEL}, equation 1"
    )
    penalised: str = parameter(
        "layer",
        "what the L1 penalty is on: mean |a| over all channels of the layer, or over the image's voxels",
        choices=("layer", "image"),
    )
    every: int = parameter(
        0,
        "0: transform the network's input in each step; N: transform the image itself every N steps",
        limits=(0, None),
        source=EITEL,
    )
    interpolation: str = parameter(
        "linear", "interpolation of the transforms", choices=("nearest", "linear", "cubic"), source=EITEL
    )
    rotation: float = parameter(
        10.0, "maximum rotation angle, about a random axis", unit="degrees", limits=(0.0, 180.0), source=EITEL
    )
    translation: float = parameter(
        0.0, "maximum shift along each axis", unit="mm", limits=(0.0, None), source=EITEL
    )
    shift: int = parameter(
        4, "maximum shift along each axis in whole voxels", unit="voxels", limits=(0, 1024), source=OLAH
    )
    resize: float = parameter(
        0.1, "maximum relative enlargement or reduction", limits=(0.0, 0.9), source=EITEL
    )
    crop: float = parameter(
        1.0, "minimum share of each edge that a random crop keeps; 1 does not crop", limits=(0.05, 1.0),
        source=EITEL,
    )  # fmt: skip
    darkest: float = parameter(0.9, "minimum factor of the brightness", limits=(0.0, None), source=EITEL)
    brightest: float = parameter(1.1, "maximum factor of the brightness", limits=(0.0, None), source=EITEL)
    smooth: int = parameter(10, "number of steps between applications of the filters below", limits=(1, None))
    variation: float = parameter(
        0.05, "weight of total-variation denoising, as a share of the span of intensities",
        limits=(0.0, 10.0), source="Chambolle 2004",
    )  # fmt: skip
    bilateral: float = parameter(
        0.0,
        "switching bilateral filter: standard deviation in intensity, as a share of the span; 0 is off",
        limits=(0.0, 10.0),
        source="Lin et al. 2010",
    )
    reach: float = parameter(
        1.0, "bilateral filter: standard deviation in space", unit="voxels", limits=(0.1, 3.0)
    )
    impulse: float = parameter(
        0.1,
        "difference from the neighbours' median, as a share of the span, above which a voxel counts as noise",
        limits=(0.0, None),
        source="Lin et al. 2010",
    )

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """Return the parameters, in declaration order."""
        return tuple(
            Parameter(entry.name, type(entry.default), entry.default, **entry.metadata)
            for entry in fields(cls)
        )

    def with_parameters(self, values: Mapping[str, object]) -> Self:
        """Return the recipe with some parameters changed, from strings or typed values.

        Raises
        ------
        MethodError
            There is no such parameter, or a value is not allowed.
        """
        parameters = {entry.name: entry for entry in self.parameters()}
        for name in values:
            if name not in parameters:
                raise MethodError(
                    "features", f"no parameter {name!r}", f"its parameters: {', '.join(parameters)}"
                )
        changed = {name: parameters[name].parse(value, "features") for name, value in values.items()}
        recipe = type(self)(**{**self.values(), **changed})
        if recipe.darkest > recipe.brightest:
            raise MethodError(
                "features", f"darkest ({recipe.darkest:g}) lies above brightest ({recipe.brightest:g})"
            )
        return recipe

    def values(self) -> dict[str, Any]:
        """Return every parameter by its name."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    @property
    def has_transforms(self) -> bool:
        """Whether any transform is on."""
        resamples = self.rotation or self.translation or self.shift or self.resize or self.crop < 1
        return bool(resamples) or (self.darkest, self.brightest) != (1.0, 1.0)

    @property
    def has_filters(self) -> bool:
        """Whether a filter is on."""
        return bool(self.variation or self.bilateral)


REGULARISERS_OFF: Mapping[str, Any] = {
    "rotation": 0.0,
    "translation": 0.0,
    "shift": 0,
    "resize": 0.0,
    "crop": 1.0,
    "darkest": 1.0,
    "brightest": 1.0,
    "variation": 0.0,
    "bilateral": 0.0,
    "redirect": False,
}
"""All regularizers switched off."""

PRESETS: Mapping[str, VisualizationRecipe] = {
    "default": VisualizationRecipe(),
    "paper": VisualizationRecipe(
        **{
            **REGULARISERS_OFF,
            "image": "voxels",
            "bounds": "clip",
            "noise": 0.1,
            "rate": 0.02,
            "steps": 200,
            "block": "never",
            "penalty": 1.0,
            "penalised": "layer",
            "every": 50,
            "interpolation": "linear",
        }
    ),
    "plain": VisualizationRecipe(
        **{**REGULARISERS_OFF, "image": "voxels", "bounds": "clip", "block": "never"}
    ),
}
"""``paper``: the objective of Eitel et al. 2021 with initial noise and 200 iterations; further transforms are
applied to the image at every 50th. R is the L1 norm of "the encoded output", here the mean |a| over all
channels of the layer. The paper has λ = 10 and does not say how R is normalized. With C channels, this R
subtracts λ/C per unit of a channel's activation, so that λ = 10 would suppress all channels of the first
layer (C = 8), whose images the paper shows: λ is 1 here. ``plain``: gradient ascent on voxels."""


def find_preset(name: str) -> VisualizationRecipe:
    """Return the preset of that name.

    Raises
    ------
    MethodError
        There is no such preset.
    """
    if name not in PRESETS:
        raise MethodError(f"preset {name}", "no such preset", f"choose {', '.join(PRESETS)}")
    return PRESETS[name]
