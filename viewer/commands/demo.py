"""Open the built-in demonstration in the window, or write it as a figure.

The figure is written with --figure, or if there is no display, and its path is printed.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import print_notes, show_progress
from viewer.commands.display import has_display
from viewer.commands.figure import SUFFIXES
from viewer.commands.option_values import parse_output_path, parse_size

if TYPE_CHECKING:
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

EXAMPLE = """example:
  saliency-viewer demo
  saliency-viewer demo --figure demo.png"""

DEFAULT_OUTPUT = "saliency-viewer-demo.png"
METHOD = "integrated-gradients"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--figure",
        metavar="OUT.png",
        type=parse_output_path,
        help="write the figure (.png, .svg or .pdf) instead of opening the window",
    )
    parser.add_argument(
        "--size",
        metavar="WxH",
        type=parse_size,
        default=(1280, 960),
        help="size of the figure in pixels (default: 1280x960)",
    )
    parser.add_argument(
        "--background",
        choices=("dark", "light"),
        default="dark",
        help="background of the figure (default: dark)",
    )
    options.add_language_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Open the window until it is closed, or write the figure and print its path."""
    if arguments.figure is None and has_display():
        from viewer.window.launch import open_window

        return open_window(language=arguments.language)
    if arguments.figure is None:
        print_notes([f"there is no display; the figure is written to {DEFAULT_OUTPUT}"], arguments.quiet)
    path = inputs.check_output(arguments.figure or DEFAULT_OUTPUT, SUFFIXES)

    from viewer.scene.figure import figure
    from viewer.session.demo import demo_view
    from viewer.session.view import Theme, View

    with show_progress(arguments.quiet) as progress:
        scan, map_ = load_demo(progress)
        progress.step(0.95, 1, "Drawing")
        view = demo_view(View(theme=Theme(arguments.background)))
        print(figure(scan, map_, path, view, size=arguments.size))
    return 0


def load_demo(progress: Progress) -> tuple[Scan, Map]:
    """Return the scan of the demonstration and its map, which is computed if the shipped one is missing."""
    from viewer.scans.load import load_map, load_scan
    from viewer.session.demo import demo_files

    name, model_name, path = demo_files()
    scan = load_scan(name)
    if path is not None:
        return scan, load_map(path)

    from viewer.methods.explain import explain
    from viewer.models.loading import load_model

    return scan, explain(load_model(model_name), scan, METHOD, progress=progress.subtask(0.0, 0.9))
