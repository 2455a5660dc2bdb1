"""Train two generators whose difference explains a network: one keeps its prediction, one reverses it."""

from __future__ import annotations

import argparse

from viewer.commands import inputs, options
from viewer.commands.option_values import IntegerInRange
from viewer.commands.training import output_options
from viewer.models.training.train import GENERATOR_STEPS

EXAMPLE = """example:
  saliency-viewer train generators --model demo -o networks
  saliency-viewer train generators study.tsv --model network.pt -o networks
  saliency-viewer explain scan.nii.gz --model demo --method generated-difference \\
      --set generators=networks/demo.generators.safetensors -o map.nii.gz

Without a table, brains are simulated, for networks that detect lesions at 3 mm, such as demo. The table has
one row per scan and the columns scan, subject and y (not used). NAME.generators.safetensors is written to the
folder; methods find it automatically beside the network file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("table", metavar="TABLE", nargs="?", help="a table of scans (.tsv, or .csv)")
    options.add_model_options(parser)
    output_options.add_output_option(parser)
    parser.add_argument("--name", metavar="NAME", help="name of the file (default: that of the network)")
    parser.add_argument(
        "--steps",
        metavar="N",
        type=IntegerInRange(1, 1000000),
        default=GENERATOR_STEPS,
        help=f"training steps (default: {GENERATOR_STEPS}, an hour on one core)",
    )
    options.add_cpu_options(parser)
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train the generators, write them, and print the path of their file."""
    output_options.check_output(arguments)
    model = inputs.read_model(arguments)
    return output_options.train_and_print(
        arguments, "generators", "generators", model=model, scans=arguments.table, steps=arguments.steps
    )
