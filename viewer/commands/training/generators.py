"""Train the two generators whose difference explains a network: one keeps its prediction, one turns it."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from viewer.commands import inputs, options
from viewer.commands.console import format_duration, format_json, print_notes, show_progress
from viewer.commands.parser import UsageError

EXAMPLE = """example:
  saliency-viewer train generators --model demo -o networks
  saliency-viewer train generators study.tsv --model network.pt -o networks
  saliency-viewer explain scan.nii.gz --model demo --method generated-difference \\
      --set generators=networks/demo.generators.safetensors -o map.nii.gz

Without a table the brains are simulated, for networks that tell lesions at 3 mm, such as demo. The table has
a row a scan and the columns scan, subject and y (which is not looked at). NAME.generators.safetensors is
written to the folder; beside the network's own file, it is found by itself."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("table", metavar="TABLE", nargs="?", help="a table of scans (.tsv, or .csv)")
    options.add_model_options(parser)
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write to")
    parser.add_argument("--name", metavar="NAME", help="name of the file (default: the network's)")
    parser.add_argument(
        "--steps",
        metavar="N",
        type=options.IntegerInRange(1, 1000000),
        default=1500,
        help="training steps (default: 1500, an hour on one core)",
    )
    options.add_cpu_options(parser)
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train, write, and print where the generators are."""
    folder = Path(arguments.output)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is no folder")
    if arguments.name and not re.fullmatch(r"[\w.+-]+", arguments.name):
        raise UsageError(f"--name {arguments.name}: letters, digits, dots and dashes make a name")
    model = inputs.read_model(arguments)

    import torch

    from viewer.models.training.train import train

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    with show_progress(arguments.quiet) as shown:
        trained = train(
            "generators",
            folder,
            name=arguments.name,
            model=model,
            scans=arguments.table,
            steps=arguments.steps,
            seed=arguments.seed,
            progress=shown,
        )
    print_notes(
        [f"{trained.steps} steps in {format_duration(trained.seconds)}; {trained.score}"], arguments.quiet
    )
    numbers = trained.as_json()
    print(format_json({"generators": numbers.pop("model"), **numbers}) if arguments.json else trained.path)
    return 0
