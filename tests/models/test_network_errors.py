"""Networks whose own code fails, and networks that no method was made for: one plain line, or a map."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import viewer
from viewer.commands.benchmarks.network_matrix.cells import is_torch_message
from viewer.errors import ViewerError
from viewer.models.model import Model
from viewer.models.network_errors import describe_failure

EXAMPLE = torch.zeros(1, 1, 6, 6)


class Network(nn.Module):
    """A function of the image and a small network's layers."""

    def __init__(self, function: Callable[[Network, torch.Tensor], object], **parts: object) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 3, 3, padding=1), nn.Linear(3, 2)
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x: torch.Tensor) -> object:
        return self.function(self, x)

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.conv(x)).mean((2, 3)))


class Underivable(torch.autograd.Function):
    @staticmethod
    def forward(context: object, x: torch.Tensor) -> torch.Tensor:
        return x * 2


def raising(network: Network, x: torch.Tensor) -> torch.Tensor:
    if x.shape[2] != 6:
        raise ValueError("the image must have 6 rows")
    return network.logits(x)


def asserting(network: Network, x: torch.Tensor) -> torch.Tensor:
    assert x.shape[2] == 6
    return network.logits(x)


def with_numpy(network: Network, x: torch.Tensor) -> torch.Tensor:
    return network.head(torch.from_numpy(network.conv(x).numpy()).mean((2, 3)))


def looking(network: Network, x: torch.Tensor) -> torch.Tensor:
    return network.logits(x) if x.sum() > 0 else -network.logits(x)


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "raises": lambda: Network(raising),
    "asserts": lambda: Network(asserting),
    "dense layer": lambda: Network(lambda self, x: self.wide(x.flatten(1)), wide=nn.Linear(36, 2)),
    "NumPy": lambda: Network(with_numpy),
    "looks at its input": lambda: Network(looking),
    "own derivative": lambda: Network(lambda self, x: self.logits(Underivable.apply(x))),
    "draws": lambda: Network(lambda self, x: self.logits(F.dropout(x, 0.5, training=True))),
    "Fourier": lambda: Network(lambda self, x: self.logits(torch.fft.fft2(x).abs())),
    "complex": lambda: Network(lambda self, x: torch.complex(self.logits(x), self.logits(x))),
    "not finite": lambda: Network(lambda self, x: self.logits(x) / 0 * 0),
    "nothing": lambda: Network(lambda self, x: None),
    "empty": lambda: Network(lambda self, x: ()),
    "tokens": lambda: Network(lambda self, x: self.head(self.conv(x).flatten(2).transpose(1, 2))),
    "once for all": lambda: Network(lambda self, x: self.logits(x).mean(0)),
    "classes alone": lambda: Network(lambda self, x: self.logits(x).squeeze()),
    "precisions": lambda: Network(lambda self, x: self.wide(x.flatten(1)), wide=nn.Linear(36, 2).double()),
    "sparse": lambda: Network(
        lambda self, x: torch.sparse.mm(self.weight.to_sparse(), x.flatten(1).T).T,
        weight=nn.Parameter(torch.ones(2, 36)),
    ),
    "steps": lambda: Network(lambda self, x: F.one_hot(self.logits(x).argmax(1), 2).float()),
    "in place": lambda: Network(lambda self, x: self.logits(x.mul_(2))),
    "a lock": lambda: Network(lambda self, x: self.logits(x), lock=threading.Lock()),
    "itself": lambda: Network(lambda self, x: self(x)),
    "script": lambda: torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(36, 2))),
    "pruned": lambda: pruned(Network(lambda self, x: self.logits(x))),
    "weight norm": lambda: nn.Sequential(nn.utils.weight_norm(nn.Conv2d(1, 2, 6)), nn.Flatten()),
    "quantised": lambda: torch.ao.quantization.quantize_dynamic(
        Network(lambda self, x: self.logits(x)), {nn.Linear}
    ),
    "half precision": lambda: Network(lambda self, x: self.logits(x)).bfloat16(),
}  # fmt: skip


def pruned(network: nn.Module) -> nn.Module:
    from torch.nn.utils import prune

    prune.l1_unstructured(network.get_submodule("conv"), "weight", amount=0.5)
    return network


@pytest.mark.sampled(2)
@pytest.mark.filterwarnings(
    "ignore:.*weight_norm.*:FutureWarning", "ignore:.*quantization.*:DeprecationWarning"
)
@pytest.mark.filterwarnings("ignore:.*script.*:DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("name", NETWORKS)
def test_a_map_or_one_plain_line(name: str) -> None:
    torch.manual_seed(0)
    network = NETWORKS[name]().eval()
    lines = []
    for size in (6, 5):
        for method in ("gradient", "lrp-epsilon", "deeplift", "grad-cam", "occlusion", "fgsm"):
            try:
                model = Model.from_module(network, EXAMPLE)
                x = torch.rand(1, 1, size, size)
                lines += viewer.explain(model, x, method, device="cpu").provenance.notes
            except ViewerError as error:
                lines.append(str(error))
    for line in lines:
        assert not is_torch_message(line), line
        assert "\n" not in line


def failure(run: Callable[[], object]) -> str:
    with pytest.raises(Exception) as caught:  # noqa: PT011  of any type
        run()
    return describe_failure(caught.value)


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (lambda: nn.Linear(5, 2)(torch.zeros(1, 6)), "a dense layer takes 5 values and is given 6"),
        (lambda: nn.Conv2d(4, 2, 3)(EXAMPLE), "a convolution takes 4 channels and is given 1"),
        (
            lambda: torch.zeros(4) + torch.zeros(3),
            "two tensors of the sizes 4 and 3 are combined along axis 0",
        ),
        (
            lambda: torch.cat([torch.zeros(1, 4), torch.zeros(1, 3)]),
            "values of the sizes 4 and 3 are joined along axis 0",
        ),
        (lambda: nn.Conv2d(1, 2, 9)(EXAMPLE), "the input is smaller than a layer's window"),
        (lambda: nn.MaxPool2d(9)(EXAMPLE), "the input is smaller than a layer's window"),
        (lambda: nn.Conv3d(1, 2, 3)(EXAMPLE[0, 0]), "conv3d is given an input of 6, 6"),
        (lambda: torch.zeros(6).reshape(4), "6 values do not fill the shape 4"),
        (lambda: nn.LayerNorm(5)(torch.zeros(2, 6)), "a layer norm of 5 is given 2, 6"),
        (lambda: nn.BatchNorm2d(3).eval()(EXAMPLE), "a batch norm of 3 channels is given 1"),
        (lambda: nn.Linear(5, 2)(torch.zeros(1, 5).double()), "its layers have different precisions"),
        (lambda: Network(raising)(torch.zeros(1, 1, 5, 5)), "the image must have 6 rows"),
        (lambda: torch.linalg.cholesky(-torch.eye(2)), "an operation fails at test_network_errors.py:"),
    ],
)
def test_torchs_messages_in_plain_words(run: Callable[[], object], sentence: str) -> None:
    assert failure(run).startswith(sentence)
