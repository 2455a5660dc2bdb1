"""Files that would run something never do: they are read without that part, or refused by name."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import pickle
import random
import struct
import warnings
import zipfile
from pathlib import Path

import pytest
import torch

from viewer.errors import ModelError
from viewer.models.graph.interpreter import run
from viewer.models.pt2.load import load_pt2


class Payload:
    """Unpickled, it leaves a mark."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (Path.touch, (self.marker,))


def touching(marker):
    return f"__import__('pathlib').Path({str(marker)!r}).touch() or 2"


def runs_elsewhere(path, marker):
    """Whether torch's own reader runs the file: otherwise it would not be hostile, and the test no test."""
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.export.load(path)
    return marker.exists()


def refused(path, *words):
    with pytest.raises(ModelError) as caught:
        load_pt2(path)
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    for word in words:
        assert word in line, line
    return line


def test_pickled_sample_inputs_are_never_opened(spoiled, saved, marker):
    network, _, x = saved("squeeze-excitation")
    file = spoiled()
    file["data/sample_inputs/model.pt"] = pickle.dumps(Payload(marker))
    path = file.write()
    with torch.no_grad():
        assert torch.allclose(run(load_pt2(path), x), network(x), atol=1e-6)
    assert not marker.exists()
    assert runs_elsewhere(path, marker)


def test_pickled_weights_are_refused(spoiled, marker):
    file = spoiled()
    file["data/weights/weight_0"] = pickle.dumps(Payload(marker))
    file.change(
        "data/weights/model_weights_config.json",
        lambda content: content["config"]["conv.weight"].update(use_pickle=True),
    )
    refused(file.write(), "conv.weight", "is pickled, and could run code")
    assert not marker.exists()


@pytest.mark.parametrize(
    "member", ["opaque_obj_0", "custom_obj_0", "../../../etc/passwd", "weight_0/../weight_1"]
)
def test_constants_that_are_no_tensors_are_refused(spoiled, marker, member):
    file = spoiled()
    file[f"data/constants/{member}"] = pickle.dumps(Payload(marker))
    entry = {"path_name": member, "is_param": False, "use_pickle": False, "tensor_meta": None}
    file.change(
        "data/constants/model_constants_config.json", lambda content: content["config"].update(evil=entry)
    )
    refused(file.write(), "evil", member)
    assert not marker.exists()


def test_a_size_of_the_input_that_is_code_is_refused(spoiled, marker):
    file = spoiled()

    def change(graph):
        name = next(name for name in graph["tensor_values"] if name == "x")
        graph["tensor_values"][name]["sizes"][0]["as_expr"]["expr_str"] = touching(marker)

    file.graph(change)
    refused(file.write(), "is not a plain size")
    assert not marker.exists()


def test_expressions_elsewhere_are_never_evaluated(spoiled, saved, marker):
    network, _, x = saved("squeeze-excitation")
    file = spoiled()

    def change(graph):
        for name, value in graph["tensor_values"].items():
            for size in value["sizes"] if name != "x" else ():
                if "as_expr" in size:
                    size["as_expr"]["expr_str"] = touching(marker)
        for value in graph["sym_int_values"].values():
            value["as_expr"]["expr_str"] = touching(marker)

    file.graph(change)
    file.change("models/model.json", lambda content: content.update(guards_code=[touching(marker)]))
    path = file.write()
    with torch.no_grad():
        assert torch.allclose(run(load_pt2(path), x), network(x), atol=1e-6)
    assert not marker.exists()
    assert runs_elsewhere(path, marker)


@pytest.mark.parametrize(
    ("member", "what"),
    [
        ("data/aotinductor/model/model.so", "compiled native code"),
        ("data/executorch/model.pte", "a compiled program"),
        ("data/weights/model.pt", "pickled weights"),
        ("data/xl_model_weights/model_param_config.json", "weights in separate files"),
    ],
)
def test_what_is_not_a_graph_is_refused_by_name(spoiled, marker, member, what):
    file = spoiled()
    file[member] = pickle.dumps(Payload(marker))
    refused(file.write(), member, what)
    assert not marker.exists()


@pytest.mark.parametrize(
    "target",
    [
        "torch.os.system",
        "os.system",
        "builtins.eval",
        "_operator.attrgetter",
        "_operator.call",
        "math.factorial",
        "torch.load",
        "torch.ops.aten.from_file.default",
        "torch.ops.aten.save.default",
        "torch.ops.aten.empty_like.default",
        "torch.ops.aten.set_.source_Storage",
        "torch.ops.aten.as_strided.default",
        "torch.ops.aten.resize_.default",
        "torch.ops.aten.normal_.default",
        "torch.ops.aten.relu.out",
        "torch.ops.aten.__class__.default",
        "torch.ops.prims.device_put.default",
        "torch.ops.higher_order.cond",
        "torch.ops.inductor.resize_storage_bytes_.default",
        "#pickle",
        "",
        "torch.ops.aten.relu_.__call__",
        "aten.pow_.Scalar",
    ],
)
def test_an_operator_that_is_not_known_is_refused_by_name(spoiled, marker, target):
    file = spoiled()

    def change(graph):
        node = next(node for node in graph["nodes"] if "silu" in node["target"])
        node["target"] = target
        node["inputs"].append({"name": "command", "arg": {"as_string": f"touch {marker}"}, "kind": 1})

    file.graph(change)
    refused(file.write(), "models/model.json", target or "calls", "is not a supported operator")
    assert not marker.exists()


@pytest.mark.parametrize(
    "argument",
    [
        {"as_custom_obj": {"name": "x", "class_fqn": "os.system"}},
        {"as_graph": {"name": "x", "graph": {}}},
        {"as_operator": "torch.ops.aten.relu.default"},
        {"as_complex": {"real": 1.0, "imag": 0.0}},
        {"as_layout": 1},
        {"as_unheard_of": 3},
        {"as_string_to_argument": {}},
    ],
    ids=lambda argument: next(iter(argument)),
)
def test_an_argument_of_an_unknown_kind_is_refused_by_name(spoiled, argument):
    file = spoiled()

    def change(graph):
        node = next(node for node in graph["nodes"] if "silu" in node["target"])
        node["inputs"][0]["arg"] = argument

    file.graph(change)
    refused(file.write(), next(iter(argument)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"sizes": [{"as_int": 4}, {"as_int": 1}, {"as_int": 3}, {"as_int": 3}, {"as_int": 4}]},
            "claims the sizes",
        ),
        ({"sizes": [{"as_int": 10**9}] * 5, "strides": [{"as_int": 0}] * 5}, "claims the sizes"),
        (
            {"sizes": [{"as_int": -4}, {"as_int": 1}, {"as_int": 3}, {"as_int": 3}, {"as_int": 3}]},
            "not a fixed size",
        ),
        (
            {"strides": [{"as_int": 27}, {"as_int": 27}, {"as_int": 9}, {"as_int": 3}, {"as_int": -1}]},
            "not a fixed size",
        ),
        ({"storage_offset": {"as_int": 1}}, "claims the sizes"),
        ({"storage_offset": {"as_int": 2**70}}, "not a whole number"),
        ({"sizes": [{"as_expr": {"expr_str": "s0"}}] * 5}, "not a fixed size"),
        ({"dtype": 8}, "claims the sizes"),
        ({"dtype": 10}, "unknown dtype code"),
        ({"layout": 1}, "sparse or packed"),
        ({"strides": []}, "5 sizes and 0 strides"),
        ({"sizes": "everything"}, "is not a list"),
    ],
)
def test_sizes_that_do_not_fit_the_bytes_are_refused(spoiled, change, words):
    file = spoiled()
    file.change(
        "data/weights/model_weights_config.json",
        lambda content: content["config"]["conv.weight"]["tensor_meta"].update(change),
    )
    refused(file.write(), "conv.weight", words)


def test_a_weight_cut_short_is_refused(spoiled):
    file = spoiled()
    file["data/weights/weight_0"] = file["data/weights/weight_0"][:-4]
    refused(file.write(), "claims the sizes")


def test_a_missing_weight_is_refused_by_name(spoiled):
    file = spoiled()
    del file.members[f"{file.root}/data/weights/weight_0"]
    refused(file.write(), "data/weights/weight_0", "is missing")


@pytest.mark.parametrize(
    ("member", "content", "words"),
    [
        ("archive_version", b"7", "unknown version '7'"),
        ("archive_format", b"zip", "is not an exported program"),
        ("byteorder", b"big", "byte order 'big'"),
        ("models/model.json", b"{", "not valid JSON"),
        ("models/model.json", b"[" * 100_000, "not valid JSON"),
        ("models/model.json", b"\xff\xfe", "is not text"),
        ("models/model.json", b'{"schema_version": {"major": ' + b"9" * 5000 + b"}}", "JSON"),
        ("models/model.json", b"[]", "is not a mapping"),
        ("models/other.json", b"{}", "holds 2 networks"),
    ],
)
def test_members_that_say_something_else_are_refused(spoiled, member, content, words):
    file = spoiled()
    file[member] = content
    refused(file.write(), words)


@pytest.mark.parametrize("major", [7, 9])
def test_another_major_version_of_the_format_is_refused(spoiled, major):
    file = spoiled()
    file.change(
        "models/model.json", lambda content: content.update(schema_version={"major": major, "minor": 2})
    )
    refused(file.write(), f"schema_version: is {major}.2, but only 8 is supported; export the network again")


def test_another_minor_version_is_read(spoiled):
    file = spoiled()
    file.change(
        "models/model.json", lambda content: content.update(schema_version={"major": 8, "minor": 999})
    )
    load_pt2(file.write())


def test_an_archive_of_an_older_torch_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "old.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("old/version", "5.1")
        archive.writestr("old/serialized_exported_program.json", "{}")
        archive.writestr("old/serialized_state_dict.pt", pickle.dumps(Payload(tmp_path / "ran")))
    refused(path, "older torch", "export it again")
    assert not (tmp_path / "ran").exists()


def test_a_bomb_is_refused_before_it_is_unfolded(spoiled):
    file = spoiled()
    file["data/weights/weight_0"] = bytes(50_000_000)
    path = file.write(zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 200_000
    refused(path, "compressed")


def test_members_that_lie_over_one_another_are_refused(spoiled):
    file = spoiled()
    path = file.write()
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        first, second = archive.infolist()[:2]
    # In the central directory, the second member is said to begin where the first does.
    place = content.rfind(struct.pack("<I", second.header_offset) + second.filename.encode())
    assert place > 0
    content[place : place + 4] = struct.pack("<I", first.header_offset)
    path.write_bytes(content)
    refused(path)


def test_a_file_cut_anywhere_is_refused(spoiled):
    path = spoiled().write()
    whole = path.read_bytes()
    for share in (0.0, 0.1, 0.5, 0.9, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        refused(path)


def test_a_constant_too_large_to_be_made_is_refused(spoiled):
    file = spoiled()

    def change(graph):
        node = next(node for node in graph["nodes"] if "silu" in node["target"])
        huge = {
            "target": "torch.ops.aten.ones.default",
            "inputs": [{"name": "size", "arg": {"as_ints": [10**6, 10**6]}, "kind": 1}],
            "outputs": [{"as_tensor": {"name": "huge"}}],
            "metadata": {},
        }
        graph["nodes"].insert(0, huge)
        node["inputs"][0]["arg"]["as_tensor"]["name"] = "huge"

    file.graph(change)
    refused(file.write(), "computes a constant of 1,000,000,000,000 values")


def places(value, path=()):
    """The paths of all leaves of nested JSON."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))
    else:
        yield path


STRANGE = [
    None,
    -1,
    0,
    2**40,
    2**63,
    1e308,
    "",
    "x",
    "conv3d",
    "Infinity",
    [],
    {},
    True,
    [{}],
    "torch.os.system",
]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_changed_it_is_read_or_refused_in_one_line(spoiled, seed, marker):
    draw = random.Random(seed)
    file = spoiled("reused")
    content = file.json("models/model.json")
    leaves = [
        place
        for place in places(content)
        if not {"metadata", "verifiers", "torch_version", "guards_code"} & set(place)
    ]
    x = torch.zeros(1, 2, 8, 8)
    read = 0
    for _ in range(60):
        changed = copy.deepcopy(content)
        *way, last = draw.choice(leaves)
        inner = changed
        for step in way:
            inner = inner[step]
        inner[last] = draw.choice(STRANGE)
        file["models/model.json"] = json.dumps(changed).encode()
        path = file.write()
        lines = []
        try:
            graph = load_pt2(path)
            read += 1
            run(graph, x)
        except ModelError as error:
            lines = str(error).splitlines()
        assert len(lines) <= 1
        assert not marker.exists()
    assert read < 60


def test_nothing_in_the_reader_unpickles_or_evaluates():
    """The reader's own source never names what runs code."""
    import viewer.models.pt2 as room

    for path in Path(room.__file__).parent.glob("*.py"):
        source = path.read_text(encoding="utf-8").split('"""', 2)[-1]
        for word in (
            "pickle.",
            "torch.load",
            "export.load",
            "sympify",
            "eval(",
            "exec(",
            "__import__",
            "getattr(",
        ):
            assert word not in source, (path.name, word)


def test_reading_keeps_nothing_open(spoiled):
    path = spoiled().write()
    load_pt2(path)
    path.rename(path.with_name("moved.pt2"))
    with io.BytesIO(path.with_name("moved.pt2").read_bytes()) as content:
        assert zipfile.is_zipfile(content)
