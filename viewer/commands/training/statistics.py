"""Measure the training scans of a network, for the fit check of other scans."""

from __future__ import annotations

import argparse
from pathlib import Path

from viewer.commands import inputs, options
from viewer.commands.console import format_json, print_notes, show_progress
from viewer.commands.option_values import parse_output_path
from viewer.commands.parser import UsageError

EXAMPLE = """example:
  saliency-viewer train statistics --model network.safetensors --scans training.tsv -o network.card.json
  saliency-viewer train statistics --model demo -o demo.card.json

The card is written with training_statistics: intensities, a coarse image and layer activations, each with its
spread over the training scans. saliency-viewer fit derives its limits from them. Without --scans, the
training scans of a network made by saliency-viewer train are simulated again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_model_options(parser)
    parser.add_argument("--scans", metavar="TABLE", help="table of the training scans, one per row")
    parser.add_argument(
        "-o",
        "--output",
        metavar="CARD.json",
        type=parse_output_path,
        required=True,
        help="file to write the card to",
    )
    options.add_cpu_options(parser)
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure the scans, write the card, and print its path."""
    path = inputs.check_output(arguments.output, (".json",))
    if path.exists() and not path.name.endswith(".card.json"):
        raise UsageError(f"{path}: exists already and is not a card; name a file that ends in .card.json")

    from viewer.models.model_card import write_card
    from viewer.models.training.measure_training_scans import measure_training_scans
    from viewer.models.training.train import load_table_scans

    if arguments.threads is not None:
        import torch

        torch.set_num_threads(arguments.threads)
    model = inputs.read_model(arguments)
    with show_progress(arguments.quiet) as progress:
        scans = None if arguments.scans is None else load_table_scans(arguments.scans)
        card = measure_training_scans(model, scans, progress)
    write_card(card, Path(path))
    print_notes([f"{card.training_statistics['scans']} training scans"], arguments.quiet)
    entries = {"card": str(path), "training_statistics": dict(card.training_statistics)}
    print(format_json(entries) if arguments.json else path)
    return 0
