"""Pages in a real browser: pixels, values under the mouse, keys, and that nothing is asked of a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from page_browser import Browser, find_chromium
from page_cases import MATRICES, distinct_values, plain_map, plain_scan, right_body, write_image
from page_firefox import Firefox, find_firefox

import viewer
from viewer.scans.provenance import Provenance
from viewer.session.view import Camera, View

HOSTILE = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NUMBER = re.compile(r"([RL]) ([\d.]+)  ([AP]) ([\d.]+)  ([SI]) ([\d.]+) mm")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if find_chromium() is None:
        pytest.skip("no Chromium is installed here: apt-get install chromium")
    found = Browser(tmp_path_factory.mktemp("profile"))
    found.reduce_motion()
    yield found
    found.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[[Path], Browser]]:
    """Open a page; at the end it must have asked for nothing and said nothing."""
    paths = []

    def open_page(path: Path) -> Browser:
        paths.append(path)
        browser.open(path)
        return browser

    browser.errors.clear()
    browser.requests.clear()
    browser.resize(1000, 640)
    yield open_page
    assert browser.errors == []
    assert browser.requests == [path.as_uri() for path in paths]


def body_pixels(picture: np.ndarray) -> np.ndarray:
    """Return where a picture has the orange of a positive body."""
    red, green, blue = (picture[:, :, n].astype(int) for n in range(3))
    return (red > 150) & (red - blue > 90) & (green < 0.75 * red)


def point_of(text: str) -> np.ndarray:
    found = NUMBER.search(text)
    assert found is not None, text
    signs = [1 if letter in "RAS" else -1 for letter in found.groups()[::2]]
    return np.array([sign * float(mm) for sign, mm in zip(signs, found.groups()[1::2], strict=True)])


def choose(browser: Browser, selector: str, value: str) -> None:
    """Choose an entry of a list, as a person's choice would."""
    script = f"document.querySelector('{selector}').value = '{value}'"
    browser.evaluate(f"{script}; document.querySelector('{selector}').dispatchEvent(new Event('change'))")
    browser.wait_until_idle()


def shown_number(text: str) -> float:
    return float(text.replace("−", "-"))


def near_voxels(affine: np.ndarray, shape: tuple[int, ...], point: np.ndarray) -> set[tuple[int, ...]]:
    """Return the voxels nearest to a point that is known to a tenth of a millimetre."""
    around = [point + 0.05 * (np.array(corner) - 1) for corner in np.ndindex(3, 3, 3)]
    found = nib.affines.apply_affine(np.linalg.inv(affine), np.array(around))
    inside = ((found >= -0.5) & (found <= np.array(shape) - 0.5)).all(axis=1)
    rounded = np.clip(np.floor(found + 0.5).astype(int), 0, np.array(shape) - 1)
    return {tuple(voxel) for voxel, ok in zip(rounded.tolist(), inside, strict=True) if ok}


def test_a_page_opens_and_draws(opened: Callable[[Path], Browser], tmp_path: Path) -> None:
    path = viewer.page(plain_scan(HOSTILE), plain_map(HOSTILE), tmp_path / "page.html")
    browser = opened(path)
    assert browser.evaluate("document.title") == HOSTILE
    assert browser.text("h1") == HOSTILE
    assert body_pixels(browser.pixels("#box")).sum() > 300
    assert "Research only, not for diagnosis" in browser.text("header")
    assert re.search(r"scan \d+", browser.text("#crosshair"))


@pytest.mark.parametrize("name", list(MATRICES))
def test_values_under_the_mouse_are_those_of_the_files(
    name: str, opened: Callable[[Path], Browser], tmp_path: Path
) -> None:
    values, body = distinct_values(name), right_body(name)
    scan = write_image(tmp_path / "scan.nii.gz", name, values)
    map_image = write_image(tmp_path / "map.nii.gz", name, body)
    page = viewer.page(
        viewer.load_scan(tmp_path / "scan.nii.gz"),
        viewer.load_map(tmp_path / "map.nii.gz"),
        tmp_path / "p.html",
    )
    browser = opened(page)
    rng = np.random.default_rng(4)
    inside = 0
    for number in range(36):
        orientation = ("sagittal", "coronal", "axial")[number % 3]
        left, top, width, height = browser.rectangle(f"#{orientation}")
        browser.mouse("moved", left + rng.uniform(0.2, 0.8) * width, top + rng.uniform(0.1, 0.9) * height)
        text = browser.text("#mouse")
        voxels = near_voxels(scan.affine, values.shape, point_of(text))
        told = re.search(r"scan (−?[\d.]+) · map (−?[\d.]+)", text)
        if told is None:
            assert "outside the scan · outside the map" in text
            assert len(voxels) < 27
            continue
        inside += 1
        scan_values = [float(scan.dataobj[voxel]) for voxel in voxels]
        assert shown_number(told[1]) in scan_values
        voxel = next(one for one in voxels if float(scan.dataobj[one]) == shown_number(told[1]))
        decimals = len(told[2].partition(".")[2])
        step = float(body.max()) / 60_000
        assert abs(shown_number(told[2]) - map_image.dataobj[voxel]) <= 0.5 * 10.0**-decimals + step
        place = left + rng.uniform(0.4, 0.6) * width, top + rng.uniform(0.4, 0.6) * height
        browser.mouse("pressed", *place)
        browser.mouse("released", *place)
    assert inside >= 12


@pytest.mark.parametrize("name", list(MATRICES))
def test_left_is_left(name: str, opened: Callable[[Path], Browser], tmp_path: Path) -> None:
    write_image(tmp_path / "scan.nii.gz", name, distinct_values(name))
    write_image(tmp_path / "map.nii.gz", name, right_body(name))
    view = View(threshold=viewer.Threshold("value", 3.0), camera=Camera(0.0, 10.0), opacity=1.0)
    page = viewer.page(
        viewer.load_scan(tmp_path / "scan.nii.gz"), viewer.load_map(tmp_path / "map.nii.gz"),
        tmp_path / "p.html", view,
    )  # fmt: skip
    browser = opened(page)
    browser.click("#clusters button")
    assert browser.text("#crosshair").startswith("R ")
    at = point_of(browser.text("#crosshair"))
    assert np.linalg.norm(at - [21.0, 12.0, 20.0]) < 9.0
    for convention in ("neurological", "radiological"):
        for orientation in ("coronal", "axial"):
            label = browser.evaluate(f"document.querySelector('#{orientation}').getAttribute('aria-label')")
            assert ("L on the left, R on the right" in label) is (convention == "neurological")
            columns = np.nonzero(body_pixels(browser.pixels(f"#{orientation}")))[1]
            middle = browser.rectangle(f"#{orientation}")[2] / 2
            assert len(columns) > 20
            assert bool(columns.mean() > middle) is (convention == "neurological")
            left, top, _, height = browser.rectangle(f"#{orientation}")
            browser.mouse("moved", left + columns.mean(), top + height / 2)
            assert browser.text("#mouse").startswith("R ")
        browser.click("#radiological")
    # Seen from behind, the person's right is on the right, and so are the body and the letter.
    box = browser.pixels("#box")
    columns = np.nonzero(body_pixels(box))[1]
    assert columns.mean() > box.shape[1] / 2
    places = browser.evaluate(
        "Object.fromEntries([...document.querySelectorAll('#letters span')]"
        ".map(one => [one.textContent, one.style.left]))"
    )
    assert float(places["R"][:-2]) > float(places["L"][:-2])
    # From the front it is the other way round; from the left the front is on the left.
    choose(browser, "#preset", "front")
    columns = np.nonzero(body_pixels(browser.pixels("#box")))[1]
    assert columns.mean() < box.shape[1] / 2


def test_thresholds_turning_themes_and_keys(opened: Callable[[Path], Browser], tmp_path: Path) -> None:
    made = Provenance(method="gradient", title="Gradient", target="patient")
    maps = (plain_map("first", made), plain_map("second", signed=True))
    browser = opened(viewer.page(plain_scan(), maps, tmp_path / "page.html", View(glass=True)))
    start = browser.pixels("#box")
    count = int(body_pixels(start).sum())
    browser.evaluate("document.querySelector('#threshold').focus()")
    text = browser.text("#threshold-text")
    browser.press("ArrowRight")
    browser.press("ArrowRight")
    assert body_pixels(browser.pixels("#box")).sum() < 0.9 * count
    assert browser.text("#threshold-text") != text
    for _ in range(4):
        browser.press("ArrowLeft")
    assert body_pixels(browser.pixels("#box")).sum() > 1.1 * count
    browser.press("ArrowRight")
    browser.press("ArrowRight")
    assert browser.text("#threshold-text") == text

    browser.evaluate("document.querySelector('#box').focus()")
    browser.press("ArrowRight", shift=True)
    turned = browser.pixels("#box")
    assert np.abs(turned.astype(int) - start).mean() > 2
    assert "azimuth 20°" in browser.evaluate("document.querySelector('#box').getAttribute('aria-label')")
    browser.press("+")
    assert body_pixels(browser.pixels("#box")).sum() > body_pixels(turned).sum()
    browser.press("Home")
    left, top, width, height = browser.rectangle("#box")
    browser.mouse("pressed", left + width / 2, top + height / 2)
    browser.mouse("moved", left + width / 2 + 100, top + height / 2, buttons=1)
    browser.mouse("released", left + width / 2 + 100, top + height / 2)
    label = browser.evaluate("document.querySelector('#box').getAttribute('aria-label')")
    assert "azimuth -5°" in label

    light = browser.pixels("#box").mean()
    browser.click("#theme")
    assert browser.pixels("#box").mean() > light + 60

    browser.evaluate("document.querySelector('#axial').focus()")
    browser.press("PageUp")  # to the middle of a slice
    before = point_of(browser.text("#crosshair"))
    browser.press("ArrowRight")
    browser.press("PageUp")
    browser.press("ArrowUp")
    after = point_of(browser.text("#crosshair"))
    assert np.abs(after - before - [4.0, 4.0, 12.0]).max() < 0.11
    outline = browser.evaluate("getComputedStyle(document.querySelector('#axial')).outlineStyle")
    assert outline == "solid"

    rows = browser.text("#clusters tbody")
    choose(browser, "#map", "1")
    assert browser.text("#clusters tbody") != rows
    blue = browser.pixels("#box").astype(int)
    assert ((blue[:, :, 2] - blue[:, :, 0] > 90) & (blue[:, :, 2] > 120)).sum() > 100
    sections = "[...document.querySelectorAll('[data-map]')].filter(s => !s.hidden).map(s => s.dataset.map)"
    assert set(browser.evaluate(sections)) == {"1"}


def test_tab_reaches_every_view_and_control_in_order(
    opened: Callable[[Path], Browser], tmp_path: Path
) -> None:
    browser = opened(viewer.page(plain_scan(), plain_map(), tmp_path / "page.html"))
    reached = []
    for _ in range(24):
        browser.press("Tab")
        reached.append(browser.evaluate("document.activeElement.id || document.activeElement.tagName"))
    order = ["theme", "box", "preset", "zoom-out", "zoom-in", "glass", "shadows", "follow"]
    order += ["sagittal", "coronal", "axial", "overlay", "radiological", "threshold"]
    assert [one for one in reached if one in order][: len(order)] == order
    assert reached[0] == "A"
    assert "BUTTON" in reached


def test_a_click_on_a_body_moves_the_crosshair_and_narrow_windows_fit(
    opened: Callable[[Path], Browser], tmp_path: Path
) -> None:
    view = View(threshold=viewer.Threshold("value", 3.0))
    browser = opened(viewer.page(plain_scan(), plain_map(), tmp_path / "page.html", view))
    box = browser.pixels("#box")
    rows, columns = np.nonzero(body_pixels(box))
    browser.click("#box", float(columns.mean()) / box.shape[1], float(rows.mean()) / box.shape[0])
    assert np.linalg.norm(point_of(browser.text("#crosshair")) - [21.0, 12.0, 20.0]) < 14.0
    browser.click("#follow")
    assert np.abs(browser.pixels("#box").astype(int) - box).max() > 60
    browser.resize(390, 800)
    browser.wait_until_idle()
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_box_is_that_of_the_figure_and_the_demonstration_is_small(
    opened: Callable[[Path], Browser], tmp_path: Path
) -> None:
    from PIL import Image

    from viewer.session.demo import demo_files, demo_view

    name, _, path = demo_files()
    assert path is not None
    scan, shown = viewer.load_scan(name), viewer.load_map(path)
    for theme in ("dark", "light"):
        view = demo_view(View(theme=theme, colour_bar=False, scale_bar=False))
        page = viewer.page(scan, shown, tmp_path / f"{theme}.html", view)
        assert page.stat().st_size < 6e6
        browser = opened(page)
        assert browser.text(".simulated") == "Simulated data"
        browser.evaluate("new Promise(done => setTimeout(done, 1500))")
        browser.evaluate("document.querySelector('#letters').remove()")
        drawn = browser.pixels("#box").astype(int)
        figure = viewer.figure(scan, shown, tmp_path / f"{theme}.png", view, drawn.shape[1::-1])
        with Image.open(figure) as image:
            expected = np.asarray(image.convert("RGB")).astype(int)
        assert np.abs(drawn - expected).mean() < 2.0
        assert np.corrcoef(drawn.ravel(), expected.ravel())[0, 1] > 0.97


@pytest.mark.skipif(find_firefox() is None, reason="no Firefox here: apt-get install firefox-esr xvfb")
def test_firefox_shows_the_same(opened: Callable[[Path], Browser], tmp_path: Path) -> None:
    page = viewer.page(plain_scan(HOSTILE), plain_map(HOSTILE), tmp_path / "page.html", View(glass=True))
    chromium = opened(page)
    profile = tmp_path / "profile"
    profile.mkdir()
    firefox = Firefox(profile)
    try:
        firefox.open(page)
        assert firefox.evaluate("document.title") == HOSTILE
        for selector in ("#failed", "#crosshair", "#threshold-text", "#clusters", "#side"):
            assert firefox.evaluate(f"document.querySelector('{selector}').textContent") == chromium.text(
                selector
            )
        assert firefox.evaluate("performance.getEntriesByType('resource').length") == 0
        assert body_pixels(firefox.pixels()).sum() > 300
    finally:
        firefox.close()
