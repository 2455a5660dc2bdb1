"""Running several checks, what stays after a cancellation, and the page that shows them."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser
from typing import ClassVar
from xml.etree import ElementTree

import numpy as np
import pytest

from viewer.checks.base import Check, CheckCost, CheckResult, Finding, Verdict, grade
from viewer.checks.conservation import Conservation
from viewer.checks.context import CheckContext, Explanation
from viewer.checks.deletion_insertion import DeletionInsertion
from viewer.checks.region_removal import RegionRemoval
from viewer.checks.report import SIGNS, make_report
from viewer.checks.runner import check_names, estimate_duration, make_checks, run_checks, summarise_results
from viewer.checks.slice_thumbnails import WARM, blend_colours, render_slices
from viewer.checks.svg_charts import (
    LETTER_WIDTH,
    BarChart,
    ChartSeries,
    LineChart,
    MatrixChart,
    fit_names,
    render_svg,
)
from viewer.errors import Cancelled, MethodError
from viewer.progress import Progress

QUICK = (Conservation(), DeletionInsertion(patch=9.0, steps=3, draws=2), RegionRemoval(draws=2))


@dataclass(frozen=True)
class Broken(Check):
    """A check whose method refuses."""

    name: ClassVar[str] = "broken"
    title: ClassVar[str] = "Broken"
    question: ClassVar[str] = "?"
    limits: ClassVar[str] = "none"
    source: ClassVar[str] = "none"

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        return CheckCost(maps=2)

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        raise MethodError("lrp", "there is no rule for gelu", "use another")


def test_results_come_one_after_the_other(honest: Explanation, noise: Explanation) -> None:
    shown: list[CheckResult] = []
    steps = []
    progress = Progress(steps.append, None, shown.append)
    results = run_checks((honest, noise), QUICK, progress=progress)
    assert shown == list(results)
    assert [(one.check, one.map) for one in results[:2]] == [
        ("conservation", honest.name),
        ("conservation", noise.name),
    ]
    assert len(results) == 7
    assert results[-1].check == "agreement"
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_what_was_done_before_a_cancellation_stays(honest: Explanation) -> None:
    shown: list[CheckResult] = []
    with pytest.raises(Cancelled):
        run_checks((honest,), QUICK, progress=Progress(None, lambda: len(shown) >= 2, shown.append))
    assert [one.check for one in shown] == ["conservation", "deletion"]


def test_a_check_that_is_refused_does_not_end_the_others(honest: Explanation) -> None:
    results = run_checks((honest,), (Broken(), Conservation()), with_agreement=False)
    assert results[0].verdict is Verdict.OPEN
    assert "no rule for gelu" in results[0].sentence
    assert results[1].check == "conservation"


def test_the_estimate_counts_what_is_shared_once(honest: Explanation, noise: Explanation) -> None:
    found = estimate_duration((honest, noise), QUICK)
    rows = {(check, name): seconds for check, name, seconds in found.rows}
    context = honest.context
    expected = max(7 * 3 * context.forward_pass_seconds, 0.05)
    assert rows["deletion", honest.name] == pytest.approx(expected)
    assert rows["deletion", noise.name] == pytest.approx(max(7 * context.forward_pass_seconds, 0.05))
    assert found.seconds == pytest.approx(sum(rows.values()))


def test_every_check_has_a_name_a_question_and_limits() -> None:
    checks = make_checks()
    assert [check.name for check in checks] == list(check_names()[:-1])
    for check in checks:
        assert check.question.endswith("?")
        assert check.limits.endswith(".")
        assert check.source
    with pytest.raises(MethodError, match="there are conservation"):
        make_checks(("deletions",))


@pytest.mark.parametrize(
    ("value", "good", "bad", "verdict"),
    [
        (0.4, 0.5, 0.8, Verdict.HOLDS),
        (0.6, 0.5, 0.8, Verdict.DOUBTFUL),
        (0.9, 0.5, 0.8, Verdict.FAILS),
        (0.9, 0.6, 0.3, Verdict.HOLDS),
        (0.4, 0.6, 0.3, Verdict.DOUBTFUL),
        (0.2, 0.6, 0.3, Verdict.FAILS),
        (float("nan"), 0.6, 0.3, Verdict.OPEN),
    ],
)
def test_grades(value: float, good: float, bad: float, verdict: Verdict) -> None:
    assert grade(value, good, bad) is verdict


class Links(HTMLParser):
    """Everything on a page that points somewhere, and its tags in their nesting."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attrs if name in ("src", "href", "data", "action")]


def test_the_page_needs_nothing_else_and_trusts_no_name(
    context: CheckContext, honest: Explanation, noise: Explanation
) -> None:
    bad = Explanation(
        context, "<script>alert('x')</script>", noise.values, unavailable_reason="it is <b>noise</b>"
    )
    results = run_checks((honest, bad), QUICK)
    page = make_report(context, (honest, bad), results, ("a & b",))
    assert "<h2>Model facts</h2>" in page
    assert f"{context.fit.verdict}</span>: {escape(context.fit.sentence)}" in page
    assert all(escape(one.sentence) in page for one in context.fit.checks)
    links = Links()
    links.feed(page)
    assert links.targets
    assert all(target.startswith("data:image/png;base64,") for target in links.targets)
    assert "script" not in links.tags
    assert "b" not in links.tags
    assert "@import" not in page
    assert "url(" not in page
    assert "a &amp; b" in page
    for one in results:
        assert one.headline in page
    assert "Not for diagnosis" in page
    for target in links.targets:
        assert base64.b64decode(target.partition(",")[2]).startswith(b"\x89PNG")


def table(page: str) -> list[list[str]]:
    """The words of the overview's cells, row by row."""
    rows = ElementTree.fromstring(re.findall(r"<table>.*?</table>", page)[0])
    return [["".join(cell.itertext()) for cell in row] for row in rows]


def test_every_map_has_its_own_verdict_in_the_report(
    context: CheckContext, honest: Explanation, noise: Explanation
) -> None:
    results = run_checks((honest, noise), QUICK, with_agreement=False)
    by_name = {(one.check, one.map): one for one in results}
    assert by_name["deletion", honest.name].verdict is not by_name["deletion", noise.name].verdict
    page = make_report(context, (honest, noise), results)
    head, *rows = table(page)
    assert head[1:] == [check.title for check in QUICK]
    for explanation, row in zip((honest, noise), rows, strict=True):
        assert row[0] == explanation.name
        for check, cell in zip(QUICK, row[1:], strict=True):
            one = by_name[check.name, explanation.name]
            assert cell == f"{SIGNS[one.verdict]} {one.headline}"
        assert (
            f"<strong>{explanation.name}</strong>: "
            f"{summarise_results(r for r in results if r.map == explanation.name)}" in page
        )
    section = page[page.index("<h2>Deletion</h2>") :]
    cards = re.findall(r"<h3>(.*?)</h3><p><span class=\"chip (\w+)\"", section)
    assert cards[:2] == [
        (explanation.name, str(by_name["deletion", explanation.name].verdict))
        for explanation in (honest, noise)
    ]


def test_numbers_in_the_report_keep_five_digits(context: CheckContext, honest: Explanation) -> None:
    numbers = {"found": 12.3456789, "list": [0.000123456789], "whole": 1234567, "none": float("nan")}
    one = CheckResult("conservation", "Conservation", honest.name, Verdict.HOLDS, "1", "1.", "1.", numbers)
    page = make_report(context, (honest,), [one])
    found = json.loads(unescape(re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)[0]))
    assert found == {"found": 12.346, "list": [0.00012346], "whole": 1234567, "none": None}


def result(check: str, verdict: Verdict, title: str = "") -> CheckResult:
    return CheckResult(check, title or check.capitalize(), "a map", verdict, "1", "1.", "1.")


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({}, ""),
        ({"deletion": "holds"}, "1 check supports this map."),
        (
            {"deletion": "holds", "removal": "holds", "contrast": "open"},
            "2 of 2 checks support this map; 1 check could not give a verdict.",
        ),
        (
            {"deletion": "fails", "removal": "doubtful", "conservation": "holds", "contrast": "open"},
            "1 of 3 checks supports this map; against it: Deletion; in doubt: Removal; "
            "1 check could not give a verdict.",
        ),
        ({"deletion": "fails"}, "1 check does not support this map; against it: Deletion."),
        (
            {"contrast": "open", "removal": "open"},
            "No verdict: 2 checks could not give a verdict on this map.",
        ),
        ({"body": "holds", "agreement": "holds"}, ""),
    ],
)
def test_one_sentence_counts_the_verdicts_and_claims_no_more(verdicts: dict[str, str], expected: str) -> None:
    assert (
        summarise_results(result(check, Verdict(verdict)) for check, verdict in verdicts.items()) == expected
    )


def test_a_panel_counts_where_there_is_no_room_for_names() -> None:
    verdicts = {"deletion": "fails", "removal": "doubtful", "conservation": "holds", "contrast": "open"}
    summary = summarise_results(
        (result(check, Verdict(one)) for check, one in verdicts.items()), list_names=False
    )
    assert summary == "1 of 3 checks supports this map; 1 against it; 1 in doubt; 1 without a verdict."


def test_pictures_of_the_box_stand_with_their_maps(
    context: CheckContext, honest: Explanation, noise: Explanation
) -> None:
    boxes = (b"\x89PNG one", b"\x89PNG two")
    page = make_report(context, (honest, noise), (), box_images=boxes)
    places = [page.index(base64.b64encode(box).decode()) for box in boxes]
    names = [page.index(f"{explanation.name} in the box") for explanation in (honest, noise)]
    assert names[0] < places[0] < names[1] < places[1]
    assert "in the box" not in make_report(context, (honest, noise), ())


def test_a_part_of_the_results_is_a_page_too(context: CheckContext, honest: Explanation) -> None:
    assert "Conservation" in make_report(context, (honest,), [Conservation().run(honest)])
    assert make_report(context, (honest,), []).endswith("</html>")


def test_right_is_right_in_the_pictures(context: CheckContext, spot: np.ndarray) -> None:
    import io

    from matplotlib.image import imread

    picture = imread(io.BytesIO(render_slices(context, spot.astype(np.float32), 88)))[..., :3]
    warm = (picture[..., 0] > 0.8) & (picture[..., 2] < 0.4)
    assert warm.any()
    # Three slices side by side: the sagittal one is as wide as the head is deep.
    scale = 88 / 22
    sagittal, coronal = round(24 * scale), round(26 * scale)
    columns = np.flatnonzero(warm[:, sagittal : sagittal + coronal].any(axis=0))
    # The spot lies 13.5 mm to the right of the middle, which is 4.5 voxels.
    assert columns.mean() == pytest.approx((coronal - 1) / 2 + 4.5 * scale, abs=1.5 * scale)
    rows = np.flatnonzero(warm[:, sagittal : sagittal + coronal].any(axis=1))
    assert rows.mean() == pytest.approx(87 / 2 - 2.5 * scale, abs=1.5 * scale)  # 7.5 mm up


def test_colours_stand_for_signs() -> None:
    grey = np.full((1, 3), 0.5)
    found = blend_colours(grey, np.array([[1.0, 0.0, -1.0]]), 1.0)
    np.testing.assert_allclose(found[0, 0], WARM)
    np.testing.assert_allclose(found[0, 1], 0.45)
    assert found[0, 2, 2] > found[0, 2, 0]


def words_of(drawn: ElementTree.Element) -> list[tuple[str, float, str]]:
    """Words, where they begin or end, and which of the two."""
    texts = [one for one in drawn.iter() if one.tag.endswith("text")]
    return [(one.text or "", float(one.get("x", 0)), one.get("text-anchor", "")) for one in texts]


@pytest.mark.parametrize("width", [246, 306])
def test_names_of_maps_are_not_cut_at_their_beginning(width: int) -> None:
    names = ("Integrated gradients, Alzheimer's disease", "Gradient, Alzheimer's disease")
    drawn = ElementTree.fromstring(render_svg(MatrixChart(names, ((1.0, 0.2), (0.2, 1.0))), width))
    rows = [(words, x) for words, x, anchor in words_of(drawn) if anchor == "end"]
    assert [words[:10] for words, _ in rows] == ["1 Integrat", "2 Gradient"]
    assert rows[1][0] == "2 Gradient"
    assert all(x >= LETTER_WIDTH * len(words) for words, x in rows)


def test_names_that_differ_at_the_end_keep_it_and_long_ones_end_in_dots() -> None:
    assert fit_names(("Gradient, a", "Gradient, b"), 200) == ("Gradient, a", "Gradient, b")
    (alone,) = fit_names(("Integrated gradients, lesion",), 12 * LETTER_WIDTH)
    assert alone == "Integrated…"


def test_small_numbers_are_not_minus_zero() -> None:
    drawn = ElementTree.fromstring(
        render_svg(BarChart(("this region", "elsewhere"), (-0.0025, 0.00001)), 246)
    )
    numbers = [words for words, _, anchor in words_of(drawn) if anchor == "start"]
    assert numbers == ["−0.0025", "10⁻⁵"]


@pytest.mark.parametrize(
    "plot",
    [
        LineChart(
            "x <&>",
            "y",
            (ChartSeries("a<b", (0.0, 1.0), (1.0, float("nan"))), ChartSeries("b", (0.0, 1.0), (2.0, 3.0))),
        ),
        LineChart("layers", "", (ChartSeries("a", (0.0, 1.0), (0.5, 0.5)),), ("none", "head <1>")),
        BarChart(("one & two", "three"), (1.0, -2.0)),
        BarChart(("nothing",), (float("nan"),), (0.0, 1.0), 0.5),
        MatrixChart(("a", "b"), ((1.0, -0.5), (-0.5, float("nan")))),
    ],
    ids=["lines", "ticks", "bars", "nan", "matrix"],
)
def test_plots_are_valid_svg_inside_their_frame(plot: LineChart | BarChart | MatrixChart) -> None:
    drawn = ElementTree.fromstring(render_svg(plot, 300))
    width, height = float(drawn.get("width", 0)), float(drawn.get("height", 0))
    assert width == 300
    for element in drawn.iter():
        for name, most in (("x", width), ("y", height)):
            if element.get(name) is not None:
                assert -1 <= float(element.get(name, "")) <= most
        for x, y in re.findall(r"([\d.-]+),([\d.-]+)", element.get("points", "")):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height
