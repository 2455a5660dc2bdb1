"""See what a part of a network looks for: the image that excites a channel, a layer or a class most."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import options as shared
from viewer.commands.parser import WrongUse
from viewer.commands.telling import as_json, duration, note, progress

if TYPE_CHECKING:
    from viewer.methods.feature_visualization.recipe import VisualizationRecipe
    from viewer.methods.feature_visualization.result import Feature
    from viewer.scans.scan import Scan

EXAMPLE = """example:
  saliency-viewer features --model demo --layer relu3 --channel 7 -o relu3-7.nii.gz
  saliency-viewer features --model demo --layer relu5 --channel 3 --preset paper --set rotation=30 \\
      --set variation=0.1 --scans mni152 simulated-lesions -o relu5-3.nii.gz

The image lies on the network's grid; FILE.json beside it says how it was made and what it excites. A layer
before its rectifier is excited by its mean alone: name the rectifier to see patterns. "--list" shows what can
be set. Ctrl+C keeps nothing."""


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    group = parser.add_argument_group("what is excited")
    group.add_argument("--model", metavar="M", help="a model's file, or the name of a built-in one")
    group.add_argument("--card", metavar="FILE", help="the model's card, where it does not lie beside it")
    group.add_argument(
        "--trust", action="store_true", help="let a model that holds code run it (TorchScript, Python)"
    )
    group.add_argument("--layer", metavar="PATH", help='a layer, one of "saliency-viewer info M --layers"')
    group.add_argument(
        "--channel", metavar="N", type=shared.whole(0), help="its channel (default: the whole layer)"
    )
    group.add_argument(
        "--direction", metavar="N,N,...", type=_numbers, help="a mixture of all its channels instead"
    )
    group.add_argument(
        "--unit", action="store_true", help="the one unit in its middle, not the mean over space"
    )
    group.add_argument("--target", metavar="T", help="a class's name or index, instead of a layer")
    group = parser.add_argument_group("how")
    group.add_argument(
        "--preset", metavar="NAME", default="default", help="default, paper or plain (default: default)"
    )
    group.add_argument(
        "--set",
        metavar="PARAM=VALUE",
        action="append",
        default=[],
        help="change a choice of the preset; may be repeated",
    )
    group.add_argument("--list", action="store_true", help="say what can be set, and what the presets set")
    group.add_argument(
        "--scans", metavar="SCAN", nargs="+", default=[], help="scans to hold what is achieved against"
    )
    group.add_argument(
        "--mask", metavar="SCAN", help="paint inside the head or brain of this scan alone, such as mni152"
    )
    parser.add_argument("-o", "--output", metavar="OUT.nii.gz", help="where the image is written")
    shared.for_json(parser)
    shared.for_computing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the image, write it and its JSON, and print where it is."""
    if arguments.list:
        print(_listed(arguments.json))
        return 0
    for name in ("model", "output"):
        if getattr(arguments, name) is None:
            raise WrongUse(f"--{name} is missing")
    _check(arguments)
    recipe = _recipe(arguments.preset, arguments.set)
    path = shared.map_output(
        arguments.output, arguments.model, arguments.card, arguments.mask, *arguments.scans
    )

    from viewer.scans.load import load_scan, require_single_volume

    with require_single_volume():
        mask = None if arguments.mask is None else load_scan(arguments.mask)
        scans: list[Scan] = [load_scan(name) for name in arguments.scans]
    model = shared.read_model(arguments)
    device = shared.settle(arguments)

    from viewer.methods.feature_visualization.visualization import features

    with progress(arguments.quiet) as shown:
        found = features(
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
            progress=shown,
        )
        written = found.map.save(path)
    note(found.map.provenance.notes, arguments.quiet)
    note([_summary(found)], arguments.quiet)
    told = {"map": str(written), "activation": found.as_json()} | found.map.provenance.as_json()
    print(as_json(told) if arguments.json else written)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Raise WrongUse where what is excited makes no sense."""
    if (arguments.layer is None) == (arguments.target is None):
        raise WrongUse("name what is excited: --layer or --target, and not both")
    if arguments.channel is not None and arguments.direction is not None:
        raise WrongUse("--channel and --direction exclude each other")
    if arguments.layer is None and (arguments.channel is not None or arguments.direction or arguments.unit):
        raise WrongUse("--channel, --direction and --unit belong to a --layer")


def _recipe(name: str, settings: list[str]) -> VisualizationRecipe:
    """The preset with some of its choices changed.

    Raises
    ------
    WrongUse
        No such preset or choice, or a value that is not allowed.
    """
    from viewer.errors import MethodError
    from viewer.methods.feature_visualization.recipe import find_preset

    try:
        return find_preset(name).with_parameters(shared.parameters(settings))
    except MethodError as error:
        raise WrongUse(str(error)) from error


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no direction; give N,N,..., one a channel") from None


def _listed(in_json: bool) -> str:
    """Every choice with what the presets set it to."""
    from dataclasses import asdict

    from viewer.commands.telling import table
    from viewer.methods.feature_visualization.recipe import PRESETS, VisualizationRecipe

    if in_json:
        parameters = [
            asdict(entry) | {"kind": entry.kind.__name__} for entry in VisualizationRecipe.parameters()
        ]
        return as_json(
            {"parameters": parameters, "presets": {name: held.values() for name, held in PRESETS.items()}}
        )
    rows = [
        (
            entry.name,
            *(f"{held.values()[entry.name]}" for held in PRESETS.values()),
            entry.unit,
            entry.help + (f" ({', '.join(entry.choices)})" if entry.choices else ""),
        )
        for entry in VisualizationRecipe.parameters()
    ]
    return table(("choice", *PRESETS, "unit", "what it is"), rows)


def _summary(found: Feature) -> str:
    told = found.map.provenance
    return f"{found.map.name}: {duration(told.seconds or 0.0)} on {told.device}"
