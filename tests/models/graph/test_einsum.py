"""`einsum` of two operands becomes a product that has rules; other equations run unchanged."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from viewer.models.graph.capture import capture
from viewer.models.graph.interpreter import run
from viewer.models.graph.lowering.einsum import parse_equation

SIZES = {"b": 2, "h": 3, "x": 4, "y": 5, "d": 6, "e": 2}

TWO_VALUES = [
    "bhxd,bhyd->bhxy",  # queries and keys (MONAI SABlock)
    "bhxy,bhyd->bhxd",  # weights and values
    "bxhd,byhd->bhxy",
    "bhxy,byhd->bxhd",
    "bxd,bed->bxe",
    "bxd,byd",
    "bxy,bxy->b",
    "bxy,bxy->bxy",
    "bx,by->bxy",
    "bx,by->byx",
    "bhxd,bdxe->hbe",
    "xbd,ybd->bxy",
]
ONE_CONSTANT = ["bxd,ed->bxe", "ed,bxd->bxe", "bhxd,hde->bxhe", "bxd,hed->bhex", "bxd,xd->bxd", "bxd,dx->b"]
OTHER = ["bxx,bxd->bd", "...xd,...yd->...xy", "bxd,bye->bx", "bxd,bxd,bxd->bx", "bxd->bd"]


class Contracted(nn.Module):
    """An equation of values made from the input, or of one value and a weight."""

    def __init__(self, equation: str) -> None:
        super().__init__()
        self.equation = equation
        self.operands = equation.partition("->")[0].replace("...", "b").split(",")
        self.dense = nn.ModuleList()
        for number, operand in enumerate(self.operands):
            shape = [SIZES[index] for index in operand]
            if "b" in operand:
                self.dense.append(nn.Linear(7, torch.Size(shape).numel() // SIZES["b"]))
            else:
                self.dense.append(nn.Identity())
                self.register_parameter(f"weight{number}", nn.Parameter(torch.randn(shape)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = []
        for number, operand in enumerate(self.operands):
            if "b" not in operand:
                parts.append(getattr(self, f"weight{number}"))
                continue
            others = [SIZES[index] for index in operand.replace("b", "")]
            value = self.dense[number](x).reshape(len(x), *others)
            parts.append(value.movedim(0, operand.index("b")))
        found = torch.einsum(self.equation, *parts)
        place = self.equation.partition("->")[2].replace("...", "b").find("b")
        return found.movedim(max(place, 0), 0).tanh().reshape(len(x), -1)


def captured(equation: str, batch: int):
    torch.manual_seed(3)
    network = Contracted(equation).double().eval()
    x = torch.randn(2, 7, dtype=torch.float64)
    return network, capture(network, x[:batch]), x


@pytest.mark.sampled(3)
@pytest.mark.parametrize("equation", TWO_VALUES + ONE_CONSTANT)
def test_a_product_of_two_operands_is_lowered(equation):
    network, graph, x = captured(equation, 1)
    assert not any("einsum" in node.operator for node in graph.nodes)
    assert any(node.operator in ("matmul", "linear", "mul") for node in graph.nodes)
    with torch.no_grad():
        torch.testing.assert_close(run(graph, x[:1]), network(x[:1]), rtol=1e-13, atol=1e-13)
        if graph.input.shape[0] is None:
            torch.testing.assert_close(run(graph, x), network(x), rtol=1e-13, atol=1e-13)


def test_attention_takes_any_batch():
    for equation in ("bhxd,bhyd->bhxy", "xbd,ybd->bxy", "bhxd,hde->bxhe"):
        assert captured(equation, 1)[1].input.shape[0] is None


@pytest.mark.parametrize("equation", OTHER)
def test_other_equations_run_unchanged(equation):
    assert parse_equation(equation) is None
    network, graph, x = captured(equation, 1)
    assert any(node.operator == "aten.einsum.default" for node in graph.nodes)
    with torch.no_grad():
        torch.testing.assert_close(run(graph, x[:1]), network(x[:1]), rtol=1e-13, atol=1e-13)


def test_an_equation_without_an_arrow_names_its_result_in_alphabetical_order():
    found = parse_equation("xb,by")
    assert found is not None
    assert (found.output, found.summed_indices) == ("xy", "b")
