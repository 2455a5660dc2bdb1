"""What is checked: the network's answer, its target and the head; and maps from files made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from viewer.checks.cases import case_of_map, case_of_method
from viewer.checks.subject import Case, Subject, subject_of
from viewer.errors import Cancelled, MethodError, ScanError
from viewer.methods.explain import explain
from viewer.methods.registry import find
from viewer.models.model import Model
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.load import load_map
from viewer.scans.map import Map
from viewer.scans.scan import Scan


def test_it_is_the_networks_largest_output(subject: Subject, model: Model, scan: Scan) -> None:
    logits = model.logits(model.prepare(scan).tensor)[0].double()
    assert subject.target.name == "spot"
    assert subject.answer[0] == pytest.approx(float(logits[1]))
    assert subject.answer[1] == pytest.approx(float(logits.softmax(0)[1]))
    assert subject_of(model, scan, "plain", device="cpu").answer[0] == pytest.approx(float(logits[0]))
    head = scan.data > 0
    assert (subject.foreground & head).sum() > 0.95 * head.sum()
    assert (subject.foreground & ~head).sum() < 0.1 * head.sum()


def test_many_inputs_are_answered_in_their_order(subject: Subject) -> None:
    def scaled(number: int) -> torch.Tensor:
        return subject.x * (1 + number / 10)

    found = subject.ask(scaled, 40, Progress())
    for number in (0, 17, 39):
        logits = subject.model.logits(scaled(number))[0].double()
        assert found.scores[number] == pytest.approx(float(logits[1]), rel=1e-5)
        assert found.shares is not None
        assert found.shares[number] == pytest.approx(float(logits.softmax(0)[1]), rel=1e-5)


def test_asking_can_be_cancelled(subject: Subject) -> None:
    with pytest.raises(Cancelled):
        subject.ask(lambda _: subject.x, 3, Progress(cancelled=lambda: True))


def test_a_map_from_a_file_is_made_again_on_the_networks_voxels(
    subject: Subject, model: Model, scan: Scan, tmp_path: Path
) -> None:
    path = tmp_path / "map.nii.gz"
    explain(model, scan, "gradient", device="cpu").save(path)
    found = case_of_map(subject, load_map(path))
    assert found.method is not None
    assert found.why == ""
    own = explain(model, subject.x, "gradient", device="cpu").data[0, 0]
    np.testing.assert_array_equal(found.values, own)
    assert "comes out the same" in found.notes[0]


def test_a_map_that_cannot_be_made_again_says_why(subject: Subject, model: Model, scan: Scan) -> None:
    made = explain(model, scan, "gradient", device="cpu")
    told = made.provenance
    cases = {
        "does not say which method": replace(made, provenance=type(told)()),
        "from another network": replace(made, provenance=replace(told, model={"hash": "x"})),
        "from another scan": replace(made, provenance=replace(told, scan={"hash": "x"})),
        "explains plain": replace(made, provenance=replace(told, target="plain")),
        "comes out otherwise": replace(made, data=made.data[::-1]),
        "could not be made again": replace(made, provenance=replace(told, method="unheard-of")),
    }
    for said, one in cases.items():
        found = case_of_map(subject, one)
        assert found.method is None
        assert said in found.why
        with pytest.raises(MethodError):
            found.again(Progress())


def test_a_map_elsewhere_is_refused(subject: Subject) -> None:
    away = np.eye(4)
    away[:3, 3] = 900
    with pytest.raises(ScanError, match="wherever the network looks"):
        case_of_map(subject, Map(np.ones((4, 4, 4), np.float32), Grid((4, 4, 4), away), "far"))


def test_a_map_on_another_grid_is_carried_by_its_affine(
    subject: Subject, scan: Scan, spot: np.ndarray
) -> None:
    mirror = np.diag([-1.0, 1, 1, 1])
    mirror[0, 3] = scan.grid.shape[0] - 1
    grid = Grid(scan.grid.shape, scan.grid.affine @ mirror)
    found = case_of_map(subject, Map(spot[::-1].astype(np.float32), grid, "LAS"))
    np.testing.assert_array_equal(found.values > 0.5, spot)


def test_slopes_count_by_their_size_and_shares_by_their_sign(honest: Case, subject: Subject) -> None:
    from viewer.methods.gradient import Gradient

    assert honest.importance.min() < 0
    assert case_of_method(subject, Gradient()).importance.min() >= 0


def test_a_change_that_turns_the_answer_matters_by_its_size(subject: Subject) -> None:
    turned = case_of_method(subject, find("fgsm")())
    assert not turned.directed
    np.testing.assert_array_equal(turned.importance, np.abs(turned.values.astype(float)))
    share = case_of_method(subject, find("input-times-gradient")())
    assert share.directed
    np.testing.assert_array_equal(share.importance, share.values)
