"""The demonstration's parts are there, belong together, and its map is by its network of its scan."""

from __future__ import annotations

from viewer.models.loading import builtin_models, find_model
from viewer.models.state_dict import hash_file
from viewer.scans.load import load_map, load_scan
from viewer.session.demo import comparison_map, demo_files, demo_view
from viewer.session.view import Convention, Theme, View


def test_the_shipped_map_is_of_the_shipped_scan_by_the_shipped_network() -> None:
    name, model, path = demo_files()
    assert path is not None
    scan, shown = load_scan(name), load_map(path)
    assert model in builtin_models()
    made = shown.provenance
    assert made.scan["hash"] == scan.hash
    assert made.model["hash"] == hash_file(find_model(model))
    assert made.residual is not None
    assert made.residual.relative < 0.01
    path = comparison_map()
    assert path is not None
    compared = load_map(path).provenance
    assert (compared.scan["hash"], compared.model["hash"]) == (made.scan["hash"], made.model["hash"])
    assert compared.method == "lrp-epsilon"
    assert compared.target == made.target


def test_the_crosshair_is_put_into_what_the_map_points_at() -> None:
    _, _, path = demo_files()
    assert path is not None
    shown = load_map(path)
    assert shown.grid is not None
    point = demo_view(View()).crosshair
    assert point is not None
    i, j, k = (round(float(value)) for value in shown.grid.to_voxel(point))
    near = shown.data[i - 1 : i + 2, j - 1 : j + 2, k - 1 : k + 2]
    assert near.max() > 0.2 * shown.data.max()


def test_theme_and_sides_stay_as_a_person_chose_them() -> None:
    chosen = View(theme=Theme.LIGHT, convention=Convention.RADIOLOGICAL)
    view = demo_view(chosen)
    assert (view.theme, view.convention) == (chosen.theme, chosen.convention)
