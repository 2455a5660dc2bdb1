"""Pages as files: structure, escaping, policy, size, and the numbers in them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_cases import plain_map, plain_scan

import viewer
from viewer.errors import ViewerError
from viewer.models.fit_report import FitCheck, FitReport, FitVerdict
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan
from viewer.scene.web_page.page import json_in_html, make_page
from viewer.session.view import View

EMPTY = {"meta", "link", "input", "br", "img", "rect"}
HOSTILE = (
    "</title></script><script>document.title='run'</script><img src=x onerror=alert(1)>&amp;<!--facts-->"
)


class Reader(HTMLParser):
    """Collects the elements of a page, the text of each kind, and checks that they are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts.setdefault(tag, []).append(data)

    def text(self, tag: str) -> str:
        return "".join(self.texts.get(tag, []))


def content_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="content">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


@pytest.fixture(scope="module")
def html() -> str:
    return make_page(plain_scan(), (plain_map(), plain_map("two signs", signed=True)), View())


def test_the_page_is_whole_and_loads_nothing(html: str) -> None:
    reader = Reader(html)
    policy = next(attrs["content"] for tag, attrs in reader.elements if attrs.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    for kind, text in (("script", script), ("style", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    loading = {"src", "href", "srcset", "action", "data", "poster"}
    addresses = [attrs[name] for _, attrs in reader.elements for name in loading & attrs.keys()]
    assert sorted(str(one) for one in addresses) == ["#side", "data:,"]
    assert not [
        attrs for _, attrs in reader.elements if "style" in attrs or any(n[:2] == "on" for n in attrs)
    ]
    assert re.findall(r"https?://|\burl\(|@import|\bfetch\(|XMLHttpRequest|WebSocket|\beval\(", html) == []


def test_every_control_has_a_name_and_what_is_drawn_can_be_focused(html: str) -> None:
    elements = Reader(html).elements
    labelled = {attrs.get("id") for tag, attrs in elements if tag in ("input", "select")}
    for name in labelled:
        assert re.search(rf'<label[^>]*>[^<]*<(input|select)[^>]*id="{name}"', html) or re.search(
            rf'id="{name}"[^>]*aria-labelledby', html
        ), name
    canvases = [attrs for tag, attrs in elements if tag == "canvas" and attrs.get("id") != "colours"]
    assert len(canvases) == 4
    assert all(one["tabindex"] == "0" and one["role"] == "application" for one in canvases)
    identifiers = [attrs["id"] for _, attrs in elements if "id" in attrs]
    assert len(identifiers) == len(set(identifiers))
    for _, attrs in elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert attrs.get(name) is None or attrs[name] in identifiers


def test_no_text_of_a_file_becomes_an_element() -> None:
    made = Provenance(
        method=HOSTILE,
        title=HOSTILE,
        target=HOSTILE,
        parameters={HOSTILE: HOSTILE},
        model={"name": HOSTILE, "hash": HOSTILE},
        scan={"name": HOSTILE},
        prediction={"kind": "classification", "classes": [HOSTILE, "b"], "logits": [1.0, 2.0],
                    "probabilities": [0.25, 0.75]},
        fit={"verdict": "ok", "checks": [{"name": HOSTILE, "verdict": "ok", "sentence": HOSTILE}]},
        notes=(HOSTILE,),
    )  # fmt: skip
    safe = make_page(plain_scan(), (plain_map(provenance=Provenance(method="m")),), View())
    html = make_page(plain_scan(HOSTILE, (HOSTILE,)), (plain_map(HOSTILE, made),), View())
    reader = Reader(html)
    count = {tag: sum(one == tag for one, _ in reader.elements) for tag in ("script", "img", "title")}
    assert count["img"] == 0
    assert count["title"] == 1
    assert count["script"] == sum(tag == "script" for tag, _ in Reader(safe).elements)
    assert reader.text("title") == HOSTILE
    assert content_of(html)["scan"]["name"] == HOSTILE
    assert reader.text("dd").count(HOSTILE) >= 5


def test_json_in_a_script_element_cannot_end_it() -> None:
    hostile = {"a": "</script><!--<script>", "b": "\u2028\ud800", "c": float("nan"), "d": np.float32(0.5)}
    text = json_in_html(hostile)
    assert not set("<>&") & set(text)
    assert text.isascii()
    assert json.loads(text) == {"a": hostile["a"], "b": hostile["b"], "c": None, "d": 0.5}


def test_paths_of_files_are_not_told() -> None:
    made = Provenance(
        method="integrated-gradients",
        parameters={
            "baseline": "/home/somebody/reference.nii.gz",
            "fill": "C:\\somebody\\fill.nii",
            "unit": "1/mm",
            "several": ["/home/somebody/a.nii", 2],
        },
        model={"name": "net", "hash": "ab" * 32, "path": "/home/somebody/net.pt"},
        scan={"name": "s", "hash": "cd" * 32, "path": "/home/somebody/s.nii.gz"},
    )
    scan = plain_scan()
    scan = Scan(scan.data, scan.grid, scan.name, path=Path("/home/somebody/s.nii.gz"))
    html = make_page(scan, (plain_map(provenance=made),), View())
    assert "somebody" not in html
    assert "baseline reference.nii.gz, fill fill.nii, unit 1/mm, several a.nii, 2" in html


def test_levels_tell_what_clusters_tells() -> None:
    shown = plain_map(signed=True)
    view = View(threshold=viewer.Threshold("percentile", 97), smoothing=8.0, smallest_cluster=300.0)
    (told,) = content_of(make_page(plain_scan(), (shown,), view))["maps"]
    cutoffs = [level["cutoff"] for level in told["levels"]]
    assert cutoffs == sorted(cutoffs)
    assert len(cutoffs) >= 5
    for number, level in enumerate(told["levels"]):
        cut = view.threshold if number == told["start"] else level["cutoff"]
        table = viewer.clusters(shown, cut, min_cluster=300.0, smooth=8.0)
        assert level["cutoff"] == pytest.approx(table.threshold, rel=1e-6)
        assert [one["at"] for one in level["clusters"]] == [list(row.cluster.peak_mm) for row in table]
        assert level["clusterCount"] == len(table)
        assert level["voxels"] == sum(row.cluster.voxels for row in table)
        assert {one["sign"] for one in level["bodies"]} == {row.cluster.sign for row in table}


def test_a_mask_has_one_level_and_an_empty_map_says_that_nothing_is_shown() -> None:
    grid = plain_scan().grid
    mask = np.zeros(grid.shape, dtype=np.float32)
    mask[5:9, 5:9, 5:9] = 1.0
    maps = (Map(mask, grid, "mask"), Map(np.zeros(grid.shape, dtype=np.float32), grid, "empty"))
    told = content_of(make_page(plain_scan(), maps, View()))["maps"]
    assert [(level["voxels"], level["clusterCount"]) for level in told[0]["levels"]] == [(64, 1)]
    assert [(level["voxels"], level["cutoff"]) for level in told[1]["levels"]] == [(0, None)]


def test_simulated_data_and_doubts_are_told(html: str) -> None:
    assert "Research only, not for diagnosis" in html
    assert "Simulated data" not in html
    assert "How this map was computed is not known" in html
    assert "None is recorded with this map." in html
    told = {
        "kind": "classification",
        "classes": ["a", "b"],
        "logits": [0.0, 1.0],
        "probabilities": [0.3, 0.7],
    }
    predicted = plain_map(provenance=Provenance(method="gradient", prediction=told))
    unknown = make_page(plain_scan(), (predicted,), View())
    assert "70.0 %, logit 1" in unknown
    assert "Not known whether the scan fits the network" in unknown
    simulated = make_page(plain_scan(notes=("Simulated lesions were added.",)), (), View())
    assert '<p class="badge simulated">Simulated data</p>' in simulated
    other = Provenance(method="gradient", scan={"name": "another", "hash": "ef" * 32})
    assert "this map is of another, not of a head" in make_page(
        plain_scan(), (plain_map(provenance=other),), View()
    )


def test_an_unfit_prediction_is_crossed_out_and_others_are_not() -> None:
    from viewer.models.model_card import ModelKind
    from viewer.models.predict import Prediction

    for verdict, crossed in ((FitVerdict.UNFIT, True), (FitVerdict.OK, False)):
        fit = FitReport((FitCheck("pose", verdict, "the head lies upside down"),))
        said = Prediction(ModelKind.CLASSIFICATION, ("a", "b"), (0.0, 1.0), (0.3, 0.7), fit=fit)
        html = make_page(plain_scan(), (plain_map(),), View(), said)
        assert ("<s>70.0 %, logit 1</s>" in html) is crossed
        assert ("70.0 %, logit 1" in html) is True
        assert f'<span class="verdict {verdict}">' in html


def test_precision_is_told() -> None:
    scan = plain_scan()
    html = make_page(scan, (plain_map(),), View())
    assert "<dt>values</dt><dd>exact</dd>" in html
    assert re.search(r"<dt>values</dt><dd>rounded to steps of [\d.·⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+</dd>", html)


def test_what_cannot_be_a_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ViewerError, match=r"end the name in \.html"):
        viewer.page(plain_scan(), (), tmp_path / "page.png")
    bare = Map(np.ones((1, 1, 4, 4), dtype=np.float32), None, "bare")
    with pytest.raises(ViewerError, match="has no 3D spatial grid"):
        viewer.page(plain_scan(), bare, tmp_path / "page.html")
    unit = plain_map(provenance=Provenance(method="feature-visualization"))
    with pytest.raises(ViewerError, match="not a map"):
        viewer.page(plain_scan(), unit, tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_scan_of_1_mm_with_three_maps_is_small(tmp_path: Path) -> None:
    from scipy.ndimage import gaussian_filter

    scan = viewer.load_scan("mni152")
    rng = np.random.default_rng(0)
    maps = []
    for width in (1.0, 1.5, 3.0):
        values = gaussian_filter(rng.standard_normal(scan.grid.shape, dtype=np.float32), width)
        maps.append(Map(np.where(scan.data > 0.1, values, 0), scan.grid, f"noise of {width} voxels"))
    page = viewer.page(scan, maps, tmp_path / "page.html", View(glass=True))
    assert page.stat().st_size < 12e6
