"""Visualize features: the image that maximizes a channel, a layer or a class."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import format_duration, format_json, print_notes, show_progress
from viewer.commands.option_values import IntegerInRange, parse_output_path, parse_parameters
from viewer.commands.parser import UsageError

if TYPE_CHECKING:
    from viewer.methods.feature_visualization.recipe import VisualizationRecipe
    from viewer.methods.feature_visualization.result import Feature
    from viewer.scans.scan import Scan

EXAMPLE = """example:
  saliency-viewer features --model demo --layer relu3 --channel 7 -o relu3-7.nii.gz
  saliency-viewer features --model demo --layer relu5 --channel 3 --preset paper --set rotation=30 \\
      --set variation=0.1 --scans mni152 simulated-lesions -o relu5-3.nii.gz

The image is on the network's grid; OUT.json beside it records how it was made and which activations it
causes. Before its rectifier, a layer is maximized by the mean intensity alone: name the rectifier to see
patterns. "--list" shows the settings. After Ctrl+C nothing is kept."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    group = parser.add_argument_group("objective")
    group.add_argument("--model", metavar="M", help="a model file, or the name of a built-in model")
    group.add_argument("--card", metavar="FILE", help="the model card, if it is not beside the model")
    group.add_argument(
        "--trust",
        action="store_true",
        help="allow the model to run code that it contains (TorchScript, Python)",
    )
    group.add_argument("--layer", metavar="PATH", help='a layer listed by "saliency-viewer info M --layers"')
    group.add_argument(
        "--channel",
        metavar="N",
        type=IntegerInRange(0),
        help="a channel of the layer (default: the whole layer)",
    )
    group.add_argument(
        "--direction",
        metavar="N,N,...",
        type=_parse_direction,
        help="weights of a linear combination of all its channels, instead of one channel",
    )
    group.add_argument(
        "--unit", action="store_true", help="maximize the unit at the centre, not the spatial mean"
    )
    group.add_argument("--target", metavar="T", help="a class name or index, instead of a layer")
    group = parser.add_argument_group("optimization")
    group.add_argument(
        "--preset", metavar="NAME", default="default", help="default, paper or plain (default: default)"
    )
    group.add_argument(
        "--set",
        metavar="PARAM=VALUE",
        action="append",
        default=[],
        help="change a setting of the preset; may be repeated",
    )
    group.add_argument(
        "--list", action="store_true", help="list the settings and their values in each preset"
    )
    group.add_argument(
        "--scans", metavar="SCAN", nargs="+", default=[], help="scans to compare the activation with"
    )
    group.add_argument(
        "--mask", metavar="SCAN", help="restrict the image to the head or brain of this scan, such as mni152"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT.nii.gz",
        type=parse_output_path,
        help="file to write the image to",
    )
    options.add_json_option(parser)
    options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Optimize the image, write it with its JSON, and print its path."""
    if arguments.list:
        print(_list_parameters(arguments.json))
        return 0
    for name in ("model", "output"):
        if getattr(arguments, name) is None:
            raise UsageError(f"--{name} is missing")
    _check_objective(arguments)
    recipe = _make_recipe(arguments.preset, arguments.set)
    path = inputs.check_map_output(
        arguments.output, arguments.model, arguments.card, arguments.mask, *arguments.scans
    )

    from viewer.scans.load import load_scan, require_single_volume

    with require_single_volume():
        mask = None if arguments.mask is None else load_scan(arguments.mask)
        scans: list[Scan] = [load_scan(name) for name in arguments.scans]
    model = inputs.read_model(arguments)
    device = inputs.select_device(arguments)

    from viewer.methods.feature_visualization.visualization import features

    with show_progress(arguments.quiet) as progress:
        result = features(
            model,
            arguments.layer,
            arguments.channel,
            direction=arguments.direction,
            target=arguments.target,
            unit=arguments.unit,
            recipe=recipe,
            scans=scans,
            mask=mask,
            device=device,
            seed=arguments.seed,
            progress=progress,
        )
        map_path = result.map.save(path)
    print_notes(result.map.provenance.notes, arguments.quiet)
    print_notes([_format_summary(result)], arguments.quiet)
    output = {"map": str(map_path), "activation": result.as_json()} | result.map.provenance.as_json()
    print(format_json(output) if arguments.json else map_path)
    return 0


def _check_objective(arguments: argparse.Namespace) -> None:
    """Raise UsageError if the combination of layer, channel and target is invalid."""
    if (arguments.layer is None) == (arguments.target is None):
        raise UsageError("give either --layer or --target")
    if arguments.channel is not None and arguments.direction is not None:
        raise UsageError("--channel and --direction cannot be combined")
    if arguments.layer is None and (arguments.channel is not None or arguments.direction or arguments.unit):
        raise UsageError("--channel, --direction and --unit need a --layer")


def _make_recipe(name: str, settings: list[str]) -> VisualizationRecipe:
    """Return the preset with the given settings changed.

    Raises
    ------
    UsageError
        There is no such preset or setting, or a value is invalid.
    """
    from viewer.errors import MethodError
    from viewer.methods.feature_visualization.recipe import find_preset

    try:
        return find_preset(name).with_parameters(parse_parameters(settings))
    except MethodError as error:
        raise UsageError(str(error)) from error


def _parse_direction(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a direction; give N,N,..., one per channel"
        ) from None


def _list_parameters(as_json: bool) -> str:
    """Return a table of all settings with their values in each preset."""
    from dataclasses import asdict

    from viewer.commands.console import format_table
    from viewer.methods.feature_visualization.recipe import PRESETS, VisualizationRecipe

    if as_json:
        parameters = [
            asdict(parameter) | {"kind": parameter.kind.__name__}
            for parameter in VisualizationRecipe.parameters()
        ]
        return format_json(
            {"parameters": parameters, "presets": {name: preset.values() for name, preset in PRESETS.items()}}
        )
    rows = [
        (
            parameter.name,
            *(f"{preset.values()[parameter.name]}" for preset in PRESETS.values()),
            parameter.unit,
            parameter.help + (f" ({', '.join(parameter.choices)})" if parameter.choices else ""),
        )
        for parameter in VisualizationRecipe.parameters()
    ]
    return format_table(("setting", *PRESETS, "unit", "meaning"), rows)


def _format_summary(result: Feature) -> str:
    provenance = result.map.provenance
    return f"{result.map.name}: {format_duration(provenance.seconds or 0.0)} on {provenance.device}"
