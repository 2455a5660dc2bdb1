"""Every architecture there is. Registering one is declaring it here; torch stays out until one is built."""

from __future__ import annotations

from difflib import get_close_matches

from viewer.errors import ModelError
from viewer.models.architectures import published
from viewer.models.architectures.architecture import Architecture, Argument, Shapes

_BUILDERS = "viewer.models.architectures"

_EITEL = "Eitel et al. 2021, feature visualization for convolutional networks on MRI"


def _eitel(dimensions: int, shape: tuple[int, ...]) -> Architecture:
    kernel = (3,) * dimensions
    return Architecture(
        name=f"eitel-{dimensions}d",
        title=f"Five convolutions after VGG, {dimensions}D",
        source=_EITEL,
        builder=f"{_BUILDERS}.eitel:build_{dimensions}d",
        dimensions=dimensions,
        arguments=(
            Argument("classes", 2, "outputs", (1, 1000), told_by=("head.weight", 0)),
            Argument(
                "head",
                "average",
                "what stands before the dense layer: the mean over space, or every value",
                choices=("average", "flatten"),
            ),
            Argument("shape", shape, "voxels of the input; only the head 'flatten' depends on it"),
            Argument("padding", 0, "zeros around the input of every convolution", (0, 1)),
            Argument(
                "dropout", 0.0, "share of values dropped before the dense layer in training", (0.0, 0.95)
            ),
        ),
        marks=(
            ("conv1.weight", (8, 1, *kernel)),
            ("conv5.weight", (64, 64, *kernel)),
            ("head.bias", (None,)),
        ),
        tensors=12,
    )


ARCHITECTURES: tuple[Architecture, ...] = (
    Architecture(
        name="adnet",
        title="ADnet: Alzheimer's disease against control",
        source="Turrisi, Verri, Barla 2024",
        builder=f"{_BUILDERS}.adnet:build",
        dimensions=3,
        arguments=(Argument("classes", 2, "outputs", (1, 1000), told_by=("f.0.weight", 0)),),
        marks=(
            ("embedding.0.0.weight", (8, 1, 3, 3, 3)),
            ("embedding.3.0.weight", (16, 16, 3, 3, 3)),
            ("embedding.7.0.weight", (64, 64, 3, 3, 3)),
            ("f.0.weight", (2, 256)),
        ),
        tensors=50,
        published=published.ADNET,
    ),
    _eitel(3, (182, 218, 182)),
    _eitel(2, (140, 192)),
)


def architectures() -> dict[str, Architecture]:
    """Name to architecture, in the order in which they are listed."""
    return {entry.name: entry for entry in ARCHITECTURES}


def find(name: str, subject: object) -> Architecture:
    """The architecture of that name; ``subject`` is the file whose card asks for it.

    Raises
    ------
    ModelError
        There is none; the line names those that are near.
    """
    known = architectures()
    if name not in known:
        near = get_close_matches(name, known, n=3) or list(known)
        raise ModelError(subject, f"no architecture is called {name!r}", f"known are {', '.join(near)}")
    return known[name]


def recognise(shapes: Shapes) -> Architecture | None:
    """The architecture whose weights these look like, if exactly one does."""
    found = [entry for entry in ARCHITECTURES if entry.marked(shapes)]
    return found[0] if len(found) == 1 else None
