"""Compute an attribution map of a model for a scan."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import format_duration, format_json, print_caution, print_notes, show_progress
from viewer.commands.option_values import parse_output_path, parse_parameters
from viewer.commands.parser import UsageError
from viewer.number_format import format_number

if TYPE_CHECKING:
    from viewer.methods.base import Method
    from viewer.scans.map import Map

EXAMPLE = """example:
  saliency-viewer explain mni152 --model demo --method integrated-gradients -o map.nii.gz
  saliency-viewer explain sub-01_T1w.nii.gz --model network.pt --method gradient --set sign=absolute \\
      --target 1 -o sub-01_saliency.nii.gz

  saliency-viewer explain T1=t1.nii.gz FLAIR=flair.nii.gz --model tumour.pt2 --set-covariate age=71 \\
      --method deeplift -o map.nii.gz
  saliency-viewer explain sub-01_T1w.nii.gz --model fold0.pt --model fold1.pt --model fold2.pt \\
      --uncertainty ensemble --method gradient -o map.nii.gz

For several images, one map is written to MAP.nii.gz; methods that give every image its own map also write
these, such as MAP_T1.nii.gz. MAP.nii.gz is then their sum or, with "--set channels=maximum", the steepest
slope at each voxel. With --uncertainty, MAP.nii.gz is the mean, and MAP_sd.nii.gz the standard deviation.
The map is on the scan's grid, and MAP.json beside it records how it was made. The path of the map is printed.
"saliency-viewer methods" lists the methods and their parameters."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    options.add_model_options(parser, ensemble=True)
    options.add_prepare_option(parser)
    options.add_uncertainty_options(parser)
    parser.add_argument(
        "--method", metavar="NAME", required=True, help='the method, see "saliency-viewer methods"'
    )
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
        help="the output to explain: a class name or index, max or min, 'A minus B' for the difference of "
        "two outputs, or value for a regression (default: the largest output, or the value of a regression)",
    )
    parser.add_argument(
        "--region",
        metavar="R",
        help="for a network with an output per voxel: the voxels over which the class output is summed; "
        "above:P, where its probability exceeds P; above:P@X,Y,Z, only the cluster at that point; "
        "component:X,Y,Z, the predicted component at that point, whose class becomes the target; "
        "box:X,Y,Z,X,Y,Z in mm; all; or a mask file (default: above:0.5); mean:R explains the mean over the "
        "region; normalised:R (LRP and DeepLIFT) gives each of its voxels the same share",
    )
    parser.add_argument("--layer", metavar="PATH", help="the layer, for methods that explain one")
    parser.add_argument(
        "--grid",
        choices=("scan", "model", "template"),
        default="scan",
        help="grid of the map; template: the model's grid in template coordinates, for a scan registered by "
        "--prepare card (default: scan)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="MAP.nii.gz",
        type=parse_output_path,
        required=True,
        help="file to write the map to",
    )
    options.add_json_option(parser)
    options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compute the map, write it with its JSON, and print its path."""
    method = _make_method(arguments.method, arguments.set)
    scan_paths = inputs.scan_paths(arguments)
    from viewer.methods.region_parser import strip_reduction

    path = inputs.check_map_output(
        arguments.output,
        *scan_paths,
        arguments.model,
        arguments.card,
        strip_reduction(arguments.region or "") or None,
    )
    from viewer.methods.base import Family
    from viewer.methods.explain_inputs import channel_names
    from viewer.scans.multichannel_scan import MultichannelScan
    from viewer.scans.save import channel_path, check_channel_paths, check_sd_path, sd_path

    if arguments.uncertainty is not None:
        check_sd_path(path)
    scan = inputs.read_scan(arguments)
    print_notes((f"{scan.name}: {line}" for line in scan.notes), arguments.quiet)
    model = inputs.read_model(arguments)
    if isinstance(scan, MultichannelScan) and method.family not in (Family.ACTIVATION, Family.PERTURBATION):
        check_channel_paths(path, channel_names(model, scan, len(scan.channels)))
    uncertainty = inputs.read_uncertainty(arguments)
    device = inputs.select_device(arguments)

    from viewer.methods.explain import explain
    from viewer.methods.explain_members import explain_members
    from viewer.models.fit_report import fit_report_from_json

    with show_progress(arguments.quiet) as progress:
        prepared = inputs.resolve_preparation(arguments, scan, model, progress)
        compute = explain if uncertainty is None else partial(explain_members, uncertainty=uncertainty)
        result = compute(
            model,
            scan,
            method,
            target=arguments.target,
            region=arguments.region,
            layer=arguments.layer,
            device=device,
            seed=arguments.seed,
            progress=progress,
            grid=arguments.grid,
            prepare=prepared,
        )
        map_path = result.save(path)
    fit = fit_report_from_json(result.provenance.fit)
    print_notes((line for line in result.provenance.notes if line != fit.sentence), arguments.quiet)
    print_caution(fit, arguments.quiet)
    print_notes([_format_summary(result), *_format_uncertainty(result)], arguments.quiet)
    channel_maps = {name: str(channel_path(map_path, name)) for name in result.channels}
    sd = {} if result.sd is None else {"sd_map": str(sd_path(map_path))}
    if arguments.json:
        maps = {"map": str(map_path)} | sd | ({"channel_maps": channel_maps} if channel_maps else {})
        print(format_json(maps | result.provenance.as_json()))
    else:
        print("\n".join((str(map_path), *sd.values(), *channel_maps.values())))
    return 0


def _make_method(name: str, settings: list[str]) -> Method:
    """Return the method with the given parameters.

    Raises
    ------
    UsageError
        There is no such method or parameter, or a value is invalid.
    """
    from viewer.errors import MethodError
    from viewer.methods.registry import find_method

    try:
        return find_method(name).from_parameters(parse_parameters(settings))
    except MethodError as error:
        raise UsageError(str(error)) from error


def _format_uncertainty(result: Map) -> list[str]:
    """Return a line on what the map is a mean of, and one on the interval of the prediction."""
    from viewer.models.predict import prediction_from_json

    provenance = result.provenance
    if not provenance.uncertainty:
        return []
    interval_text = (
        prediction_from_json(provenance.prediction).uncertainty_text if provenance.prediction else ""
    )
    return [line for line in (provenance.uncertainty_text, interval_text) if line]


def _format_summary(result: Map) -> str:
    provenance = result.provenance
    warning = f" ({result.warning})" if result.warning else ""
    line = f"{result.name}{warning}: {format_duration(provenance.seconds or 0.0)} on {provenance.device}"
    residual = result.residual
    if residual is not None:
        size = f" residual {residual.relative:.2%}" if residual.expected else ""
        line += (
            f"; {residual.kind}{size}"
            f" ({provenance.sum_text}, it should be {format_number(residual.expected, 4)})"
        )
    return line
