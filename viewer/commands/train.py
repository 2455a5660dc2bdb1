"""Train one of the networks that come with the program, from simulated scans."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from viewer.commands import options as shared
from viewer.commands.parser import WrongUse
from viewer.commands.telling import as_json, duration, note, progress

EXAMPLE = """example:
  saliency-viewer train lesions -o networks
  saliency-viewer train lesions --kind square --name sharp --seed 1 -o networks

NAME.safetensors and NAME.card.json are written to the folder; the weights' path is printed, and is a model
for --model. The card says what the network was trained on and how well it does."""

NETWORKS = ("lesions",)
KINDS = {"gaussian": ("gaussian",), "square": ("square",), "both": ("gaussian", "square")}


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "network",
        metavar="NETWORK",
        choices=NETWORKS,
        help="lesions: the five-layer network of Eitel et al. 2021, scans with lesions against without; "
        "morch: the network of Mørch et al. 1995, see saliency-viewer train morch --help",
    )
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write to")
    parser.add_argument("--name", metavar="NAME", help="of the two files (default: lesions-KIND)")
    parser.add_argument(
        "--kind",
        choices=tuple(KINDS),
        default="both",
        help="the lesions: round with soft edges, square with sharp ones, or both (default: both)",
    )
    group = parser.add_argument_group("computing")
    group.add_argument("--threads", metavar="N", type=shared.whole(1, 1024), help="processor cores to use")
    group.add_argument(
        "--seed",
        metavar="N",
        type=shared.whole(0, 2**32 - 1),
        default=0,
        help="of every random draw (default: 0)",
    )
    shared.for_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train, write, and print where the weights are."""
    folder = Path(arguments.output)
    name = arguments.name or f"lesions-{arguments.kind}"
    if not re.fullmatch(r"[\w.+-]+", name):
        raise WrongUse(f"--name {name}: letters, digits, dots and dashes make a name")
    if folder.exists() and not folder.is_dir():
        raise WrongUse(f"{folder}: is no folder")

    import torch

    from viewer.models.training.lesions import Course, train
    from viewer.models.training.lesions_card import save
    from viewer.scans.simulated import Form

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    course = Course(forms=tuple(Form(form) for form in KINDS[arguments.kind]), seed=arguments.seed)
    with progress(arguments.quiet) as shown:
        trained = train(course, shown)
    path = save(trained, course, folder, name)
    score = trained.score
    note([f"{trained.steps} steps in {duration(trained.seconds)}; on others {score}"], arguments.quiet)
    told = {
        "model": str(path),
        "steps": trained.steps,
        "seconds": round(trained.seconds, 1),
        "balanced accuracy": score.balanced_accuracy,
        "lesions found": [score.found, score.with_lesions],
        "brains cleared": [score.cleared, score.without],
    }
    print(as_json(told) if arguments.json else path)
    return 0
