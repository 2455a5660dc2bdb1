"""Every operator by itself: forward as torch has it, and backward as autograd has it, in float64."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch.nn import functional as F

from viewer.errors import ModelError
from viewer.models.graph.operators import max_pooling
from viewer.models.graph.operators.aten_passthrough import PASSTHROUGH, find_overload, passthrough_operator
from viewer.models.graph.operators.operator import Save, SavedTensors
from viewer.models.graph.operators.pooling import max_unpool
from viewer.models.graph.operators.registry import OPERATORS, find_operator

SPATIAL = (9, 8, 10)


def random_tensor(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def saved(operator, attributes, inputs, wanted):
    """What the interpreter keeps of an operator for its own derivative."""
    keep = Save.INPUTS if operator.has_weights and any(wanted[1:]) else operator.saves
    output = operator.forward(attributes, inputs)
    return SavedTensors(
        tuple(inputs) if Save.INPUTS in keep else (None, *inputs[1:]),
        tuple(None if each is None else tuple(each.shape) for each in inputs),
        wanted,
        output=output if Save.OUTPUT in keep else None,
        sign=output > 0 if Save.SIGN in keep else None,
        max_offsets=operator.forward_with_offsets(attributes, inputs)[1]
        if Save.MAX_OFFSETS in keep
        else None,
    )


def check(word, attributes, inputs, function):
    """The operator against a function of the same tensors, with respect to every real one."""
    operator = find_operator(word)
    with torch.no_grad():
        output = operator.forward(attributes, inputs)
    tracked = [
        None if each is None else each.clone().requires_grad_(each.is_floating_point()) for each in inputs
    ]
    expected = function(*tracked)
    torch.testing.assert_close(output, expected.detach(), rtol=0, atol=0)
    gradient = random_tensor(*output.shape, seed=9)
    real = [each for each in tracked if each is not None and each.requires_grad]
    wanted = torch.autograd.grad(expected, real, gradient)
    found = operator.backward(
        attributes,
        gradient.clone(),
        saved(
            operator, attributes, inputs, tuple(each is not None and each.requires_grad for each in tracked)
        ),
    )
    assert len(found) == len(inputs)
    for mine, theirs in zip([each for each in found if each is not None], wanted, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-12)
    first = operator.backward(
        attributes,
        gradient.clone(),
        saved(operator, attributes, inputs, (True,) + (False,) * (len(inputs) - 1)),
    )
    torch.testing.assert_close(first[0], wanted[0], rtol=0, atol=1e-12)


CONVOLUTIONS = list(itertools.product((1, 2, 3), (1, 2), (0, 1, 2), (1, 2), (1, 2), (True, False)))


@pytest.mark.parametrize(("rank", "stride", "padding", "dilation", "groups", "bias"), CONVOLUTIONS)
def test_convolutions(rank, stride, padding, dilation, groups, bias):
    attributes = {
        "stride": (stride,) * rank,
        "padding": (padding,) * rank,
        "dilation": (dilation,) * rank,
        "groups": groups,
    }
    x, weight = random_tensor(2, 4, *SPATIAL[:rank]), random_tensor(6, 4 // groups, *(3, 2, 3)[:rank], seed=1)
    function = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
    check(
        "conv",
        attributes,
        (x, weight, random_tensor(6, seed=2) if bias else None),
        lambda x, w, b: function(x, w, b, stride, padding, dilation, groups),
    )


@pytest.mark.parametrize(("rank", "stride", "padding", "dilation", "groups", "bias"), CONVOLUTIONS)
def test_transposed_convolutions(rank, stride, padding, dilation, groups, bias):
    function = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[rank - 1]
    for more in range(max(stride, dilation)):
        attributes = {
            "stride": (stride,) * rank,
            "padding": (padding,) * rank,
            "dilation": (dilation,) * rank,
            "groups": groups,
            "output_padding": (more,) * rank,
        }
        x, weight = (
            random_tensor(1, 4, *SPATIAL[:rank]),
            random_tensor(4, 6 // groups, *(3, 2, 3)[:rank], seed=1),
        )
        check(
            "conv_transpose",
            attributes,
            (x, weight, random_tensor(6, seed=2) if bias else None),
            lambda x, w, b, more=more: function(x, w, b, stride, padding, more, groups, dilation),
        )


POOLS = [
    case
    for case in itertools.product((1, 2, 3), (1, 2, 3, 4), (1, 2, 3), (0, 1), (1, 2), (False, True))
    if 2 * case[3] <= case[1]
]


@pytest.mark.parametrize(("rank", "kernel", "stride", "padding", "dilation", "ceil"), POOLS)
def test_maximum_pools_with_ties(rank, kernel, stride, padding, dilation, ceil, monkeypatch):
    attributes = {
        "kernel": (kernel,) * rank,
        "stride": (stride,) * rank,
        "padding": (padding,) * rank,
        "dilation": (dilation,) * rank,
        "ceil": ceil,
    }
    x = random_tensor(2, 3, *SPATIAL[:rank]).relu().round(decimals=1)
    function = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[rank - 1]
    check("max_pool", attributes, (x,), lambda x: function(x, kernel, stride, padding, dilation, ceil))
    operator = OPERATORS["max_pool"]
    output, choice = operator.forward_with_indices(attributes, (x,))
    _, place = operator.forward_with_offsets(attributes, (x,))
    assert place.dtype == torch.uint8
    values = random_tensor(*output.shape, seed=4)
    shape = tuple(x.shape)
    by_index = max_unpool(attributes, values, choice, shape)
    torch.testing.assert_close(by_index, max_unpool(attributes, values, place, shape), rtol=0, atol=1e-13)
    monkeypatch.setattr(max_pooling, "BLOCK_VALUES", 1)
    in_blocks = operator.forward_with_offsets(attributes, (x,))
    assert torch.equal(in_blocks[0], output)
    assert torch.equal(in_blocks[1], place)
    assert torch.equal(operator.forward(attributes, (x,)), output)


def test_a_maximum_of_nothing_but_minus_infinity_is_left_to_torch():
    attributes = {"kernel": (3, 3), "stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "ceil": False}
    x = torch.full((1, 1, 4, 5), -torch.inf, dtype=torch.float64)
    x[0, 0, 3, 4] = 1.0
    check("max_pool", attributes, (x,), lambda x: F.max_pool2d(x, 3, 1, 1))


def test_windows_larger_than_a_byte_can_count_are_left_to_torch():
    attributes = {
        "kernel": (7,) * 3,
        "stride": (1,) * 3,
        "padding": (0,) * 3,
        "dilation": (1,) * 3,
        "ceil": False,
    }
    x = random_tensor(1, 2, *SPATIAL)
    assert OPERATORS["max_pool"].forward_with_offsets(attributes, (x,))[1].dtype == torch.int64
    check("max_pool", attributes, (x,), lambda x: F.max_pool3d(x, 7, 1))


def test_max_unpool_works_block_by_block(monkeypatch):
    attributes = {
        "kernel": (3,) * 3,
        "stride": (1,) * 3,
        "padding": (0,) * 3,
        "dilation": (1,) * 3,
        "ceil": False,
    }
    x = random_tensor(2, 3, *SPATIAL)
    output, place = OPERATORS["max_pool"].forward_with_offsets(attributes, (x,))
    whole = max_unpool(attributes, output, place, tuple(x.shape))
    monkeypatch.setattr(max_pooling, "BLOCK_VALUES", 1)
    assert torch.equal(max_unpool(attributes, output, place, tuple(x.shape)), whole)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, 2, 0), (3, 1, 1), (3, 2, 1)])
@pytest.mark.parametrize("counted", [True, False])
def test_average_pools(rank, kernel, stride, padding, counted):
    attributes = {
        "kernel": (kernel,) * rank,
        "stride": (stride,) * rank,
        "padding": (padding,) * rank,
        "ceil": True,
        "count_padding": counted,
        "divisor": None,
    }
    function = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[rank - 1]
    x = random_tensor(2, 3, *SPATIAL[:rank])
    check("avg_pool", attributes, (x,), lambda x: function(x, kernel, stride, padding, True, counted))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 3])
def test_adaptive_pools(rank, size):
    x = random_tensor(2, 3, *SPATIAL[:rank])
    mean = (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)[rank - 1]
    most = (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)[rank - 1]
    check("adaptive_avg_pool", {"size": (size,) * rank}, (x,), lambda x: mean(x, size))
    check("adaptive_max_pool", {"size": (size,) * rank}, (x,), lambda x: most(x, size))


UPSAMPLED = [
    *itertools.product((1, 2, 3), ("nearest", "nearest-exact", "linear"), (False, True)),
    (2, "cubic", False),
    (2, "cubic", True),
]


@pytest.mark.parametrize(("rank", "mode", "corners"), UPSAMPLED)
def test_upsampling_by_factors_and_to_sizes(rank, mode, corners):
    if mode.startswith("nearest") and corners:
        pytest.skip("corners have no meaning here")
    words = {"linear": ("linear", "bilinear", "trilinear")[rank - 1], "cubic": "bicubic"}
    named = words.get(mode, mode)
    aligned = None if mode.startswith("nearest") else corners
    x = random_tensor(1, 2, *(4, 5, 3)[:rank])
    for scales in ((2.0,) * rank, (1.7,) * rank):
        attributes = {"mode": mode, "size": None, "scales": scales, "align_corners": corners}
        check(
            "upsample",
            attributes,
            (x,),
            lambda x, scales=scales: F.interpolate(x, scale_factor=scales, mode=named, align_corners=aligned),
        )
    size = (7, 6, 8)[:rank]
    attributes = {"mode": mode, "size": size, "scales": None, "align_corners": corners}
    check("upsample", attributes, (x,), lambda x: F.interpolate(x, size, mode=named, align_corners=aligned))


CHANNELS = random_tensor(3, 1, 1, seed=5)
POINTWISE = {
    "relu": ({}, F.relu),
    "leaky_relu": ({"slope": 0.2}, lambda x: F.leaky_relu(x, 0.2)),
    "elu": ({"alpha": 0.7, "scale": 1.0, "input_scale": 1.0}, lambda x: F.elu(x, 0.7)),
    "gelu": ({"approximate": "tanh"}, lambda x: F.gelu(x, approximate="tanh")),
    "silu": ({}, F.silu),
    "sigmoid": ({}, torch.sigmoid),
    "tanh": ({}, torch.tanh),
    "exp": ({}, torch.exp),
    "abs": ({}, torch.abs),
    "softmax": ({"dim": 1}, lambda x: F.softmax(x, 1)),
    "log_softmax": ({"dim": -1}, lambda x: F.log_softmax(x, -1)),
    "clamp": ({"low": -0.5, "high": None}, lambda x: x.clamp(min=-0.5)),
    "hardtanh": ({"low": -0.5, "high": 0.7}, lambda x: F.hardtanh(x, -0.5, 0.7)),
    "pow": ({"exponent": 3}, lambda x: x**3),
    "sum": ({"dims": (1, -1), "keepdim": False}, lambda x: x.sum((1, -1))),
    "mean": ({"dims": (2,), "keepdim": True}, lambda x: x.mean(2, keepdim=True)),
    "amax": ({"dims": (), "keepdim": False}, torch.amax),
    "max": ({"dim": 1, "keepdim": False}, lambda x: x.max(1).values),
    "logsumexp": ({"dims": (1, -1), "keepdim": True}, lambda x: x.logsumexp((1, -1), keepdim=True)),
    "topk": ({"k": 2, "dim": -1, "largest": True}, lambda x: x.topk(2).values),
    "view": ({"shape": (2, -1)}, lambda x: x.reshape(2, -1)),
    "flatten": ({"start": 1, "end": -1}, lambda x: x.flatten(1)),
    "unflatten": ({"dim": -1, "shape": (2, -1)}, lambda x: x.unflatten(-1, (2, -1))),
    "squeeze": ({"dims": (0,)}, lambda x: x.squeeze(0)),
    "unsqueeze": ({"dim": -1}, lambda x: x.unsqueeze(-1)),
    "permute": ({"dims": (2, 0, -1, 1)}, lambda x: x.permute(2, 0, 3, 1)),
    "slice": ({"dim": -1, "start": -3, "end": 2**63 - 1, "step": 2}, lambda x: x[..., -3::2]),
    "select": ({"dim": 1, "index": -1}, lambda x: x[:, -1]),
}


@pytest.mark.parametrize("word", POINTWISE)
def test_operators_of_one_value(word):
    attributes, function = POINTWISE[word]
    check(word, attributes, (random_tensor(2, 3, 4, 6),), function)


def test_smallest_values_and_all_values_in_order():
    x = random_tensor(2, 3, 4, 6)
    for k in (2, 3):
        attributes = {"k": k, "dim": 1, "largest": False}
        check("topk", attributes, (x,), lambda x, k=k: x.sort(1).values[:, :k])


@pytest.mark.parametrize("word", ["sqrt", "log"])
def test_operators_of_one_positive_value(word):
    check(word, {}, (random_tensor(2, 3).abs() + 0.1,), getattr(torch, word))


@pytest.mark.parametrize(
    ("amounts", "mode", "value"),
    [
        ((1, 2, 0, 1), "constant", 0.5),
        ((-1, 2, 0, -2), "constant", 0.0),
        ((1, 2, 0, 1), "reflect", 0.0),
        ((1, 2, 0, 1), "replicate", 0.0),
        ((1, 2, 0, 1), "circular", 0.0),
    ],
)
def test_padding(amounts, mode, value):
    function = (
        (lambda x: F.pad(x, amounts, mode, value))
        if mode == "constant"
        else lambda x: F.pad(x, amounts, mode)
    )
    check("pad", {"amounts": amounts, "mode": mode, "value": value}, (random_tensor(2, 3, 4, 5),), function)


@pytest.mark.parametrize("shapes", [((2, 3, 4), (2, 3, 4)), ((2, 3, 4), (3, 1)), ((1, 4), (2, 3, 1))])
def test_operators_of_two_values_broadcast(shapes):
    x, y = random_tensor(*shapes[0]), random_tensor(*shapes[1], seed=1) + 3
    check("add", {}, (x, y), torch.add)
    check("sub", {}, (x, y), torch.sub)
    check("mul", {}, (x, y), torch.mul)
    check("div", {}, (x, y), torch.div)


@pytest.mark.parametrize(
    "shapes",
    [((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 1, 3, 4), (5, 4, 2)), ((3, 4), (4,)), ((4,), (4, 5))],
)
def test_matrix_products(shapes):
    check("matmul", {}, (random_tensor(*shapes[0]), random_tensor(*shapes[1], seed=1)), torch.matmul)


@pytest.mark.parametrize("bias", [True, False])
def test_linear_layers(bias):
    b = random_tensor(5, seed=2) if bias else None
    check("linear", {}, (random_tensor(2, 3, 4), random_tensor(5, 4, seed=1), b), F.linear)


@pytest.mark.parametrize(("scale", "shift"), [(CHANNELS, CHANNELS + 1), (CHANNELS, None), (None, CHANNELS)])
def test_affine(scale, shift):
    operator = OPERATORS["affine"]
    x = random_tensor(2, 3, 4, 5).requires_grad_()
    expected = (x if scale is None else x * scale) + (0 if shift is None else shift)
    torch.testing.assert_close(operator.forward({}, (x.detach(), scale, shift)), expected.detach())
    torch.testing.assert_close(
        operator.forward_in_place({}, (x.detach().clone(), scale, shift)), expected.detach()
    )
    gradient = random_tensor(*expected.shape, seed=3)
    (wanted,) = torch.autograd.grad(expected, x, gradient)
    held = SavedTensors((None, scale, shift), (tuple(x.shape), None, None), (True, False, False))
    torch.testing.assert_close(operator.backward({}, gradient, held)[0], wanted)


def test_norms():
    x, w, b = random_tensor(2, 4, 5, 6), random_tensor(4, seed=1), random_tensor(4, seed=2)
    check(
        "instance_norm",
        {"eps": 1e-3},
        (x, w, b),
        lambda x, w, b: F.instance_norm(x, None, None, w, b, True, 0, 1e-3),
    )
    check("group_norm", {"groups": 2, "eps": 1e-3}, (x, w, b), lambda x, w, b: F.group_norm(x, 2, w, b, 1e-3))
    last = random_tensor(6, seed=3)
    check(
        "layer_norm",
        {"shape": (6,), "eps": 1e-3},
        (x, last, None),
        lambda x, w, b: F.layer_norm(x, (6,), w, None, 1e-3),
    )
    check(
        "rms_norm",
        {"shape": (6,), "eps": 1e-3},
        (x, last),
        lambda x, w: F.rms_norm(x, (6,), w, 1e-3),
    )


def test_cat():
    parts = (random_tensor(2, 3, 4), random_tensor(2, 1, 4, seed=1), random_tensor(2, 2, 4, seed=2))
    check("cat", {"dim": -2}, parts, lambda *each: torch.cat(each, 1))


def test_expansion():
    check("expand", {"shape": (2, 3, -1)}, (random_tensor(3, 1),), lambda x: x.expand(2, 3, -1))


def test_prelu_and_casts():
    check("prelu", {}, (random_tensor(2, 3, 4), random_tensor(3, seed=1)), F.prelu)
    check("cast", {"dtype": torch.float64}, (random_tensor(2, 3),), lambda x: x * 1)


def test_every_operator_is_tested():
    tested = {*POINTWISE, "conv", "conv_transpose", "max_pool", "avg_pool", "adaptive_avg_pool", "upsample"}
    tested |= {"adaptive_max_pool", "add", "sub", "mul", "div", "matmul", "linear", "affine", "cat", "expand"}
    tested |= {"instance_norm", "group_norm", "layer_norm", "rms_norm", "pad", "prelu", "cast", "sqrt", "log"}
    tested |= {"chunked_segment"}  # in tests/methods/layerwise/test_chunked_segments.py
    assert tested == set(OPERATORS)


def test_passthrough_operators_exist_and_are_pure():
    """No operator on the list may write, draw at random, or reach anything but the tensors it is given."""
    for target in sorted(PASSTHROUGH):
        schema = find_overload(target)._schema
        assert not schema.is_mutable, target
        assert torch.Tag.nondeterministic_seeded not in find_overload(target).tags, target
        for argument in schema.arguments:
            assert str(argument.type) not in ("str", "Generator", "Storage", "Stream") or target in (
                "aten.gelu.default",
                "aten.einsum.default",
                "aten.meshgrid.indexing",
                "aten.div.Tensor_mode",
                "aten.div.Scalar_mode",
            ), target


@pytest.mark.parametrize("target", ["aten.from_file.default", "aten.relu_.default", "os.system", "", "conv4"])
def test_other_operators_are_refused(target):
    with pytest.raises(ModelError, match="is not a supported operator"):
        passthrough_operator(target)


def test_passthrough_operators_are_differentiable():
    attributes = {"arguments": {"self": passed_slot(0), "other": passed_slot(1)}, "output": 0}
    x, y = random_tensor(3, 4), random_tensor(3, 4, seed=1)
    check("aten.maximum.default", attributes, (x, y), torch.maximum)


def passed_slot(index):
    from viewer.models.graph.operators.aten_passthrough import InputSlot

    return InputSlot(index)
