"""Train one of the digit classifiers of Taylor 2019, on the digits of scikit-learn."""

from __future__ import annotations

import argparse

from viewer.commands.training import output_options
from viewer.models.training.train import LAYERS

EXAMPLE = """example:
  saliency-viewer train digits -o networks
  saliency-viewer train digits --layers convolutional -o networks

NAME.safetensors and NAME.card.json are written to the folder; the path of the weights is printed. The
networks are those of the paper; the digits have 8 x 8 pixels and are enlarged to the 28 x 28 of MNIST."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    output_options.add_output_options(parser, "digits-LAYERS")
    parser.add_argument(
        "--layers",
        choices=LAYERS,
        default="dense",
        help="784-300-100-10 units, or three convolutions (default: dense)",
    )
    output_options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train the network, write it, and print the path of its weights."""
    return output_options.train_and_print(arguments, "digits", layers=arguments.layers)
