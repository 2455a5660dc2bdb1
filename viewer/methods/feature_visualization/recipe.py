"""How a feature is visualized: every choice with its default, and the presets.

After Eitel et al. 2021, table 1, whose regularisers each stand alone here and in any combination. The paper
applies its transforms to the image itself at every 50th iteration; the default applies them to what the
network sees, anew in every step, so that the image must please the network from everywhere at once
(Olah et al. 2017, Feature visualization).
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
        "what is optimised: the waves that the image is made of, long ones first, or its voxels",
        choices=("spectral", "voxels"),
        source=OLAH,
    )
    decay: float = parameter(
        1.0, "of spectral: a wave's weight falls with its frequency to this power", limits=(0.0, 4.0)
    )
    noise: float = parameter(
        0.02, "standard deviation of the noise at the start, as a share of the span of intensities",
        limits=(0.0, 1.0),
    )  # fmt: skip
    bounds: str = parameter(
        "squash",
        "intensities stay within those of the card: by a smooth curve, by cutting them off, or not at all",
        choices=("squash", "clip", "none"),
    )
    block: str = parameter(
        "auto",
        "optimise a layer that sees little on a block that repeats itself (auto: where it saves half the "
        "work), or always the whole grid",
        choices=("auto", "never"),
    )
    redirect: bool = parameter(
        True,
        "redirected ReLU: where a channel is zero everywhere, let positive gradients through, so that it can "
        "wake; off is the plain gradient",
        source=OLAH,
    )
    penalty: float = parameter(
        0.0, "λ, what the L1 norm is weighed with", limits=(0.0, None), source=f"{EITEL}, equation 1"
    )
    penalised: str = parameter(
        "layer",
        "whose L1 norm: the mean over all channels of the layer, or over the image's voxels",
        choices=("layer", "image"),
    )
    every: int = parameter(
        0,
        "0: the network sees the image transformed anew in each step; N: every N-th step transforms the "
        "image itself",
        limits=(0, None),
        source=EITEL,
    )
    interpolation: str = parameter(
        "linear", "of every transform", choices=("nearest", "linear", "cubic"), source=EITEL
    )
    rotation: float = parameter(
        10.0, "largest angle, about any axis", unit="degrees", limits=(0.0, 180.0), source=EITEL
    )
    translation: float = parameter(
        0.0, "farthest shift along each axis", unit="mm", limits=(0.0, None), source=EITEL
    )
    shift: int = parameter(
        4, "farthest shift along each axis in whole voxels", unit="voxels", limits=(0, 1024), source=OLAH
    )
    resize: float = parameter(0.1, "enlarged or reduced by up to this share", limits=(0.0, 0.9), source=EITEL)
    crop: float = parameter(
        1.0, "smallest share of each edge that a random crop keeps; 1 crops nothing", limits=(0.05, 1.0),
        source=EITEL,
    )  # fmt: skip
    darkest: float = parameter(
        0.9, "smallest factor that the brightness is multiplied with", limits=(0.0, None), source=EITEL
    )
    brightest: float = parameter(
        1.1, "largest factor that the brightness is multiplied with", limits=(0.0, None), source=EITEL
    )
    smooth: int = parameter(10, "steps between two smoothings by the filters below", limits=(1, None))
    variation: float = parameter(
        0.05, "weight of the total variation that is taken away, as a share of the span of intensities",
        limits=(0.0, 10.0), source="Chambolle 2004",
    )  # fmt: skip
    bilateral: float = parameter(
        0.0,
        "switching bilateral filter: standard deviation in intensity, as a share of the span; 0 is off",
        limits=(0.0, 10.0),
        source="Lin et al. 2010",
    )
    reach: float = parameter(
        1.0, "of the bilateral filter: standard deviation in space", unit="voxels", limits=(0.1, 3.0)
    )
    impulse: float = parameter(
        0.1,
        "a voxel this far from its neighbours' median, as a share of the span, is taken for noise",
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
            A name that is none of the choices, or a value that is not allowed.
        """
        known = {entry.name: entry for entry in self.parameters()}
        for name in values:
            if name not in known:
                raise MethodError("features", f"no parameter {name!r}", f"its parameters: {', '.join(known)}")
        changed = {name: known[name].parse(value, "features") for name, value in values.items()}
        found = type(self)(**{**self.values(), **changed})
        if found.darkest > found.brightest:
            raise MethodError(
                "features", f"darkest ({found.darkest:g}) lies above brightest ({found.brightest:g})"
            )
        return found

    def values(self) -> dict[str, Any]:
        """Return every parameter by its name."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    @property
    def transforms(self) -> bool:
        """Whether any transform is on."""
        moved = self.rotation or self.translation or self.shift or self.resize or self.crop < 1
        return bool(moved) or (self.darkest, self.brightest) != (1.0, 1.0)

    @property
    def smooths(self) -> bool:
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
"""Every regulariser off; those of a figure are switched on one by one from here."""

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
"""``paper``: the objective of Eitel et al. 2021 with noise at the start and 200 iterations; what is switched
on in addition acts on the image at every 50th. R is the L1 norm of "the encoded output", here the mean |a|
over all channels of the layer. The paper weighs it with λ = 10 and does not say how R is normalised. Of a
layer of C channels this R takes λ/C from each unit that a channel gains, so that λ = 10 would silence all of
the first layer (C = 8), whose pictures the paper shows: λ is 1 here. ``plain``: gradient ascent on voxels."""


def find_preset(name: str) -> VisualizationRecipe:
    """Return the preset of that name.

    Raises
    ------
    MethodError
        There is none.
    """
    if name not in PRESETS:
        raise MethodError(f"preset {name}", "no such preset", f"take {', '.join(PRESETS)}")
    return PRESETS[name]
