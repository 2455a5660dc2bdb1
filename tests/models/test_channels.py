"""The channels that a card names are held against those that the network takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from viewer.errors import ModelError
from viewer.models.input_spec import InputChannel, InputSpec
from viewer.models.loading import load_model
from viewer.models.model_card import Card


class Net(nn.Module):
    """A convolution of one or more channels, a mean, and a function that ends it."""

    def __init__(self, channels: int, ending: object = torch.special.expit) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels, 2, 3)
        self.ending = ending

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.ending(self.conv(x).mean((1, 2, 3, 4))[:, None])


def saved(network: nn.Module, channels: int, path: Path) -> Path:
    program = torch.export.export(network.eval(), (torch.zeros(1, channels, 8, 8, 8),))
    torch.export.save(program, path)
    return path


NAMED = tuple(map(InputChannel, ("T1", "T2", "PD")))


@pytest.mark.parametrize(
    ("channels", "wanted", "line"),
    [
        (
            1,
            InputSpec((8, 8, 8), channels=3, inputs=NAMED, repeat=True),
            "net: takes 1 channel, but its card says 3 (T1, T2, PD); mend 'channel_names' in its card",
        ),
        (2, InputSpec((8, 8, 8)), "net: takes 2 channels, but its card says 1; mend 'channels' in its card"),
    ],
)
def test_a_card_with_another_number_of_channels_is_refused_in_one_line(
    tmp_path: Path, channels: int, wanted: InputSpec, line: str
) -> None:
    path = saved(Net(channels), channels, tmp_path / "net.pt2")
    with pytest.raises(ModelError) as caught:
        load_model(path, card=Card("net", classes=("a",), input=wanted))
    assert str(caught.value) == line
    fitting = Card("net", classes=("a",), input=InputSpec((8, 8, 8), channels=channels))
    assert load_model(path, card=fitting).card.input == fitting.input


def test_an_operator_that_is_not_known_is_told_with_the_file_named_once(tmp_path: Path) -> None:
    path = saved(Net(1, torch.special.i0), 1, tmp_path / "net.pt2")
    with pytest.raises(ModelError, match=r"special_i0.* is not a supported operator") as caught:
        load_model(path, card=Card("net", classes=("a",)))
    assert str(caught.value).count(str(path)) == 1
