"""Command-line options shared by several commands."""

from __future__ import annotations

import argparse

from viewer.commands.option_values import IntegerInRange, parse_channels, parse_device
from viewer.commands.parser import UsageError
from viewer.jobs.device import DEVICE_NAMES
from viewer.resource_files import BUILTIN_SCANS

MAX_SEED = 2**63 - 1
MAX_LIBRARY_SEED = 2**32 - 1
"""Largest seed that scikit-learn accepts."""


def add_general_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command."""
    group = parser.add_argument_group("general options")
    group.add_argument(
        "--quiet", action="store_true", help="print no progress and no notes on standard error"
    )
    group.add_argument("--debug", action="store_true", help="print the traceback of an error")


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def add_scan_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the scan, its volume or channels, and covariates."""
    parser.add_argument(
        "scan",
        metavar="SCAN",
        nargs="+",
        help=f"a NIfTI, MGH, Analyze, MINC, AFNI or PAR/REC file, or one of {', '.join(BUILTIN_SCANS)}; "
        "a participant's folder of a BIDS dataset; "
        "several images of one person as T1=FILE FLAIR=FILE, named by the channels in the model card",
    )
    parser.add_argument(
        "--volume", metavar="N", type=IntegerInRange(0), help="volume of a series, counted from 0"
    )
    add_channel_options(parser)
    add_align_option(parser)


def add_language_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--language``."""
    parser.add_argument(
        "--language",
        choices=("system", "en", "de"),
        help="language of the window (default: as chosen in View > Language)",
    )


def add_align_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--align``."""
    parser.add_argument(
        "--align",
        action="store_true",
        help="register the images of the person to the first one (rigid), if the head has moved between them",
    )


def add_channel_options(parser: argparse.ArgumentParser) -> None:
    """Add the channels of the volumes of a file, and covariates."""
    parser.add_argument(
        "--channels",
        metavar="NAME,...",
        type=parse_channels,
        help="use all volumes of the file, as these channels of the model, such as T1,T1c,T2,FLAIR",
    )
    add_covariate_option(parser)


def add_covariate_option(parser: argparse.ArgumentParser) -> None:
    """Add the covariates: numeric inputs of a model in addition to the image."""
    parser.add_argument(
        "--set-covariate",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a numeric input of the model in addition to the image, such as age=71; may be repeated",
    )


def add_map_volume_option(container: argparse._ActionsContainer) -> None:
    """Add ``--map-volume``."""
    container.add_argument(
        "--map-volume",
        metavar="N",
        type=IntegerInRange(0),
        action="append",
        help="volume of a map that is a series, counted from 0; with several maps, once per map in their "
        "order, with 0 for a map that is not a series",
    )


def add_map_name_option(container: argparse._ActionsContainer) -> None:
    """Add ``--map-name``."""
    container.add_argument(
        "--map-name",
        metavar="NAME",
        action="append",
        help="name of the map in the figure; with several maps, once per map in their order",
    )


class _FirstAndOthers(argparse.Action):
    """Action that stores the first value under the option's name, and further ones in ``other_models``."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Store a value."""
        if getattr(namespace, self.dest) is None:
            setattr(namespace, self.dest, values)
        else:
            namespace.other_models = [*namespace.other_models, values]


def add_model_options(
    parser: argparse.ArgumentParser, *, required: bool = True, ensemble: bool = False
) -> None:
    """Add the model, its card, and whether its code may run; with ``ensemble``, several models."""
    text = "a model file or folder, or the name of a built-in model"
    if ensemble:
        parser.set_defaults(other_models=[])
        text += "; with --uncertainty ensemble, once for each network"
    parser.add_argument(
        "--model",
        metavar="M",
        required=required,
        action=_FirstAndOthers if ensemble else "store",
        help=text,
    )
    parser.add_argument("--card", metavar="FILE", help="the model card, if it is not beside the model")
    parser.add_argument(
        "--answer",
        metavar="KEY",
        help="for a network that returns several tensors (deep supervision): key or index of the one to use "
        "(default: that in the card, or the one that is clearly the prediction)",
    )
    parser.add_argument(
        "--fold",
        metavar="N",
        help="for an nnU-Net results folder: the fold to use, such as 0 or all (default: the mean of the "
        "outputs of the folds)",
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="allow the model to run code that it contains (TorchScript, Python)",
    )


def add_uncertainty_options(parser: argparse.ArgumentParser) -> None:
    """Add the source of uncertainty, and the number of repetitions."""
    group = parser.add_argument_group("uncertainty")
    group.add_argument(
        "--uncertainty",
        choices=("dropout", "moves", "ensemble"),
        help="repeat with: dropout, the network's dropout switched on; moves, the scan shifted by up to half "
        "a voxel, rotated by up to 1° and with as much added noise as it has; ensemble, several --model, or "
        "the folds of an nnU-Net",
    )
    group.add_argument(
        "--samples",
        metavar="N",
        type=IntegerInRange(2, 10_000),
        help="number of repetitions with dropout and moves (default: 20)",
    )


def add_prepare_option(parser: argparse.ArgumentParser) -> None:
    """Add the preparation of the scan."""
    parser.add_argument(
        "--prepare",
        choices=("none", "card"),
        default="none",
        help="card: first prepare the scan as the model card requires (registration to the template, skull, "
        "bias field); results are still on the scan as given (default: none)",
    )
    parser.add_argument(
        "--transform",
        metavar="FILE",
        help="with --prepare card: transform of the scan to MNI152, instead of computing it (JSON, ITK .tfm, "
        "FSL .mat)",
    )
    parser.add_argument(
        "--brain-mask",
        metavar="MASK",
        help="with --prepare card: brain mask, instead of computing it; for fit also without --prepare",
    )


def add_computing_options(parser: argparse.ArgumentParser) -> None:
    """Add the device, threads and seed."""
    group = parser.add_argument_group("computing")
    group.add_argument(
        "--device", metavar="D", type=parse_device, default="auto", help=f"{DEVICE_NAMES} (default: auto)"
    )
    _add_threads_and_seed(group, MAX_SEED)


def add_cpu_options(parser: argparse.ArgumentParser) -> None:
    """Add the threads and the seed, for commands that run on the CPU only."""
    _add_threads_and_seed(parser.add_argument_group("computing"), MAX_LIBRARY_SEED)


def add_threads_option(container: argparse._ActionsContainer) -> None:
    """Add the number of threads, for commands that also need no random numbers."""
    container.add_argument(
        "--threads",
        metavar="N",
        type=IntegerInRange(1, 1024),
        help="number of processor cores to use (default: all)",
    )


def _add_threads_and_seed(group: argparse._ArgumentGroup, max_seed: int) -> None:
    add_threads_option(group)
    group.add_argument(
        "--seed",
        metavar="N",
        type=IntegerInRange(0, max_seed),
        default=0,
        help="random seed (default: 0)",
    )


def add_atlas_options(parser: argparse.ArgumentParser) -> None:
    """Add the atlas in which the regions of clusters are looked up."""
    group = parser.add_argument_group("regions of the clusters")
    group.add_argument("--atlas", metavar="ATLAS", help="a label image, or a series of probability maps")
    group.add_argument("--labels", metavar="FILE", help="file of region names (default: beside the atlas)")


def check_atlas_options(arguments: argparse.Namespace) -> None:
    """Raise UsageError if region names are given without an atlas."""
    if arguments.labels is not None and arguments.atlas is None:
        raise UsageError("--labels: needs an --atlas, whose regions it names")
