"""Train one of the built-in networks on simulated scans."""

from __future__ import annotations

import argparse

from viewer.commands.parser import UsageError
from viewer.commands.training import output_options
from viewer.models.training.train import LESION_KINDS

EXAMPLE = """example:
  saliency-viewer train lesions -o networks
  saliency-viewer train lesions --kind square --name sharp --seed 1 -o networks
  saliency-viewer train lesions --kind gaussian --dimensions 2 -o networks

NAME.safetensors and NAME.card.json are written to the folder; the path of the weights is printed, for use
with --model. The card states what the network was trained on and how well it performs."""

LESIONS = "lesions"
OTHER_NETWORKS = ("age", "digits", "morch")
"""Networks with their own options, selected by the word directly after ``train``."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "network",
        metavar="NETWORK",
        choices=(LESIONS, *OTHER_NETWORKS),
        help="lesions: the five-layer network of Eitel et al. 2021, scans with versus without lesions; "
        "age, digits: the networks of Taylor 2019, see saliency-viewer train age --help and train digits "
        "--help; morch: the network of Mørch et al. 1995, see saliency-viewer train morch --help; "
        "generators: two generators that explain a network, see saliency-viewer train generators --help",
    )
    output_options.add_output_options(parser, "lesions-KIND, or lesions-KIND-2d")
    parser.add_argument(
        "--kind",
        choices=tuple(LESION_KINDS),
        default="both",
        help="lesions: round with soft edges, square with sharp edges, or both (default: both)",
    )
    parser.add_argument(
        "--dimensions",
        choices=("2", "3"),
        default="3",
        help="3 for whole brains at 3 mm, 2 for axial slices of 140 x 192 pixels (default: 3)",
    )
    output_options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train the network, write it, and print the path of its weights."""
    if arguments.network != LESIONS:
        raise UsageError(f"{arguments.network!r} must come directly after 'train', before its options")
    return output_options.train_and_print(
        arguments, LESIONS, kind=arguments.kind, dimensions=int(arguments.dimensions)
    )
