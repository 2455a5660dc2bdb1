"""Check that an atlas and an image are in the same coordinate space, or look up regions through a transform.

If they are not known to be, every region name is marked with a question mark wherever it is shown or written,
and the atlas holds the reason. The window, the tables and the commands share this rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.scans.atlas import Atlas, LabelAtlas, ProbabilityAtlas, RegionShare
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan
from viewer.scans.space import Space, coordinate_space
from viewer.scans.template_transform import TemplateTransform, recorded_transform

MARK = "?"
SAMPLES = 20_000
MIN_INSIDE = 0.5
"""Minimum share of an atlas's voxels inside the field of view; partial scans contain about half."""

TEMPLATES = (Space.MNI, Space.TALAIRACH)


@dataclass(frozen=True, eq=False)
class AtlasWrapper:
    """Wrapper that forwards the metadata of an atlas."""

    atlas: Atlas

    @property
    def name(self) -> str:
        """Name shown to the user."""
        return self.atlas.name

    @property
    def path(self) -> Path | None:
        """File of the atlas image."""
        return self.atlas.path

    @property
    def names_path(self) -> Path | None:
        """File of the region names."""
        return self.atlas.names_path

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of all regions."""
        return self.atlas.regions

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes made while the atlas was read."""
        return self.atlas.notes


@dataclass(frozen=True, eq=False)
class UncertainAtlas(AtlasWrapper):
    """An atlas whose names may be wrong for the image: every region name is marked.

    Parameters
    ----------
    atlas
        The atlas in which regions are looked up.
    warning
        The reason, as a sentence.
    """

    warning: str

    def region_shares(
        self, points: npt.ArrayLike, weights: npt.ArrayLike | None = None
    ) -> tuple[RegionShare, ...]:
        """Return the share of points in each region, every name marked; see `Atlas.region_shares`."""
        return tuple(
            RegionShare(f"{share.region} {MARK}", share.share)
            for share in self.atlas.region_shares(points, weights)
        )

    def region_centre(self, region: str) -> tuple[float, float, float] | None:
        """Return the point of a region that is nearest to its centre; see `Atlas.region_centre`."""
        return self.atlas.region_centre(region)


@dataclass(frozen=True, eq=False)
class RegisteredAtlas(AtlasWrapper):
    """An atlas in the template's space, whose regions are looked up at points in the mm of an image.

    Parameters
    ----------
    atlas
        The atlas, in the template's mm.
    transform
        From the image's mm to the template's.
    """

    transform: TemplateTransform

    def region_shares(
        self, points: npt.ArrayLike, weights: npt.ArrayLike | None = None
    ) -> tuple[RegionShare, ...]:
        """Return the share of points in the image's mm in each region; see `Atlas.region_shares`."""
        return self.atlas.region_shares(self.transform.to_template(points), weights)

    def region_centre(self, region: str) -> tuple[float, float, float] | None:
        """Return the point in the image's mm that is nearest to a region's centre; see `Atlas`."""
        centre = self.atlas.region_centre(region)
        if centre is None:
            return None
        x, y, z = (float(value) for value in self.transform.to_image(centre))
        return x, y, z


def atlas_for_image(
    atlas: Atlas, image: Scan | Map | None, transform: TemplateTransform | None = None
) -> Atlas:
    """Return the atlas to use with an image: the atlas itself or a `RegisteredAtlas`, uncertain if in doubt.

    Parameters
    ----------
    atlas
        The atlas, or the result of this function for another image.
    image
        The scan or map whose regions are looked up.
    transform
        From the image's mm to the template's. A map whose scan was prepared has its own.
    """
    base = atlas
    while isinstance(base, UncertainAtlas | RegisteredAtlas):
        base = base.atlas
    if image is None:
        return base
    transform = _find_transform(image, transform)
    doubt = space_mismatch(base, image, transform)
    result = base
    if transform is not None and transform_matches_atlas(transform, base):
        result = RegisteredAtlas(base, transform)
    return UncertainAtlas(result, doubt) if doubt else result


def _find_transform(image: Scan | Map, transform: TemplateTransform | None) -> TemplateTransform | None:
    if transform is None:
        return recorded_transform(image) if isinstance(image, Map) else None
    return transform if transform.image_grid is not None else replace(transform, image_grid=image.grid)


def transform_matches_atlas(transform: TemplateTransform, atlas: Atlas) -> bool:
    """Return whether the transform of an image to the template leads to the space of an atlas.

    It does not if the atlas is on the image's own grid or, by its header, in a scanner's space.
    """
    if not isinstance(atlas, LabelAtlas | ProbabilityAtlas) or atlas.grid is None:
        return True
    if transform.image_grid is not None and atlas.grid.same_as(transform.image_grid):
        return False
    return coordinate_space(atlas.grid, atlas.stored, atlas.path) is not Space.SCANNER


def atlas_warning(atlas: Atlas | None) -> str:
    """Return why the names of an atlas may be wrong; empty if there is no known mismatch."""
    return atlas.warning if isinstance(atlas, UncertainAtlas) else ""


def space_mismatch(atlas: Atlas, image: Scan | Map, transform: TemplateTransform | None = None) -> str:
    """Return why the names of an atlas may be wrong for an image; empty if nothing suggests it.

    There is no mismatch on the same grid (the image's own parcellation). Otherwise there is one if less than
    half of the atlas lies inside the image, if the atlas is in a template space and the image is not known to
    be, or if the atlas is in scanner space and the image in a template space. Headers that do not name a
    space cause no mismatch.

    With a transform from the image's mm to the template's, the image counts as being in MNI space; any doubt
    about the transform applies to the names.
    """
    grid = image.grid
    transform = _find_transform(image, transform)
    if transform is not None and not transform_matches_atlas(transform, atlas):
        transform = None
    if transform is not None and grid is not None:
        grid = transform.grid_to_template(grid)
    atlas_grid = atlas.grid if isinstance(atlas, (LabelAtlas, ProbabilityAtlas)) else None
    if grid is None or atlas_grid is None or (transform is None and atlas_grid.same_as(grid)):
        return ""
    assert isinstance(atlas, (LabelAtlas, ProbabilityAtlas))
    if transform is not None and transform.warning:
        return transform.warning
    fraction = _share_inside(atlas, grid)
    if fraction < MIN_INSIDE:
        share_text = f"only {fraction:.0%}" if fraction > 0 else "nothing"
        return (
            f"{share_text} of the atlas {atlas.name} lies within {image.name}: its region names may be wrong"
        )
    image_space = _image_space(image) if transform is None else Space.MNI
    atlas_space = coordinate_space(atlas_grid, atlas.stored, atlas.path)
    if image_space is atlas_space or (
        atlas_space not in TEMPLATES and (image_space not in TEMPLATES or atlas_space is not Space.SCANNER)
    ):
        return ""
    space_text = {Space.SCANNER: "a scanner's"}.get(atlas_space, str(atlas_space))
    return (
        f"the atlas {atlas.name} is in {space_text} space, and {image.name} is not known to be"
        f"{_describe_stated_space(image_space)}: region names may be wrong"
    )


def _describe_stated_space(space: Space) -> str:
    """Return the space stated in the image's header, in brackets; empty if it states none."""
    return "" if space is Space.UNKNOWN else f" (its header says {space.description})"


def _image_space(image: Scan | Map) -> Space:
    assert image.grid is not None
    path = image.path
    if isinstance(image, Map):
        # A map is in the space of its scan, and the space of a built-in scan is known from its name.
        scan_path = image.provenance.scan.get("path")
        path = Path(scan_path) if isinstance(scan_path, str) and scan_path else None
    return coordinate_space(image.grid, image.stored, path)


def _share_inside(atlas: LabelAtlas | ProbabilityAtlas, grid: Grid) -> float:
    """Return the share of an atlas's voxels, evenly sampled, that lie inside a grid."""
    if isinstance(atlas, LabelAtlas):
        points = _sample_points(atlas.grid, np.flatnonzero(atlas.labels), SAMPLES)
    else:
        per_volume = max(SAMPLES // max(len(atlas.volumes), 1), 1)
        likely_voxels = [np.flatnonzero(volume.values > volume.values.max() / 2) for volume in atlas.volumes]
        volumes = zip(atlas.volumes, likely_voxels, strict=True)
        points = np.concatenate(
            [_sample_points(volume.grid, voxels, per_volume) for volume, voxels in volumes]
        )
    return float(np.asarray(grid.contains(points)).mean()) if len(points) else 1.0


def _sample_points(grid: Grid, indices: npt.NDArray[np.intp], max_points: int) -> npt.NDArray[np.float64]:
    """Return every n-th of the voxels (flat indices), in mm; about ``max_points`` of them."""
    sampled = indices[:: max(1, len(indices) // max_points)]
    return grid.to_world(np.stack(np.unravel_index(sampled, grid.shape), axis=-1))
