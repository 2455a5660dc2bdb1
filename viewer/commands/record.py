"""Measure how well methods locate known sources on networks of one architecture."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from viewer.commands import inputs, options
from viewer.commands.console import format_json, format_table, print_notes, show_progress
from viewer.commands.option_values import IntegerInRange, parse_output_path
from viewer.commands.parser import UsageError

EXAMPLE = """example:
  saliency-viewer record --model demo --method gradient --method lrp-epsilon --records demo.records.jsonl
  saliency-viewer record --model network.pt2 --task mean --task lesion --json

Copies of the network are fine-tuned on simulated brains for tasks with a known source: whether a property of
one ball in the brain is high (mean, volume, texture), or whether there is a lesion. The result rates the
methods on this architecture, not the network's own decision. A network that does not learn its task, or whose
output depends on other voxels than the source, does not count. A small network takes minutes; --method limits
the methods, and with --records an interrupted run is continued."""

TASKS = ("mean", "volume", "texture", "lesion")

NOTE = (
    "Simulated brains; the network's weights were fine-tuned for tasks that are not its own. Mass is the "
    "share of the map within the source, with a 95 % bootstrap interval over networks and brains."
)


HEADS = ("method", "rank", "mass in source", "AUC", "pointing game", "agreement", "networks", "brains")

MIN_COUNT = 10
"""Number of networks, and of brains, from which a bootstrap interval is about as wide as it should be."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_model_options(parser)
    parser.add_argument(
        "--method", metavar="NAME", action="append", help="a method; may be repeated (default: all)"
    )
    parser.add_argument(
        "--task", choices=TASKS, action="append", help="a task; may be repeated (default: mean)"
    )
    parser.add_argument(
        "--networks",
        metavar="N",
        type=IntegerInRange(1, 20),
        default=2,
        help="training runs of each task, which differ in the order of the brains (default: 2)",
    )
    parser.add_argument(
        "--brains",
        metavar="N",
        type=IntegerInRange(1, 100),
        default=3,
        help="number of brains explained for each network (default: 3)",
    )
    parser.add_argument(
        "--records",
        metavar="FILE",
        type=parse_output_path,
        help="store results in this file, and continue from it",
    )
    options.add_cpu_options(parser)
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train the networks, explain them, and print the methods in order of relevance mass."""
    from viewer.checks.track_record.make_record import track_record
    from viewer.errors import MethodError
    from viewer.methods.registry import find_method

    try:
        for name in arguments.method or ():
            find_method(name)
    except MethodError as error:
        raise UsageError(str(error)) from error
    if arguments.threads is not None:
        import torch

        torch.set_num_threads(arguments.threads)
    model = inputs.read_model(arguments)
    with show_progress(arguments.quiet) as progress:
        table = track_record(
            model,
            arguments.method,
            tasks=arguments.task or ("mean",),
            networks=arguments.networks,
            brains=arguments.brains,
            seed=arguments.seed,
            records=arguments.records,
            progress=progress,
        )
    notes = _make_notes(table)
    if arguments.json:
        print(format_json({"model": model.card.name, "note": " ".join(notes), **table}))
        return 0
    print(
        format_table(
            ("network", "AUC", "follows the source", "counts"),
            _make_network_rows(table),
            right_aligned=(1, 2),
        )
    )
    if table["methods"]:
        print("\n" + format_table(HEADS, _make_method_rows(table), right_aligned=(1, 6, 7)))
    left_out = [f"{name}: {next(iter(reasons.values()))}" for name, reasons in table["cannot"].items()]
    print_notes([*notes, *left_out], arguments.quiet)
    return 0


def _make_notes(table: Mapping[str, Any]) -> list[str]:
    """Return notes on how to read the numbers."""
    basis = table["rests_on"]
    if not basis["networks"]:
        return [NOTE, "No scores: no copy of the network learned its task. Other tasks may suit it: --task."]
    if not table["methods"]:
        return [NOTE, "No map was scored: only maps of correctly classified brains count."]
    notes = [NOTE, f"The mass expected by chance is {basis['chance']:.3f}."]
    if min(basis["networks"], basis["brains"]) < MIN_COUNT:
        notes.append(
            f"Intervals of fewer than {MIN_COUNT} networks and brains are too narrow; use more with "
            "--networks and --brains."
        )
    return notes


def _make_network_rows(table: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            name,
            f"{scores['auc']:.3f}",
            "–" if scores["reliance"] is None else f"{scores['reliance']:.2f}",
            _format_inclusion(scores),
        )
        for name, scores in table["networks"].items()
    ]


def _format_inclusion(network: Mapping[str, Any]) -> str:
    """Return whether a network counts, and why not."""
    from viewer.checks.track_record.plan import TrackRecordPlan

    if network["learned"]:
        return "yes"
    if network["auc"] < TrackRecordPlan().least_auc:
        return "no: it has not learned its task"
    return "no: its outputs do not depend on the source"


def _make_method_rows(table: Mapping[str, Any]) -> list[tuple[str, ...]]:
    from viewer.checks.track_record.estimate_text import SCORES, format_estimate

    rows = []
    for name, entry in table["methods"].items():
        cells = [format_estimate(entry["all"][score]) for score in SCORES]
        counts = (str(entry["all"][count]) for count in ("networks", "brains"))
        rows.append((name, str(entry["rank"] or "–"), *cells, *counts))
    return rows
