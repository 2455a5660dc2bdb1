"""Export the current view as a command line that writes the same figure, movie or table."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from viewer.errors import ViewerError
from viewer.scans.aligned_image import original_image
from viewer.scans.multichannel_scan import MultichannelScan, find_image
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.view import ComparisonMode, Convention, Sign, Theme, View, Walls

if TYPE_CHECKING:
    from viewer.scans.scan import Scan
    from viewer.session.map_layer import MapLayer
    from viewer.session.session import Session

PROGRAM = "saliency-viewer"
THRESHOLD_OPTIONS = {
    ThresholdKind.VALUE: "threshold",
    ThresholdKind.PERCENTILE: "percentile",
    ThresholdKind.TOP: "top",
    ThresholdKind.VOXELS: "voxels",
}


def figure_command(
    session: Session,
    output: str,
    size: tuple[int, int],
    dpi: float,
    transparent: bool = False,
    layers: Sequence[MapLayer] | None = None,
) -> str:
    """Return the command that writes the box as currently shown.

    ``layers`` replaces the shown maps, to refer to other files.

    Raises
    ------
    ViewerError
        There is no scan, or the scan or a map is in no file that a command could refer to.
    """
    layers = session.visible_layers if layers is None else layers
    args = [
        "figure",
        *_input_arguments(session, layers),
        "-o",
        output,
        "--size",
        f"{size[0]}x{size[1]}",
    ]
    args += ["--dpi", _format_number(dpi), *threshold_options(session.view), *box_options(session.view)]
    if len(layers) > 1:
        args += compare_options(session.view)
    args += _kept_map_options(session)
    args += _certainty_option(session.view, layers)
    args += _outline_options(session)
    return join_command([*args, "--transparent"] if transparent else args)


def _kept_map_options(session: Session) -> list[str]:
    """Return the options for the maps that are drawn together with the current one."""
    args = []
    for layer in session.kept_layers:
        if layer.look is None or not session.visible_layers:
            continue
        if layer.file is None:
            remedy = "save this map first (File > Save map, Ctrl+S)"
            raise ViewerError(layer.map.name, "has no file of its own that a command could refer to", remedy)
        look = layer.look
        threshold = f"{look.threshold.kind}={_format_amount(look.threshold)}"
        volume = [] if layer.volume is None else [f"volume={layer.volume}"]
        name = [f"name={layer.map.name}"] if layer.map.provenance.name else []
        args += ["--also", path_argument(layer.file), *volume, *name, threshold]
        args += [f"sign={look.sign}", f"hues={look.hues}"]
        args += [] if look.opacity == View().opacity else [f"opacity={_format_number(look.opacity)}"]
    return args


def _certainty_option(view: View, layers: Sequence[MapLayer]) -> list[str]:
    """Return the option that fades uncertain values, if all maps have an SD."""
    all_have_sd = bool(layers) and all(layer.map.sd is not None for layer in layers)
    return ["--by-certainty"] if view.by_certainty and all_have_sd else []


def slices_command(session: Session, output: str, dpi: float) -> str:
    """Return the command that writes the three slices through the crosshair. Raises as `figure_command`."""
    view, default = session.view, View()
    layers = session.visible_layers[:1] if view.overlay else ()
    args = [
        "slices",
        *_input_arguments(session, layers),
        "-o",
        output,
        "--at",
        _format_point(session.crosshair),
    ]
    args += ["--dpi", _format_number(dpi), *threshold_options(view)]
    if view.convention is not default.convention:
        args += ["--convention", str(Convention(view.convention))]
    if view.opacity != default.opacity:
        args += ["--opacity", _format_number(view.opacity)]
    args += ["--by-value"] if view.by_value else []
    args += _certainty_option(view, layers)
    args += ["--outline"] if view.outline else []
    return join_command([*args, *_bar_options(view), *_color_options(view), *_outline_options(session)])


def _outline_options(session: Session) -> list[str]:
    """Return the option for the template's outline, if a map records the scan's registration."""
    from viewer.scans.template_transform import recorded_transform

    preparation, view = session.preparation, session.view
    if preparation is None or preparation.registration is None or not view.template_outline:
        return []
    transforms = [recorded_transform(layer.map) for layer in session.visible_layers]
    first = next((transform for transform in transforms if transform is not None), None)
    same = first is not None and bool(np.allclose(first.matrix, preparation.registration.matrix))
    return ["--template-outline"] if same else []


def describe_omissions(session: Session) -> str:
    """Return what a command cannot draw, as a sentence; empty if it draws everything that is shown."""
    preparation, view = session.preparation, session.view
    if preparation is None:
        return ""
    parts = ["the brain mask"] if view.mask_outline and preparation.mask is not None else []
    if view.template_outline and preparation.registration is not None and not _outline_options(session):
        parts.insert(0, "the template")
    if not parts:
        return ""
    remedy = "save mask and transform, and name the files with --transform and --brain-mask"
    return f"The command omits the outline of {' and of '.join(parts)}, which is not saved: {remedy}."


def threshold_options(view: View) -> list[str]:
    """Return the options for the map's threshold; defaults are omitted."""
    default, args = View(), []
    if view.threshold != default.threshold:
        args += [f"--{THRESHOLD_OPTIONS[view.threshold.kind]}", _format_amount(view.threshold)]
    if view.sign is not default.sign:
        args += ["--sign", str(Sign(view.sign))]
    if view.smallest_cluster != default.smallest_cluster:
        args += ["--min-cluster", _format_number(view.smallest_cluster)]
    if view.largest_clusters != default.largest_clusters:
        args += ["--largest-clusters", str(view.largest_clusters)]
    if view.smoothing != default.smoothing:
        args += ["--smooth", _format_number(view.smoothing)]
    return args


def box_options(view: View) -> list[str]:
    """Return the options for the appearance of the box; defaults are omitted."""
    default, args = View(), []
    if view.theme is not default.theme:
        args += ["--background", str(Theme(view.theme))]
    if view.walls is Walls.CROSSHAIR and view.crosshair is not None:
        args += ["--crosshair", _format_point(view.crosshair)]
    elif view.walls is Walls.MIDDLE and view.walls_at is not None:
        args += ["--walls", _format_point(view.walls_at)]
    for name in ("azimuth", "elevation", "zoom"):
        value = getattr(view.camera, name)
        if value != getattr(default.camera, name):
            args += [f"--{name}", _format_number(value)]
    switches = {"glass": "glass", "nested": "nested", "shadows": "no-shadows"}
    args += [
        f"--{option}" for name, option in switches.items() if getattr(view, name) != getattr(default, name)
    ]
    return [*args, *_bar_options(view), *_color_options(view)]


def _bar_options(view: View) -> list[str]:
    args = [] if view.scale_bar else ["--no-scale-bar"]
    return args if view.colour_bar else [*args, "--no-colour-bar"]


def compare_options(view: View) -> list[str]:
    """Return the options for comparing two maps; flicker mode is written as side by side."""
    if view.contrast is ComparisonMode.FADE:
        return ["--compare", "fade", "--fade", _format_number(view.fade)]
    return ["--compare", "beside"]


def _color_options(view: View) -> list[str]:
    args = []
    if view.hues is not View().hues:
        args += ["--hues", str(view.hues)]
    if view.display_range is not None:
        args += ["--range", ",".join(_format_number(value) for value in view.display_range)]
    return args


def _input_arguments(session: Session, layers: Sequence[MapLayer]) -> list[str]:
    scan = session.scan
    if scan is None:
        raise ViewerError("command", "no scan is open", "open a scan first")
    args = scan_arguments(scan)
    if session.view.image and find_image(scan, session.view.image) is not None:
        args += ["--image", session.view.image]
    for layer in layers:
        if layer.file is None:
            remedy = "save this map first (File > Save map, Ctrl+S)"
            raise ViewerError(layer.map.name, "has no file that a command could refer to", remedy)
        args += ["--map", path_argument(layer.file)]
    if any(layer.volume is not None for layer in layers):
        # Once for each of the maps, or for none.
        args += [
            argument for layer in layers for argument in _volume_option("--map-volume", layer.volume or 0)
        ]
    if any(layer.map.provenance.name for layer in layers):
        args += [f"--map-name={layer.map.name}" for layer in layers]
    return args


def scan_arguments(scan: Scan) -> list[str]:
    """Return the arguments for a scan: its file, or one per image if it has several, and its covariates."""
    images = scan.images if isinstance(scan, MultichannelScan) else {"": scan}
    paths = {name: _image_path(image) for name, image in images.items()}
    volumes = [image.volume for image in images.values()]
    if len(set(paths.values())) == 1 and len(images) > 1 and volumes == list(range(len(images))):
        args = [path_argument(next(iter(paths.values()))), "--channels", ",".join(images)]
    elif len(images) == 1:
        ((name, path),) = paths.items()
        if not isinstance(scan, MultichannelScan) and original_image(scan) is not scan:
            remedy = "open the scan by itself, and a map on its own grid"
            raise ViewerError(
                scan.name, "is aligned with another image, which a command cannot express", remedy
            )
        argument = f"{name}={path_argument(path)}" if name else path_argument(path)
        args = [argument, *_volume_option("--volume", volumes[0])]
    else:
        single_volume = next((image for image in images.values() if image.volume is not None), None)
        if single_volume is not None:
            raise ViewerError(
                single_volume.name,
                "is one volume of a file, which a command for several images cannot select",
            )
        args = [f"{name}={path_argument(path)}" for name, path in paths.items()]
    if isinstance(scan, MultichannelScan):
        if any(original_image(image) is not image for image in images.values()):
            args += ["--align"]
        for name, value in scan.covariates.items():
            args += ["--set-covariate", f"{name}={_format_number(value)}"]
    return args


def _image_path(image: Scan) -> Path:
    if image.path is None:
        raise ViewerError(image.name, "has no file that a command could refer to")
    return image.path


def _volume_option(option: str, volume: int | None) -> list[str]:
    return [] if volume is None else [option, str(volume)]


def path_argument(path: Path) -> str:
    """Return an absolute path, so that the command works in any folder; for a built-in file its name."""
    return str(path.resolve()) if path.exists() else str(path)


def join_command(args: list[str]) -> str:
    """Return a command of this program as one line for a shell."""
    return shlex.join([PROGRAM, *args])


def _format_amount(threshold: Threshold) -> str:
    return (
        str(max(int(threshold.amount), 1))
        if threshold.kind is ThresholdKind.VOXELS
        else _format_number(threshold.amount)
    )


def _format_number(value: float) -> str:
    """Return the shortest text that reads back as the same value."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _format_point(point: tuple[float, float, float]) -> str:
    return ",".join(_format_number(value) for value in point)
