"""Command-line options shared by several commands."""

from __future__ import annotations

import argparse

from viewer.commands.option_values import IntegerInRange, parse_channels, parse_device
from viewer.commands.parser import UsageError
from viewer.jobs.device import DEVICE_NAMES
from viewer.resource_files import BUILTIN_SCANS

MAX_SEED = 2**63 - 1
MAX_LIBRARY_SEED = 2**32 - 1
"""What scikit-learn takes."""


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
        "a person's folder of a BIDS dataset; "
        "several images of one person as T1=FILE FLAIR=FILE, by the channels of the model's card",
    )
    parser.add_argument(
        "--volume", metavar="N", type=IntegerInRange(0), help="which volume of a series, counted from 0"
    )
    add_channel_options(parser)
    add_align_option(parser)


def add_language_option(parser: argparse.ArgumentParser) -> None:
    """Add the language of the window."""
    parser.add_argument(
        "--language",
        choices=("system", "en", "de"),
        help="language of the window (default: as chosen in View > Language)",
    )


def add_align_option(parser: argparse.ArgumentParser) -> None:
    """Add whether several images of a person are aligned."""
    parser.add_argument(
        "--align",
        action="store_true",
        help="register the images of the person to the first of them (rigid): for heads that lay differently",
    )


def add_channel_options(parser: argparse.ArgumentParser) -> None:
    """Add the channels of one file's volumes, and covariates."""
    parser.add_argument(
        "--channels",
        metavar="NAME,...",
        type=parse_channels,
        help="take all volumes of the file, as these channels of the model, such as T1,T1c,T2,FLAIR",
    )
    add_covariate_option(parser)


def add_covariate_option(parser: argparse.ArgumentParser) -> None:
    """Add the numbers that a model takes beside the image."""
    parser.add_argument(
        "--set-covariate",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a number that the model takes beside the image, such as age=71; may be repeated",
    )


def add_map_volume_option(container: argparse._ActionsContainer) -> None:
    """Add the volumes of maps that are series."""
    container.add_argument(
        "--map-volume",
        metavar="N",
        type=IntegerInRange(0),
        action="append",
        help="which volume of a map that is a series, counted from 0; with several maps once for each of "
        "them, in their order, and 0 for one that is not a series",
    )


def add_map_name_option(container: argparse._ActionsContainer) -> None:
    """Add the names of maps in legends."""
    container.add_argument(
        "--map-name",
        metavar="NAME",
        action="append",
        help="what the map is called in the figure; with several maps once for each of them, in their order",
    )


class _FirstAndOthers(argparse.Action):
    """Keeps the first value under the option's own name, and further ones in ``other_models``."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Keep one value."""
        if getattr(namespace, self.dest) is None:
            setattr(namespace, self.dest, values)
        else:
            namespace.other_models = [*namespace.other_models, values]


def add_model_options(
    parser: argparse.ArgumentParser, *, required: bool = True, ensemble: bool = False
) -> None:
    """Add the model, its card, and whether its code may run; with ``ensemble``, several models."""
    about = "a model's file or folder, or the name of a built-in one"
    if ensemble:
        parser.set_defaults(other_models=[])
        about += "; with --uncertainty ensemble once for each network of it"
    parser.add_argument(
        "--model",
        metavar="M",
        required=required,
        action=_FirstAndOthers if ensemble else "store",
        help=about,
    )
    parser.add_argument("--card", metavar="FILE", help="the model card, if it is not beside the model")
    parser.add_argument(
        "--answer",
        metavar="KEY",
        help="of a network that returns several tensors (deep supervision): key or index of the one to take "
        "(default: the card's, or the one that is clearly the prediction)",
    )
    parser.add_argument(
        "--fold",
        metavar="N",
        help="of an nnU-Net's results folder: the fold whose network is used, such as 0 or all (default: the "
        "mean of the outputs of the folds)",
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="allow a model that contains code to run it (TorchScript, Python)",
    )


def add_uncertainty_options(parser: argparse.ArgumentParser) -> None:
    """Add what a prediction or map is repeated over, and how often."""
    group = parser.add_argument_group("uncertainty")
    group.add_argument(
        "--uncertainty",
        choices=("dropout", "moves", "ensemble"),
        help="repeat over: dropout, the network with its dropout switched on; moves, the scan shifted by up "
        "to half a voxel, turned by up to 1° and with as much noise as it has; ensemble, several --model, or "
        "the folds of an nnU-Net",
    )
    group.add_argument(
        "--samples",
        metavar="N",
        type=IntegerInRange(2, 10_000),
        help="number of repetitions, of dropout and moves (default: 20)",
    )


def add_prepare_option(parser: argparse.ArgumentParser) -> None:
    """Add whether the scan is prepared as the card asks for."""
    parser.add_argument(
        "--prepare",
        choices=("none", "card"),
        default="none",
        help="card: first do what the model's card asks for (registration to the template, skull, bias "
        "field); results lie on the scan as given all the same (default: none)",
    )
    parser.add_argument(
        "--transform",
        metavar="FILE",
        help="with --prepare card: the transform of the scan to MNI152, instead of finding it (JSON, ITK's "
        ".tfm, FSL's .mat)",
    )
    parser.add_argument(
        "--brain-mask",
        metavar="MASK",
        help="with --prepare card: the brain mask, instead of finding it; fit takes one alone, too",
    )


def add_computing_options(parser: argparse.ArgumentParser) -> None:
    """Add the device, threads and seed."""
    group = parser.add_argument_group("computing")
    group.add_argument(
        "--device", metavar="D", type=parse_device, default="auto", help=f"{DEVICE_NAMES} (default: auto)"
    )
    _add_threads_and_seed(group, MAX_SEED)


def add_cpu_options(parser: argparse.ArgumentParser) -> None:
    """Add threads and seed, for what is computed on the CPU only."""
    _add_threads_and_seed(parser.add_argument_group("computing"), MAX_LIBRARY_SEED)


def add_threads_option(container: argparse._ActionsContainer) -> None:
    """Add the number of threads, for what takes no random numbers either."""
    container.add_argument(
        "--threads",
        metavar="N",
        type=IntegerInRange(1, 1024),
        help="number of processor cores to use (default: all)",
    )


def _add_threads_and_seed(group: argparse._ArgumentGroup, largest: int) -> None:
    add_threads_option(group)
    group.add_argument(
        "--seed",
        metavar="N",
        type=IntegerInRange(0, largest),
        default=0,
        help="seed of the random numbers (default: 0)",
    )


def add_atlas_options(parser: argparse.ArgumentParser) -> None:
    """Add the atlas in which the clusters' regions are looked up."""
    group = parser.add_argument_group("regions of the clusters")
    group.add_argument("--atlas", metavar="ATLAS", help="an image of labels, or volumes with probabilities")
    group.add_argument("--labels", metavar="FILE", help="the regions' names (default: beside the atlas)")


def check_atlas_options(arguments: argparse.Namespace) -> None:
    """Raise UsageError where names are given without an atlas."""
    if arguments.labels is not None and arguments.atlas is None:
        raise UsageError("--labels names the regions of an --atlas, and none is given")
