"""Compute a map: why a network decides what it decides about a scan."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import options as shared
from viewer.commands.parser import WrongUse
from viewer.commands.telling import as_json, duration, note, progress

if TYPE_CHECKING:
    from viewer.methods.base import Method
    from viewer.scans.map import Map

EXAMPLE = """example:
  saliency-viewer explain mni152 --model demo --method integrated-gradients -o map.nii.gz
  saliency-viewer explain sub-01_T1w.nii.gz --model network.pt --method gradient --set sign=absolute \\
      --target 1 -o sub-01_saliency.nii.gz

The map lies on the scan's grid, and FILE.json beside it says how it was made. The path of the map is printed.
"saliency-viewer methods" lists the methods and what can be set."""


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    shared.for_scan(parser)
    shared.for_model(parser)
    parser.add_argument("--method", metavar="NAME", required=True, help='one of "saliency-viewer methods"')
    parser.add_argument(
        "--set",
        metavar="PARAM=VALUE",
        action="append",
        default=[],
        help="set a parameter of the method; may be repeated",
    )
    parser.add_argument(
        "--target",
        metavar="T",
        help="the output to explain: a class's name or index, max or min, or value of a regression "
        "(default: the largest output; a regression's value)",
    )
    parser.add_argument(
        "--region",
        metavar="R",
        help="of a network that answers at every voxel, what the class is summed over: above:P where its "
        "probability exceeds P, above:P@X,Y,Z the one body at that point, box:X,Y,Z,X,Y,Z in mm, all, or a "
        "mask's file (default: above:0.5)",
    )
    parser.add_argument("--layer", metavar="PATH", help="the layer, for methods that explain one")
    parser.add_argument(
        "--grid", choices=("scan", "model"), default="scan", help="whose voxels the map has (default: scan)"
    )
    parser.add_argument(
        "-o", "--output", metavar="MAP.nii.gz", required=True, help="where the map is written"
    )
    shared.for_json(parser)
    shared.for_computing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compute, write the map and its JSON, and print where it is."""
    method = _method(arguments.method, arguments.set)
    path = shared.map_output(
        arguments.output, arguments.scan, arguments.model, arguments.card, arguments.region
    )
    scan = shared.read_scan(arguments)
    note((f"{scan.name}: {line}" for line in scan.notes), arguments.quiet)
    model = shared.read_model(arguments)
    device = shared.settle(arguments)

    from viewer.methods.explain import explain

    with progress(arguments.quiet) as shown:
        found = explain(
            model,
            scan,
            method,
            target=arguments.target,
            region=arguments.region,
            layer=arguments.layer,
            device=device,
            seed=arguments.seed,
            progress=shown,
            grid=arguments.grid,
        )
        written = found.save(path)
    note(found.provenance.notes, arguments.quiet)
    note([_summary(found)], arguments.quiet)
    print(as_json({"map": str(written)} | found.provenance.as_json()) if arguments.json else written)
    return 0


def _method(name: str, settings: list[str]) -> Method:
    """The method with its parameters set.

    Raises
    ------
    WrongUse
        No such method or parameter, or a value that is not allowed.
    """
    from viewer.errors import MethodError
    from viewer.methods.registry import find_method

    try:
        return find_method(name).from_parameters(shared.parameters(settings))
    except MethodError as error:
        raise WrongUse(str(error)) from error


def _summary(found: Map) -> str:
    told = found.provenance
    warning = f" ({found.warning})" if found.warning else ""
    line = f"{found.name}{warning}: {duration(told.seconds or 0.0)} on {told.device}"
    residual = found.residual
    if residual is not None:
        line += (
            f"; {residual.kind} residual {residual.relative:.2%}"
            f" (the map sums to {residual.found:.4g}, it should be {residual.expected:.4g})"
        )
    return line
