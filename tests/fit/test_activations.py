"""Distance from the batch norms, and from the activations of the training scans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from fit_scans import ball, changed
from torch import nn

from viewer.fit.activations import check_activations, check_batch_norms
from viewer.fit.subject import FitSubject
from viewer.models.activation_statistics import ActivationRecorder
from viewer.models.fit_report import FitVerdict
from viewer.models.training_reference import make_training_statistics

Subject = Callable[..., FitSubject]


class Normed(nn.Module):
    """A batch norm that has seen values of mean 50 and standard deviation 45."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm3d(1, affine=False)
        self.norm.running_mean.fill_(50.0)
        self.norm.running_var.fill_(45.0**2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return two numbers per sample."""
        flat = self.norm(x).mean((2, 3, 4))
        return torch.cat([flat, -flat], 1)


def test_the_distance_is_that_of_the_formula(subject: Subject) -> None:
    given = subject(ball(88), Normed().eval())
    x = given.prepared.tensor.double()
    mean, sd = float(x.mean()), float(x.std(correction=0))
    expected = np.sqrt(((mean - 50) / 45) ** 2 + ((sd - 45) / 45) ** 2)
    found = check_batch_norms(given)
    assert found.value == pytest.approx(expected, abs=6e-4)
    assert found.verdict is FitVerdict.OK
    assert "guess" in found.expected
    assert "guessed" in found.sentence


@pytest.mark.parametrize(("gain", "verdict"), [(1.5, FitVerdict.CAUTION), (4.0, FitVerdict.UNFIT)])
def test_other_values_than_the_batch_norms_know(subject: Subject, gain: float, verdict: FitVerdict) -> None:
    bright = changed(ball(88), ball(88).data * gain)
    found = check_batch_norms(subject(bright, Normed().eval()))
    assert found.verdict is verdict
    assert "guessed" in found.sentence


def test_a_network_without_batch_norms_and_a_card_without_statistics(subject: Subject) -> None:
    given = subject(ball(88))
    assert check_batch_norms(given).verdict is FitVerdict.NOT_MEASURABLE
    assert check_activations(given).verdict is FitVerdict.NOT_MEASURABLE


def test_activations_against_those_of_the_training_scans(subject: Subject) -> None:
    given = subject(ball(88))
    network = given.model.module()
    draw = np.random.default_rng(0)
    scans = [changed(ball(88), ball(r).data * draw.uniform(0.9, 1.1)) for r in draw.uniform(80, 95, 12)]
    statistics = make_training_statistics(network, [given.model.prepare(one).tensor for one in scans])
    given.model.card = replace(given.model.card, training_statistics=statistics)
    assert check_activations(given).verdict is FitVerdict.OK
    bright = replace(given, prepared=given.model.prepare(changed(ball(88), ball(88).data * 9)))
    assert check_activations(bright).verdict is FitVerdict.UNFIT


def test_the_statistics_do_not_load_the_compiler() -> None:
    assert not hasattr(ActivationRecorder.__torch_dispatch__, "__wrapped__")
