"""Say what a network decides about a scan, before anything is explained."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import options as shared
from viewer.commands.telling import as_json, note, progress, table

if TYPE_CHECKING:
    from viewer.models.predict import Prediction

EXAMPLE = """example:
  saliency-viewer predict mni152 --model demo
  saliency-viewer predict sub-01_T1w.nii.gz --model network.safetensors --json"""


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    shared.for_scan(parser)
    shared.for_model(parser)
    shared.for_json(parser)
    shared.for_computing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print class names, logits and probabilities, or a regression's value."""
    scan = shared.read_scan(arguments)
    note((f"{scan.name}: {line}" for line in scan.notes), arguments.quiet)
    model = shared.read_model(arguments)
    device = shared.settle(arguments)

    from viewer.models.predict import predict

    with progress(arguments.quiet) as shown:
        found = predict(model, scan, str(device), shown)
    note(found.remarks, arguments.quiet)
    about = {"model": model.card.name, "scan": scan.name}
    print(as_json(about | found.as_json()) if arguments.json else told(found))
    return 0


def told(found: Prediction) -> str:
    """A prediction as a table, and a line where what the outputs mean is a guess."""
    return "\n".join(filter(None, (_table(found), found.guess)))


def _table(found: Prediction) -> str:
    if found.value is not None:
        return f"{found.value:.4g} {found.unit}".rstrip()
    if found.volumes:
        volumes = enumerate(zip(found.classes, found.volumes, strict=True))
        sizes = [(str(index), name, f"{volume / 1000:.2f} ml") for index, (name, volume) in volumes]
        return table(("index", "class", "volume"), sizes, right=(0, 2))
    if not found.probabilities:
        numbers = enumerate(zip(found.classes, found.logits, strict=True))
        values = [(str(index), name, f"{value:.4g}") for index, (name, value) in numbers]
        return table(("index", "class", "output"), values, right=(0, 2))
    said = "largest" if found.best is not None else "above 50 %"
    outputs = zip(found.classes, found.logits, found.probabilities, strict=True)
    rows = [
        (str(index), name, f"{logit:z.4f}", f"{share:.2%}", said if index in found.present else "")
        for index, (name, logit, share) in enumerate(outputs)
    ]
    return table(("index", "class", "logit", "probability", ""), rows, right=(0, 2, 3))
