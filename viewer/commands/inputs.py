"""Load the scans, maps and models of a command line, and check its output paths."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.commands.console import print_caution, print_notes, show_progress
from viewer.commands.option_values import parse_covariates
from viewer.commands.parser import UsageError
from viewer.errors import ModelError
from viewer.files import exists, expand_user, is_folder
from viewer.number_format import format_count

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.models.model_card import Card
    from viewer.models.predict import Prediction
    from viewer.models.uncertainty.members import Uncertainty
    from viewer.preparation.prepared import Prepared
    from viewer.progress import Progress
    from viewer.scans.atlas import Atlas
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.scene.brain_outlines import BrainOutlines
    from viewer.session.view import View


def select_device(arguments: argparse.Namespace) -> torch.device:
    """Return the requested device, and set the number of threads.

    Raises
    ------
    ViewerError
        This machine has no such device.
    """
    import torch

    from viewer.jobs.device import select_device

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    return select_device(arguments.device)


def print_image_notes(
    arguments: argparse.Namespace, scan: Scan | None, maps: Sequence[Map] = (), model: Model | None = None
) -> None:
    """Print on standard error the repairs of a scan and of maps, and notes on the maps.

    The notes concern their origin (`origin_notes` and, for several maps, `comparison_notes`), large residuals
    and, if no model is given, whether their scan did not fit the network that they explain.
    """
    from viewer.models.fit_report import fit_report_from_json
    from viewer.scans.origin import comparison_notes, origin_notes

    lines = [] if scan is None else [f"{scan.name}: {line}" for line in scan.notes]
    model_names = ("", "") if model is None else (model.hash, model.card.name)
    for map_ in maps:
        lines += [f"{map_.name}: {line}" for line in (*map_.notes, *origin_notes(map_, scan, *model_names))]
    lines += comparison_notes(maps)
    print_notes(lines, arguments.quiet)
    if model is None:
        for report in {fit_report_from_json(map_.provenance.fit) for map_ in maps}:
            print_caution(report, arguments.quiet)


def scan_files(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the requested image files by channel; the channel of a single image may be empty.

    Raises
    ------
    UsageError
        One of several images has no channel, or two have the same channel.
    """
    from viewer.models.input_spec import CHANNEL_NAME

    files: dict[str, str] = {}
    for text in arguments.scan:
        channel, separator, path = text.partition("=")
        if not separator or not CHANNEL_NAME.fullmatch(channel) or exists(Path(text)):
            channel, path = "", text
        if not channel and len(arguments.scan) > 1:
            raise UsageError(f"{text}: name its channel of the model, such as T1={text}")
        if channel.casefold() in (name.casefold() for name in files):
            raise UsageError(f"{text}: the channel {channel} is given twice")
        files[channel] = path
    return files


def scan_paths(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return the paths of the requested images, including those in a BIDS folder.

    Raises
    ------
    UsageError
        As in `scan_files`.
    ScanError
        A folder has several sessions or people.
    """
    from viewer.scans.bids_folder import find_bids_images

    paths = [(path, find_bids_images(Path(path))) for path in scan_files(arguments).values()]
    return tuple(str(file) for path, images in paths for file in (path, *(image.path for image in images)))


def read_scan(arguments: argparse.Namespace) -> Scan:
    """Read the requested scan, or several images of one person as one scan, aligned if requested.

    Raises
    ------
    UsageError
        A channel or a covariate is named twice, or options contradict each other.
    ViewerError
        It cannot be read or aligned, or it is a series and the given model needs several images.
    """
    scan = _read_images(arguments)
    if not arguments.align:
        return scan
    from viewer.preparation.align_images import align_images

    with show_progress(arguments.quiet) as progress:
        return align_images(scan, progress)


def _read_images(arguments: argparse.Namespace) -> Scan:
    """Read the requested scan, or several images of one person as one scan.

    Raises
    ------
    UsageError
        A channel or a covariate is named twice, or options contradict each other.
    ScanError
        It cannot be read.
    ModelError
        It is a series, and the given model needs several images, so that no single volume is enough.
    """
    from viewer.models.bids_channels import bids_channels
    from viewer.scans.bids_folder import find_bids_images
    from viewer.scans.load import VolumeNotChosen, load_scan

    images = scan_files(arguments)
    covariates = parse_covariates(arguments.set_covariate)
    several_images = len(images) > 1 or "" not in images
    if several_images and arguments.channels is not None:
        raise UsageError("--channels: names the volumes of one file, and these images have names already")
    if (several_images or arguments.channels is not None) and arguments.volume is not None:
        raise UsageError("--volume: applies to a single image; here all are used")
    if several_images:
        return load_scan(images, covariates=covariates)
    channels = arguments.channels
    if channels is None and find_bids_images(Path(images[""])):
        channels = bids_channels(_load_requested_card(arguments))
    try:
        return load_scan(images[""], arguments.volume, channels=channels, covariates=covariates)
    except VolumeNotChosen as error:
        refuse_single_volume(arguments, error)
        raise


def describe_inputs(scan: Scan) -> dict[str, object]:
    """Return the images by channel and the covariates as plain values; empty for a single scan."""
    from viewer.scans.multichannel_scan import MultichannelScan

    if not isinstance(scan, MultichannelScan):
        return {}
    images = {name: str(image.path or image.name) for name, image in scan.images.items() if name}
    entries_by_kind = {"images": images, "covariates": dict(scan.covariates)}
    return {name: entries for name, entries in entries_by_kind.items() if entries}


def format_inputs(scan: Scan) -> str:
    """Return the images by channel and the covariates in one line; empty for a single scan."""
    from viewer.scans.multichannel_scan import list_inputs

    text = list_inputs(scan)
    return f"inputs: {text}" if text else ""


def refuse_single_volume(arguments: argparse.Namespace, series_error: Exception) -> None:
    """Raise ModelError if the given model needs several images, so that choosing a volume would not help."""
    from viewer.models.preprocessing import check_one_image

    card = _load_requested_card(arguments)
    if card is not None:
        try:
            check_one_image(card)
        except ModelError as error:
            raise error from series_error


def _load_requested_card(arguments: argparse.Namespace) -> Card | None:
    """Return the card of the given model, without loading the model; None if there is none."""
    if not getattr(arguments, "model", None):
        return None
    from viewer.models.inspect import inspect
    from viewer.models.loading import find_model
    from viewer.models.model_card import read_card

    card_path, model_name = getattr(arguments, "card", None), str(arguments.model)
    file = model_name.rpartition(":")[0] if ".py:" in model_name else model_name
    return read_card(Path(card_path)) if card_path else inspect(find_model(file)).card


def read_maps(
    paths: Sequence[str], volumes: Sequence[int] | None, names: Sequence[str] | None = None
) -> list[Map]:
    """Read the maps, each with its volume and name; file names are added to names that are not unique.

    Raises
    ------
    UsageError
        The number of volumes or names differs from the number of maps.
    ScanError
        A map cannot be read.
    """
    from viewer.scans.load import load_map

    if volumes and len(volumes) != len(paths):
        raise UsageError(
            f"--map-volume: is given {format_count(len(volumes), 'time')}, and there are {len(paths)} maps; "
            "give it once per map, with 0 for a map that is not a series"
        )
    indices: Sequence[int | None] = volumes or [None] * len(paths)
    maps = [load_map(path, volume) for path, volume in zip(paths, indices, strict=True)]
    if names:
        if len(names) != len(paths):
            raise UsageError(
                f"--map-name: is given {format_count(len(names), 'time')}, and there are {len(paths)} maps; "
                "give it once per map"
            )
        return [
            replace(map_, name=" ".join(name.split()) or map_.name)
            for map_, name in zip(maps, names, strict=True)
        ]
    map_names = [map_.name for map_ in maps]
    return [
        map_ if map_names.count(map_.name) == 1 else replace(map_, name=f"{map_.name} ({Path(path).name})")
        for map_, path in zip(maps, paths, strict=True)
    ]


def read_model(arguments: argparse.Namespace) -> Model:
    """Load the requested model; a note lists what its card does not say about a requested preparation.

    Raises
    ------
    ModelError
        It cannot be loaded.
    """
    from viewer.models.loading import load_model

    answer, fold = (getattr(arguments, name, None) for name in ("answer", "fold"))
    model = load_model(arguments.model, arguments.card, arguments.trust, answer, fold)
    if getattr(arguments, "prepare", "none") == "card":
        from viewer.models.card_requirements import missing_entries

        missing = missing_entries(model.card)
        lines = [f"the card of {model.card.name} does not say: {', '.join(missing)}"] if missing else []
        print_notes(lines, arguments.quiet)
    return model


def read_uncertainty(arguments: argparse.Namespace) -> Uncertainty | None:
    """Return the requested uncertainty, with the other networks of an ensemble loaded; None if there is none.

    Raises
    ------
    UsageError
        Options are given that need another kind of uncertainty.
    ModelError
        A network cannot be loaded.
    """
    other_paths, kind = arguments.other_models, arguments.uncertainty
    if other_paths and kind != "ensemble":
        raise UsageError("--model: several models need --uncertainty ensemble")
    if arguments.samples is not None and kind not in ("dropout", "moves"):
        raise UsageError("--samples: needs --uncertainty dropout or moves")
    if kind is None:
        return None
    from viewer.models.loading import load_model
    from viewer.models.uncertainty.kinds import UncertaintyKind
    from viewer.models.uncertainty.members import Uncertainty

    networks = tuple(load_model(name, trust=arguments.trust) for name in other_paths)
    return Uncertainty(UncertaintyKind(kind), arguments.samples, arguments.seed, networks)


def resolve_preparation(
    arguments: argparse.Namespace,
    scan: Scan,
    model: Model,
    progress: Progress,
    *,
    allow_mask_alone: bool = False,
) -> str | Prepared:
    """Return the requested preparation: its name, or the prepared scan if a mask or transform is given.

    ``allow_mask_alone`` allows a mask without a preparation, for a command that has another use for it.

    Raises
    ------
    UsageError
        A mask or transform is given that the requested preparation does not use.
    ViewerError
        A file cannot be read, or the preparation that the card requires cannot be done.
    """
    mask, transform = arguments.brain_mask, arguments.transform
    prepare: str = arguments.prepare
    if prepare == "none":
        if transform is not None:
            raise UsageError("--transform: needs --prepare card")
        if mask is not None and not allow_mask_alone:
            raise UsageError("--brain-mask: needs --prepare card")
        return prepare
    if mask is None and transform is None:
        return prepare
    from viewer.models.card_requirements import card_requirements
    from viewer.preparation.pipeline import prepare as prepare_scan

    requirements = card_requirements(model.card)
    if transform is not None and not requirements.registers:
        raise UsageError(f"--transform: the card of {model.card.name} requires no registration")
    if mask is not None and not requirements.needs_mask:
        raise UsageError(f"--brain-mask: the card of {model.card.name} requires no step that uses one")
    return prepare_scan(scan, requirements, mask=mask, transform=transform, progress=progress.subtask(0, 0.5))


def read_outlines(arguments: argparse.Namespace, scan: Scan, maps: Sequence[Map]) -> BrainOutlines | None:
    """Return the requested outlines of the template and of the brain mask on a scan; None if there are none.

    Raises
    ------
    UsageError
        There is no transform to the template, or no mask file; or a file is given that is not used.
    ScanError
        A file cannot be read, or belongs to another scan.
    """
    template, mask_file = arguments.template_outline, arguments.brain_mask
    for file, option, switch, requested in (
        (arguments.transform, "--transform", "--template-outline", template),
        (mask_file, "--brain-mask", "--mask-outline", arguments.mask_outline),
    ):
        if file is not None and not requested:
            raise UsageError(f"{option}: needs {switch}")
    if arguments.mask_outline and mask_file is None:
        raise UsageError("--mask-outline: give the mask with --brain-mask")
    if not template and not arguments.mask_outline:
        return None
    from viewer.preparation.brain_mask import read_brain_mask
    from viewer.preparation.transform_files import find_template_transform
    from viewer.scans.origin import map_origin
    from viewer.scans.template_transform import recorded_transform
    from viewer.scene.brain_outlines import BrainOutlines

    template_transform = None
    if arguments.transform is not None:
        template_transform = find_template_transform(arguments.transform, scan)
    elif template:
        own_maps = (candidate for candidate in maps if not map_origin(candidate, scan).is_from_other_scan)
        template_transform = next(
            (candidate for candidate in map(recorded_transform, own_maps) if candidate is not None), None
        )
        if template_transform is None:
            raise UsageError(
                "--template-outline: no map contains the transform of the scan to the template; "
                "give it with --transform"
            )
    mask = None if mask_file is None else read_brain_mask(mask_file, scan)
    problems = () if template_transform is None else template_transform.problems
    print_notes((f"the template's outline may be wrong: {problem}" for problem in problems), arguments.quiet)
    return BrainOutlines.from_transform(
        scan, None if template_transform is None else template_transform.matrix, mask
    )


def predict_if_requested(
    arguments: argparse.Namespace, scan: Scan, model: Model | None, progress: Progress
) -> Prediction | None:
    """Return the prediction of ``--model`` with its fit; None without a model."""
    if model is None:
        return None
    from viewer.fit.predict import predict

    device = select_device(arguments)
    prepared = resolve_preparation(arguments, scan, model, progress)
    return predict(model, scan, str(device), progress, prepare=prepared)


def parse_check_names(text: str) -> tuple[str, ...] | None:
    """Return the requested checks; None if none is named.

    Raises
    ------
    UsageError
        There is no such check.
    """
    from viewer.checks.runner import check_names

    names = check_names()
    requested = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in requested:
        if name not in names:
            raise UsageError(f"--kinds: no check {name!r}; choose from {', '.join(names)}")
    return requested or None


def read_atlas(arguments: argparse.Namespace, progress: Progress) -> Atlas | None:
    """Return the atlas of ``--atlas`` and print its notes; None without an atlas.

    Raises
    ------
    ScanError
        It cannot be read.
    """
    if arguments.atlas is None:
        return None
    from viewer.scans.atlas import find_names_file, load_atlas

    atlas = load_atlas(arguments.atlas, arguments.labels, progress)
    print_notes((f"{atlas.name}: {line}" for line in atlas.notes), arguments.quiet)
    if arguments.labels is None and find_names_file(Path(arguments.atlas)) is None:
        print_notes([f"{atlas.name}: has no file of region names; give one with --labels"], arguments.quiet)
    return atlas


def check_output(path: str, suffixes: tuple[str, ...]) -> Path:
    """Return the output path after checking it, before anything is computed.

    Raises
    ------
    UsageError
        It has none of the ``suffixes``, is a folder, or would be in a folder that does not exist.
    """
    output = Path(path)
    if not output.name.lower().endswith(suffixes):
        raise UsageError(f"{path}: the name must end in {' or '.join(suffixes)}")
    if is_folder(output):
        raise UsageError(f"{path}: is a folder")
    if not is_folder(output.absolute().parent):
        raise UsageError(f"{path}: there is no folder {output.parent}")
    return output


def check_not_input(path: Path, *inputs: str | None) -> None:
    """Check that an output does not overwrite an input.

    Raises
    ------
    UsageError
        The output is one of the inputs.
    """
    for name in inputs:
        if (
            name is not None
            and exists(path)
            and exists(input_path := expand_user(name))
            and path.samefile(input_path)
        ):
            raise UsageError(f"{path}: is an input of this command and would be overwritten")


def check_map_output(path: str, *inputs: str | None) -> Path:
    """Return the output path of a map after checking it and its JSON, before anything is computed.

    Raises
    ------
    UsageError
        It is not named .nii or .nii.gz, its folder does not exist, or it is one of the inputs.
    ScanError
        The JSON beside it would replace one that was not written with a map.
    """
    from viewer.scans.sidecar import check_sidecar

    output = check_output(path, (".nii", ".nii.gz"))
    check_not_input(output, *inputs)
    check_sidecar(output)
    return output


def clamp_view(arguments: argparse.Namespace, scan: Scan, view: View) -> View:
    """Return the view with its points moved into the scan; a note reports each point outside of it."""
    walls, crosshair = view.walls_at, view.crosshair
    return replace(
        view,
        walls_at=None if walls is None else clamp_point(arguments, scan, walls, "--walls"),
        crosshair=None if crosshair is None else clamp_point(arguments, scan, crosshair, "--crosshair"),
    )


def clamp_point(
    arguments: argparse.Namespace, scan: Scan, point: tuple[float, float, float], option: str
) -> tuple[float, float, float]:
    """Return an option's point in mm or, with a note, the nearest point in the scan if it is outside."""
    nearest = scan.grid.nearest(point)
    if nearest != point:
        outside, inside = (",".join(f"{value:z.4g}" for value in position) for position in (point, nearest))
        problem = f"the point {outside} mm of {option} is outside the scan"
        print_notes([f"{scan.name}: {problem}; the nearest point, {inside}, is used"], arguments.quiet)
    return nearest
