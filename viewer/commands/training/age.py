"""Train the network of Taylor 2019 that predicts age from grey matter, on simulated scans."""

from __future__ import annotations

import argparse

from viewer.commands.training import output_options

EXAMPLE = """example:
  saliency-viewer train age -o networks

NAME.safetensors and NAME.card.json are written to the folder; the weights' path is printed, and is a model
for --model. The people are simulated, and so is their ageing: a cortex that grows thinner and ventricles
that grow larger. The card says how well the network does on others."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    output_options.add_output_options(parser, "age-bins")
    output_options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train, write, and print where the weights are."""
    return output_options.train_and_print(arguments, "age")
