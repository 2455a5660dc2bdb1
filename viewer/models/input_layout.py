"""Layout of a network's inputs in one tensor: the images' channels, then one channel per covariate.

A network that takes an image and numbers is explained as one that takes a single tensor, (N, C + K,
spatial...). The first C channels are the images; channel C + k holds the k-th number at every voxel, and the
network reads it at the first voxel. Any method that explains a tensor thus explains all inputs together, and
the relevance of a number is the sum over its channel.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.models.covariate import Covariate
from viewer.models.model_card import Card
from viewer.number_format import format_count
from viewer.scans.multichannel_scan import check_covariates

if TYPE_CHECKING:
    import torch

HELD = "held_covariates"
"""Name of a network's buffer (1, K) of the numbers that it uses if its input has no channels for them."""


@dataclass(frozen=True)
class InputArgument:
    """One argument of a network.

    Parameters
    ----------
    name
        Name of the argument.
    columns
        Number of channels of an image, or of numbers.
    is_image
        Whether it is an image (N, columns, spatial...), or numbers (N, columns).
    is_flat
        Whether its numbers have no axis of columns: (N,).
    """

    name: str
    columns: int
    is_image: bool
    is_flat: bool = False


@dataclass(frozen=True)
class InputLayout:
    """Arguments of a network, in its order."""

    arguments: tuple[InputArgument, ...]

    @property
    def image_channels(self) -> int:
        """Number of channels of all images together, C."""
        return sum(argument.columns for argument in self.arguments if argument.is_image)

    @property
    def covariate_count(self) -> int:
        """Number of covariates, K."""
        return sum(argument.columns for argument in self.arguments if not argument.is_image)

    def pack(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return the arguments as one tensor (N, C + K, spatial...)."""
        import torch

        pairs = list(zip(self.arguments, tensors, strict=True))
        image = torch.cat([tensor for argument, tensor in pairs if argument.is_image], 1)
        columns = [tensor.reshape(len(image), -1) for argument, tensor in pairs if not argument.is_image]
        return append_covariates(image, torch.cat(columns, 1)) if columns else image

    def split(self, x: torch.Tensor, fixed_covariates: torch.Tensor) -> list[torch.Tensor]:
        """Return the network's arguments from one tensor, (N, C + K, spatial...).

        If it has no channels for the numbers, (N, C, spatial...), they are taken from ``fixed_covariates``,
        (1, K).
        """
        channels = self.image_channels
        image = x if x.shape[1] == channels else x[:, :channels]
        numbers = (
            fixed_covariates.expand(x.shape[0], -1)
            if x.shape[1] == channels
            else read_covariates(x, channels)
        )
        tensors, image_start, number_start = [], 0, 0
        several_images = sum(argument.is_image for argument in self.arguments) > 1
        for argument in self.arguments:
            if argument.is_image:
                end = image_start + argument.columns
                tensors.append(image[:, image_start:end] if several_images else image)
                image_start = end
            else:
                end = number_start + argument.columns
                columns = (
                    numbers if argument.columns == self.covariate_count else numbers[:, number_start:end]
                )
                tensors.append(columns[:, 0] if argument.is_flat else columns)
                number_start = end
        return tensors


def append_covariates(image: torch.Tensor, covariates: torch.Tensor) -> torch.Tensor:
    """Return an image (N, C, spatial...) with a channel for each of its numbers, (N or 1, K)."""
    import torch

    spatial = image.shape[2:]
    number_channels = covariates.to(image).reshape(*covariates.shape, *(1,) * len(spatial))
    return torch.cat([image, number_channels.expand(len(image), -1, *spatial)], 1)


def read_covariates(x: torch.Tensor, channels: int) -> torch.Tensor:
    """Return the numbers (N, K) after the first ``channels`` channels of a tensor, from its first voxel."""
    return x[:, channels:].flatten(2)[:, :, 0]


def layout_from_examples(names: Sequence[str], examples: Sequence[torch.Tensor], subject: str) -> InputLayout:
    """Return the layout of a network that takes these examples.

    Raises
    ------
    ModelError
        There is no image, the images differ in size, or a tensor is neither an image nor numbers.
    """
    arguments = []
    for name, tensor in zip(names, examples, strict=True):
        shape = "×".join(map(str, tensor.shape)) or "one number"
        if not tensor.is_floating_point() or not 1 <= tensor.dim() <= 5:
            remedy = "give (N, C, spatial...) for an image, (N, K) for numbers, as floats"
            raise ModelError(subject, f"is given {shape} of {tensor.dtype} as its input {name!r}", remedy)
        is_image = tensor.dim() > 2
        columns = tensor.shape[1] if tensor.dim() > 1 else 1
        arguments.append(InputArgument(name, columns, is_image, tensor.dim() == 1))
    sizes = {tuple(tensor.shape[2:]) for tensor in examples if tensor.dim() > 2}
    if len(sizes) != 1:
        problem = "takes no image" if not sizes else "takes images of several sizes"
        raise ModelError(subject, problem, "only images of one size and numbers can be explained together")
    if len({len(tensor) for tensor in examples}) > 1:
        raise ModelError(subject, "is given examples with different batch sizes")
    return InputLayout(tuple(arguments))


def order_covariates(layout: InputLayout, card: Card | None, subject: str) -> tuple[Covariate, ...]:
    """Return the covariate of each number of a layout, in its order: the card's, matched by argument.

    If the card has none, they are named after the network's arguments.

    Raises
    ------
    ModelError
        The card's arguments, or its number of covariates, differ from the network's.
    """
    number_arguments = [argument for argument in layout.arguments if not argument.is_image]
    if card is None or not card.covariates:
        return tuple(
            Covariate(argument.name if argument.columns == 1 else f"{argument.name}_{column}")
            for argument in number_arguments
            for column in range(argument.columns)
        )
    names = [argument.name for argument in number_arguments]
    unknown = next(
        (
            covariate
            for covariate in card.covariates
            if covariate.argument and covariate.argument not in names
        ),
        None,
    )
    if unknown is not None:
        remedy = f"it takes {', '.join(names)}" if names else "it takes only images"
        raise ModelError(
            subject, f"has no argument {unknown.argument!r} for the covariate {unknown.name}", remedy
        )
    ordered: list[Covariate] = []
    first_name = names[0] if names else ""
    for argument in number_arguments:
        matching = [
            covariate for covariate in card.covariates if (covariate.argument or first_name) == argument.name
        ]
        if len(matching) != argument.columns and not any(covariate.argument for covariate in card.covariates):
            matching = list(card.covariates[len(ordered) : len(ordered) + argument.columns])
        if len(matching) != argument.columns:
            text = ", ".join(covariate.name for covariate in matching) or "none"
            raise ModelError(
                subject,
                f"takes {format_count(argument.columns, 'number')} as {argument.name!r}, but its card "
                f"names {text}",
            )
        ordered += matching
    if len(ordered) != len(card.covariates):
        raise ModelError(
            subject,
            f"takes {format_count(layout.covariate_count, 'number')}, but its card names "
            f"{format_count(len(card.covariates), 'covariate')}",
        )
    return tuple(ordered)


def match_channels(layout: InputLayout, card: Card) -> tuple[Card, str]:
    """Return a card whose images are in the order of the network's arguments, and a note.

    Images are assigned to arguments by name, whatever the card's order. If the names differ, they are
    assigned by position, and the note states the assignment.
    """
    argument_names = [item.name for item in layout.arguments if item.is_image for _ in range(item.columns)]
    spec = card.input
    if len(set(argument_names)) < 2 or spec is None or len(spec.inputs) != len(argument_names):
        return card, ""
    positions = {channel.name.casefold(): position for position, channel in enumerate(spec.inputs)}
    if set(positions) != {name.casefold() for name in argument_names}:
        pairs = ", ".join(
            f"{item.name} to {name}" for item, name in zip(spec.inputs, argument_names, strict=True)
        )
        return card, f"the images go to the network's arguments by position: {pairs}"
    order = [positions[name.casefold()] for name in argument_names]
    statistics = dict(card.training_statistics)
    channels = statistics.get("channels", ())
    if len(channels) == len(order):
        by_name = {str(item.get("name", "")).casefold(): item for item in channels}
        by_position = set(by_name) != set(positions)
        statistics["channels"] = [
            channels[position] if by_position else by_name[spec.inputs[position].name.casefold()]
            for position in order
        ]
    inputs = tuple(spec.inputs[position] for position in order)
    return replace(card, input=replace(spec, inputs=inputs), training_statistics=statistics), ""


def covariate_values(
    covariates: Sequence[Covariate], values_by_name: Mapping[str, float], subject: str
) -> tuple[float, ...]:
    """Return a network's numbers, scaled as its card specifies, from values by name.

    Raises
    ------
    ModelError
        A value is missing, or does not belong to any covariate.
    ScanError
        A value is given twice, or is not a finite number.
    """
    by_name = {covariate.name.casefold(): covariate for covariate in covariates}
    unknown = next((name for name in values_by_name if name.casefold() not in by_name), None)
    names = ", ".join(covariate.name for covariate in covariates)
    if unknown is not None:
        accepted = f"it takes {names}" if names else "it takes only images"
        raise ModelError(subject, f"has no covariate {unknown!r}", accepted)
    check_covariates(values_by_name)
    values = {name.casefold(): value for name, value in values_by_name.items()}
    missing = [covariate for covariate in covariates if covariate.name.casefold() not in values]
    if missing:
        text = ", ".join(
            f"{covariate.name} ({covariate.unit})" if covariate.unit else covariate.name
            for covariate in missing
        )
        remedy = f"give it with --set-covariate {missing[0].name}=VALUE, or covariates={{...}} from Python"
        raise ModelError(subject, f"needs a value for {text} in addition to the image", remedy)
    return tuple(covariate.scale(values[covariate.name.casefold()]) for covariate in covariates)


def layout_from_card(module: Any, card: Card) -> InputLayout:
    """Return the layout of a network in Python whose card names covariates: (N, numbers) for each argument.

    The image is the first argument of ``forward``; covariates go to the arguments named in the card, by
    default the second.

    Raises
    ------
    ModelError
        ``forward`` has no such arguments.
    """
    names = [entry.name for entry in inspect.signature(module.forward).parameters.values()]
    rest = names[1:]
    if not rest:
        text = ", ".join(covariate.name for covariate in card.covariates)
        raise ModelError(card.name, f"takes only an image, but its card names covariates ({text})")
    counts = {
        name: sum((covariate.argument or rest[0]) == name for covariate in card.covariates) for name in rest
    }
    unknown = next(
        (covariate.argument for covariate in card.covariates if covariate.argument not in ("", *rest)), None
    )
    if unknown is not None:
        raise ModelError(card.name, f"has no argument {unknown!r}", f"it takes {', '.join(names)}")
    channels = 1 if card.input is None else card.input.channels
    numbers = [InputArgument(name, count, is_image=False) for name, count in counts.items() if count]
    return InputLayout((InputArgument(names[0], channels, is_image=True), *numbers))


def accept_packed_input(module: Any, layout: InputLayout) -> None:
    """Make a private network take one tensor in place of its arguments; layer names do not change.

    The module's class is replaced by a subclass, as by torch's parametrizations, and gets the buffer `HELD`.
    """
    import torch

    base = type(module)
    names = [argument.name for argument in layout.arguments]

    def forward(self: Any, x: torch.Tensor) -> Any:
        return base.forward(self, **dict(zip(names, layout.split(x, getattr(self, HELD)), strict=True)))

    module.__class__ = type(base.__name__, (base,), {"forward": forward, "__module__": base.__module__})
    first_parameter = next(
        (parameter for parameter in module.parameters() if parameter.is_floating_point()), torch.zeros(())
    )
    module.register_buffer(
        HELD, first_parameter.new_full((1, layout.covariate_count), float("nan")), persistent=False
    )


def fix_covariates(module: Any, covariates: torch.Tensor) -> Any:
    """Return a network for images only that uses these numbers, (1, K), and shares the module's weights.

    The module is one that `accept_packed_input` changed, or a `GraphModule` with covariates.
    """
    if hasattr(module, "hold"):
        return module.hold(covariates)
    shared = {id(tensor): tensor for tensor in (*module.parameters(), *module.buffers())}
    clone = copy.deepcopy(module, shared)
    clone.register_buffer(HELD, covariates, persistent=False)
    return clone
