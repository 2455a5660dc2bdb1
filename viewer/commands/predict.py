"""Print a network's prediction for a scan."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import format_json, format_table, print_caution, print_notes, show_progress
from viewer.commands.option_values import parse_output_path
from viewer.number_format import format_probability

if TYPE_CHECKING:
    from pathlib import Path

    from viewer.models.model import Model
    from viewer.models.predict import Prediction
    from viewer.models.uncertainty.prediction_spread import PredictionSpread
    from viewer.scans.scan import Scan

EXAMPLE = """example:
  saliency-viewer predict mni152 --model demo
  saliency-viewer predict sub-01_T1w.nii.gz --model network.safetensors --json
  saliency-viewer predict sub-01_T1w.nii.gz --model network.safetensors --prepare card
  saliency-viewer predict T1=t1.nii.gz FLAIR=flair.nii.gz --model tumour.pt2 --set-covariate age=71
  saliency-viewer predict sub-01_T1w.nii.gz --model segmenter.pt2 -o labels.nii.gz
  saliency-viewer predict sub-01_T1w.nii.gz --model network.safetensors --uncertainty moves --samples 50"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    options.add_model_options(parser, ensemble=True)
    options.add_prepare_option(parser)
    options.add_uncertainty_options(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="LABELS.nii.gz",
        type=parse_output_path,
        help="for a segmentation: file to write the class of every voxel to",
    )
    options.add_json_option(parser)
    options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print class names, logits and probabilities, or a regression's value."""
    path = None
    if arguments.output is not None:
        used_files = (*inputs.scan_paths(arguments), arguments.model, arguments.card)
        path = inputs.check_map_output(arguments.output, *used_files)
    scan = inputs.read_scan(arguments)
    print_notes((f"{scan.name}: {line}" for line in scan.notes), arguments.quiet)
    model = inputs.read_model(arguments)
    uncertainty = inputs.read_uncertainty(arguments)
    device = inputs.select_device(arguments)

    from viewer.fit.predict import predict

    with show_progress(arguments.quiet) as progress:
        prepared = inputs.resolve_preparation(arguments, scan, model, progress)
        prediction = predict(model, scan, str(device), progress, prepare=prepared, uncertainty=uncertainty)
    print_notes(prediction.remarks, arguments.quiet)
    print_caution(prediction.fit, arguments.quiet)
    if path is not None:
        path = _save_segmentation(prediction, scan, model, path)
    facts = {"model": model.card.name, "scan": scan.name, **inputs.describe_inputs(scan)}
    text = "\n".join(filter(None, (inputs.format_inputs(scan), format_prediction(prediction))))
    if path is not None:
        facts["labels"] = str(path)
        text = f"{text}\n{path}"
    print(format_json(facts | prediction.as_json()) if arguments.json else text)
    return 0


def _save_segmentation(prediction: Prediction, scan: Scan, model: Model, path: Path) -> Path:
    """Write the class of every voxel on the scan's grid.

    Raises
    ------
    ModelError
        The network does not segment.
    """
    from viewer.errors import ModelError

    if prediction.segmentation is None:
        raise ModelError(model.card.name, "does not classify voxels", "leave out -o")
    return prediction.segmentation.as_map(scan, model).save(path)


def format_prediction(prediction: Prediction) -> str:
    """Return a prediction as a table, with a note if the meaning of the outputs is a guess, and the fit."""
    fit = "" if prediction.fit is None else f"fit: {prediction.fit.verdict}"
    uncertainty = "" if prediction.uncertainty is None else _format_spread(prediction.uncertainty)
    return "\n".join(filter(None, (_format_outputs(prediction), uncertainty, prediction.guess, fit)))


def _format_spread(spread: PredictionSpread) -> str:
    """Return mean, standard deviation and interval of every output over the members."""
    is_value = spread.quantity == "value"
    rows = [
        ("value" if is_value else name, *(spread.format(statistic) for statistic in (mean, sd, low, high)))
        for name, mean, sd, (low, high) in zip(
            spread.names, spread.mean, spread.sd, spread.intervals, strict=True
        )
    ]
    table = format_table(("uncertainty", "mean", "SD", "from", "to"), rows, right_aligned=(1, 2, 3, 4))
    return f"{table}\n{spread.interval_text}"


def _format_outputs(prediction: Prediction) -> str:
    if prediction.value is not None:
        return f"{prediction.value:.4g} {prediction.unit}".rstrip()
    if prediction.volumes:
        volumes = enumerate(zip(prediction.classes, prediction.volumes, strict=True))
        sizes = [(str(index), name, f"{volume / 1000:.2f} ml") for index, (name, volume) in volumes]
        return format_table(("index", "class", "volume"), sizes, right_aligned=(0, 2))
    if not prediction.probabilities:
        numbers = enumerate(zip(prediction.classes, prediction.logits, strict=True))
        values = [(str(index), name, f"{value:.4g}") for index, (name, value) in numbers]
        return format_table(("index", "class", "output"), values, right_aligned=(0, 2))
    remark = "largest" if prediction.best is not None else "above 50 %"
    outputs = zip(prediction.classes, prediction.logits, prediction.probabilities, strict=True)
    rows = [
        (
            str(index),
            name,
            f"{logit:z.4f}",
            format_probability(probability, 2),
            remark if index in prediction.predicted_indices else "",
        )
        for index, (name, logit, probability) in enumerate(outputs)
    ]
    return format_table(("index", "class", "logit", "probability", ""), rows, right_aligned=(0, 2, 3))
