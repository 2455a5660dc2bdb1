"""Train the network of Taylor 2019 that predicts age from grey matter, on simulated scans."""

from __future__ import annotations

import argparse

from viewer.commands.training import output_options

EXAMPLE = """example:
  saliency-viewer train age -o networks

NAME.safetensors and NAME.card.json are written to the folder; the path of the weights is printed, for use
with --model. The people are simulated, and so is their ageing: a cortex that becomes thinner and ventricles
that become larger. The card states how well the network performs on other simulated people."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    output_options.add_output_options(parser, "age-bins")
    output_options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train the network, write it, and print the path of its weights."""
    return output_options.train_and_print(arguments, "age")
