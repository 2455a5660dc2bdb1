"""Results folder of an nnU-Net: its network, folds, input and outputs as a card, and what is refused."""

from __future__ import annotations

import json
import os
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.models.nnunet_results import (
    ARCHITECTURE,
    DATASET,
    OLD_NETWORK,
    PLANS,
    changed_plans,
    nnunet_checkpoint,
    nnunet_state,
    small_network,
    write_results,
)
from viewer.errors import ModelError
from viewer.models.formats import ModelFormat
from viewer.models.input_spec import Blending, IntensityScaling, IntensitySpec, Placement, WindowSteps
from viewer.models.inspect import inspect
from viewer.models.loading import load_model
from viewer.models.model_card import ModelKind, card_from_json
from viewer.models.output_kind import OutputKind
from viewer.scans.file_types import FileType, detect_file_type

X = torch.randn(1, 1, 8, 16, 16, generator=torch.Generator().manual_seed(3))


def test_the_folder_is_read_as_a_card_and_its_network(tmp_path: Path, environment: str) -> None:
    path = write_results(tmp_path)
    model = load_model(path)
    with torch.no_grad():
        assert torch.equal(model.logits(X), small_network()(X))
    card = model.card
    assert (card.name, card.architecture) == ("Dataset042_Lesion 3d_fullres", "nnunet-3d")
    assert (card.kind, card.output) == (ModelKind.SEGMENTATION, OutputKind.SOFTMAX)
    assert card.classes == ("background", "lesion")
    spec = card.input
    assert spec is not None
    assert (spec.placement, spec.axes) == (Placement.NONZERO, "KJI")
    assert (spec.spacing, spec.window, spec.overlap) == ((3.0, 2.0, 2.0), (8, 16, 16), 0.5)
    assert (spec.blending, spec.steps, spec.mirror_axes) == (Blending.GAUSSIAN, WindowSteps.EVEN, (0, 1, 2))
    assert (spec.interpolation, spec.between_slices) == ("cubic", "nearest")
    assert spec.channel_names == ("T1",)
    assert card_from_json(json.loads(json.dumps(card.as_json())), "card") == card
    assert model.path == path
    assert any(note.startswith("guess: the training scans were stored in the same") for note in model.notes)


def test_info_tells_the_folder_apart(tmp_path: Path) -> None:
    path = write_results(tmp_path, folds=("0", "1"))
    assert detect_file_type(path) is FileType.MODEL
    assert detect_file_type(path / "fold_1") is FileType.MODEL
    found = inspect(path)
    assert found.format is ModelFormat.NNUNET
    assert (found.card_source, found.looks_like, found.refusal) == ("plans.json", "nnunet-3d", "")
    assert found.metadata["folds"] == "fold_0, fold_1"
    assert found.metadata["trainer_name"] == "nnUNetTrainer"
    assert found.parameter_count > 0


def test_a_folder_is_the_mean_of_its_folds_and_a_fold_is_itself(tmp_path: Path) -> None:
    path = write_results(tmp_path, folds=("0", "1", "10", "all"))
    model = load_model(path)
    answers = [small_network(seed)(X) for seed in range(3)]
    with torch.no_grad():
        torch.testing.assert_close(model.logits(X), torch.stack(answers).mean(0))
    assert any("the mean of the outputs of the folds 0, 1, 10; not used: all" in note for note in model.notes)
    for fold, seed in (("1", 1), ("all", 3)):
        single = load_model(path / f"fold_{fold}")
        with torch.no_grad():
            assert torch.equal(single.logits(X), small_network(seed)(X))
        assert any(f"only the network of fold_{fold}" in note for note in single.notes)
    assert len({load_model(one).hash for one in (path, path / "fold_0", path / "fold_1")}) == 3


def test_a_fold_is_chosen_by_its_number_or_name(tmp_path: Path) -> None:
    path = write_results(tmp_path, folds=("0", "1", "all"))
    for fold, seed in ((0, 0), ("1", 1), ("fold_1", 1), ("all", 2)):
        model = load_model(path, fold=fold)
        assert model.path == path / f"fold_{str(fold).removeprefix('fold_')}"
        with torch.no_grad():
            assert torch.equal(model.logits(X), small_network(seed)(X))
    mean = load_model(path)
    assert mean.selectable_paths == (path, *(path / f"fold_{name}" for name in ("0", "1", "all")))
    assert load_model(path / "fold_0").selectable_paths == mean.selectable_paths
    for given, fold, message in (
        (path, 5, "has no fold '5'; it has 0, 1, all"),
        (tmp_path, 0, "has no folds"),
    ):
        with pytest.raises(ModelError, match=re.escape(message)):
            load_model(given, fold=fold)


def test_one_checkpoint_can_be_opened_by_its_file(tmp_path: Path) -> None:
    path = write_results(tmp_path)
    best = path / "fold_0" / "checkpoint_best.pth"
    torch.save(nnunet_checkpoint(nnunet_state(small_network(5))), best)
    with torch.no_grad():
        assert torch.equal(load_model(best).logits(X), small_network(5)(X))
        assert torch.equal(load_model(path).logits(X), small_network()(X))
    (path / "fold_0" / "checkpoint_final.pth").unlink()
    assert any("there is no checkpoint_final.pth" in note for note in load_model(path).notes)


def test_folds_without_a_final_checkpoint_are_left_out_and_named(tmp_path: Path) -> None:
    path = write_results(tmp_path, folds=("0", "1"))
    (path / "fold_2").mkdir()
    (path / "fold_1" / "checkpoint_final.pth").rename(path / "fold_1" / "checkpoint_best.pth")
    assert any(note == "the network of fold 0; not used: 1, 2" for note in load_model(path).notes)


def test_plans_of_before_2024_are_read(tmp_path: Path) -> None:
    new = load_model(write_results(tmp_path / "new")).card
    old = load_model(write_results(tmp_path / "old", changed_plans(architecture=None, **OLD_NETWORK))).card
    assert old == new


def test_a_configuration_inherits_from_another(tmp_path: Path) -> None:
    plans = deepcopy(PLANS)
    plans["configurations"]["mine"] = {"inherits_from": "3d_fullres", "patch_size": [4, 8, 8]}
    path = write_results(tmp_path, plans, init_args={"configuration": "mine"})
    card = load_model(path).card
    assert card.name.endswith("mine")
    assert card.input is not None
    assert card.input.window == (4, 8, 8)


def test_a_batch_norm_is_seen_in_the_weights_whatever_the_plans_say(tmp_path: Path) -> None:
    path = write_results(tmp_path, trainer_name="nnUNetTrainerBN")
    arguments = dict(load_model(path).card.arguments) | {"norm": "batch"}
    from viewer.models.architectures.registry import find_architecture

    network = find_architecture("nnunet-3d", "test").build(arguments, "test")
    torch.save(nnunet_checkpoint(nnunet_state(network)), path / "fold_0" / "checkpoint_final.pth")
    model = load_model(path)
    with torch.no_grad():
        torch.testing.assert_close(model.logits(X), network(X))


@pytest.mark.parametrize(
    ("trainer", "told"),
    [
        ("nnUNetTrainer", False),
        ("nnUNetTrainer_250epochs_NoMirroring", False),
        ("nnUNetTrainerDiceCELoss_noSmooth", False),
        ("nnUNetTrainerMine", True),
        ("BNet", True),
    ],
)
def test_another_trainer_is_named_as_a_guess(tmp_path: Path, trainer: str, told: bool) -> None:
    notes = load_model(write_results(tmp_path, trainer_name=trainer)).notes
    assert any(note.startswith(f"guess: the trainer {trainer} does not change") for note in notes) == told


@pytest.mark.parametrize(
    ("program", "order", "axes", "guesses"),
    [
        ("SimpleITKIO", [2, 0, 1], "IKJ", 1),
        ("NibabelIO", [0, 1, 2], "KJI", 1),
        ("NibabelIOWithReorient", [1, 0, 2], "ASR", 0),
        ("MyReader", [0, 1, 2], "KJI", 1),
    ],
)
def test_axes_follow_the_reader_of_images_and_the_transposition(
    tmp_path: Path, program: str, order: list[int], axes: str, guesses: int
) -> None:
    plans = {**PLANS, "image_reader_writer": program, "transpose_forward": order}
    found = inspect(write_results(tmp_path, plans))
    assert found.card is not None
    assert found.card.input is not None
    assert found.card.input.axes == axes
    assert sum(note.startswith("guess: the training scans") for note in found.notes) == guesses
    assert any("MyReader" in note for note in found.notes) == (program == "MyReader")


def test_every_channel_has_its_own_scaling_and_a_name_for_files(tmp_path: Path) -> None:
    names = {"0": "T1", "1": "CT", "2": "b=1000 / ADC", "3": "t1"}
    schemes = ["ZScoreNormalization", "CTNormalization", "NoNormalization", "RescaleTo01Normalization"]
    plans = changed_plans(normalization_schemes=schemes, use_mask_for_norm=[True, False, False, False])
    model = load_model(write_results(tmp_path, plans, DATASET | {"channel_names": names}))
    spec = model.card.input
    assert spec is not None
    assert spec.channel_names == ("T1", "CT", "b_1000_ADC", "t1-3")
    assert [channel.modality for channel in spec.inputs] == ["", "", "b=1000 / ADC", "t1"]
    rules = [spec.channel_intensity(index) for index in range(4)]
    assert rules == [
        IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero", background="kept"),
        IntensitySpec(IntensityScaling.BOUNDS, bounds=(-10.0, 90.0), to=(-2.5, 2.5)),
        IntensitySpec(),
        IntensitySpec(IntensityScaling.RANGE),
    ]


@pytest.mark.parametrize(
    ("labels", "order", "classes", "output"),
    [
        ({"background": 0, "b": 2, "a": 1, "ignore": 3}, None, ("background", "a", "b"), OutputKind.SOFTMAX),
        ({"background": 0, "whole": [1, 2], "core": [2]}, [1, 2], ("whole", "core"), OutputKind.MULTI_LABEL),
        ({"background": 0, "whole": [1, 2]}, [1], ("whole",), OutputKind.SIGMOID),
    ],
)
def test_labels_and_regions_are_the_classes(
    tmp_path: Path, labels: dict[str, Any], order: Any, classes: tuple[str, ...], output: OutputKind
) -> None:
    dataset = DATASET | {"labels": labels, "regions_class_order": order}
    card = load_model(write_results(tmp_path, dataset=dataset)).card
    assert (card.classes, card.output) == (classes, output)


def _network(**options: Any) -> dict[str, Any]:
    """The plans with other options of the network."""
    architecture = deepcopy(ARCHITECTURE)
    name = options.pop("network_class_name", None)
    architecture |= {"network_class_name": name} if name else {}
    architecture["arch_kwargs"] |= options
    return changed_plans(architecture=architecture)


REFUSED: dict[str, tuple[Any, str]] = {
    "another network": (_network(network_class_name="os.system"), "asks for the network os.system"),
    "a familiar name elsewhere": (
        _network(network_class_name="evil.PlainConvUNet"),
        "network evil.PlainConvUNet",
    ),
    "another layer": (_network(conv_op="os.system"), "conv_op' is 'os.system'; known: Conv3d"),
    "a familiar layer elsewhere": (_network(norm_op="evil.InstanceNorm3d"), "norm_op' is 'evil.Inst"),
    "no activation": (_network(nonlin=None), "nonlin' is missing"),
    "an unknown option": (_network(attention=True), "attention' is not known here"),
    "an option of a norm": (_network(norm_op_kwargs={"groups": 2}), "norm_op_kwargs.groups' is not known"),
    "bottlenecks": (_network(block="x.BottleneckD"), "block' is not BasicBlockD"),
    "no stages": (_network(n_stages=0), "n_stages' is 0; it must be 2 to 16"),
    "a million stages": (_network(n_stages=10**6), "it must be 2 to 16"),
    "stages by halves": (_network(n_stages=2.5), "n_stages' is 2.5; it must be a whole number"),
    "huge stages": (_network(features_per_stage=[4, 8, 10**12]), "argument 'widths' is"),
    "endless stages": (_network(n_conv_per_stage=[2, 2, 10**9]), "argument 'encoder_blocks' is"),
    "too few widths": (_network(features_per_stage=[4, 8]), "features_per_stage' is [4, 8]; it must be 3"),
    "kernels of another kind": (_network(kernel_sizes="3"), "kernel_sizes' is 3; it must be three whole"),
    "even kernels": (_network(kernel_sizes=2), "its kernels must be odd"),
    "strides of zero": (_network(strides=[[1, 1, 1], [0, 2, 2], [2, 2, 2]]), "strides' is"),
    "a patch of no multiple": (changed_plans(patch_size=[7, 16, 16]), "strides' divide by 2 along an axis"),
    "2D": (changed_plans(patch_size=[16, 16]), "3d_fullres is a network in 2D; open one in 3D"),
    "a cascade": (changed_plans(previous_stage="3d_lowres"), "second stage of a cascade"),
    "no patch": (changed_plans(patch_size=None), "patch_size' is missing"),
    "a huge patch": (changed_plans(patch_size=[10**9] * 3), "it must be three sizes from 1 to 2048"),
    "no spacing": (changed_plans(spacing=None), "spacing' is missing"),
    "a spacing of zero": (changed_plans(spacing=[0, 1, 1]), "it must be three spacings from 0.01 to 100 mm"),
    "an inheritance in a circle": (changed_plans(inherits_from="3d_fullres"), "inherits from itself"),
    "an inheritance from nothing": (changed_plans(inherits_from="../2d"), "no configuration '../2d'"),
    "another scaling": (
        changed_plans(normalization_schemes=["evil.Norm"]),
        "names evil.Norm; known: ZScore",
    ),
    "too few scalings": (changed_plans(normalization_schemes=[]), "has 0 entries for 1 channel"),
    "another resampling": (changed_plans(resampling_fn_data="no_resampling_hack"), "it cannot be followed"),
    "splines of order 5": (changed_plans(resampling_fn_data_kwargs={"order": 5}), "it cannot be followed"),
    "an order that is a list": (changed_plans(resampling_fn_data_kwargs={"order": []}), "cannot be followed"),
    "a transposition": ({**PLANS, "transpose_forward": [0, 0, 1]}, "its 'transpose_forward' is [0, 0, 1]"),
    "no configurations": ({**PLANS, "configurations": 3}, "has no configuration '3d_fullres'"),
    "CT without statistics": (
        {
            **changed_plans(normalization_schemes=["CTNormalization"]),
            "foreground_intensity_properties_per_channel": {},
        },
        "foreground_intensity_properties_per_channel.0.percentile_00_5' is missing",
    ),
}


def _refused(path: Path, line: str) -> None:
    with pytest.raises(ModelError) as raised:
        load_model(path)
    assert line in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("case", REFUSED)
def test_plans_that_ask_for_something_else_are_refused_in_one_line(tmp_path: Path, case: str) -> None:
    plans, line = REFUSED[case]
    _refused(write_results(tmp_path, plans), line)


DATASETS: dict[str, tuple[dict[str, Any], str]] = {
    "no channels": ({"channel_names": None}, "names no channels"),
    "channels from 1": ({"channel_names": {"1": "T1"}}, "not numbered from 0"),
    "a hundred channels": ({"channel_names": {str(i): "a" for i in range(100)}}, "more than 64"),
    "no labels": ({"labels": {}}, "name no background"),
    "labels with gaps": ({"labels": {"background": 0, "a": 2}}, "not numbered 0, 1, 2"),
    "labels alike": ({"labels": {"background": 0, "a": 1, "b": 1}}, "not numbered 0, 1, 2"),
    "labels that are texts": ({"labels": {"background": 0, "a": "1"}}, "are not whole numbers"),
    "regions without an order": ({"labels": {"background": 0, "a": [1, 2]}}, "no 'regions_class_order'"),
}


@pytest.mark.parametrize("case", DATASETS)
def test_a_data_set_that_names_no_channels_or_labels_is_refused(tmp_path: Path, case: str) -> None:
    entries, line = DATASETS[case]
    path = write_results(tmp_path)
    (path / "dataset.json").write_text(json.dumps(DATASET | entries))
    _refused(path, line)


def test_missing_and_broken_files_are_named(tmp_path: Path) -> None:
    path = write_results(tmp_path)
    for name in ("plans.json", "dataset.json"):
        whole = (path / name).read_text()
        for content, line in (
            ("{", "is not JSON"),
            ("[]", "holds no JSON object"),
            (" " * 2**21, "too large"),
        ):
            (path / name).write_text(content)
            _refused(path, f"{name}: {line}" if line != "too large" else line)
        (path / name).write_text(whole)
    (path / "dataset.json").unlink()
    _refused(path, "lacks dataset.json")
    _refused(path.parent, "holds 1 nnU-Net results folder; open one: nnUNetTrainer__nnUNetPlans__3d_fullres")


def test_missing_folds_and_checkpoints_are_named(tmp_path: Path) -> None:
    path = write_results(tmp_path)
    (path / "fold_0" / "checkpoint_final.pth").unlink()
    _refused(path, "has checkpoint_final.pth nor checkpoint_best.pth in none of its folds")
    _refused(path / "fold_0", "has neither checkpoint_final.pth nor checkpoint_best.pth")
    (path / "fold_0").rmdir()
    _refused(path, "has no folder fold_0 or another fold")
    for number in range(21):
        (path / f"fold_{number}").mkdir()
    _refused(path, "has 21 folds")


def test_a_configuration_that_nothing_names_is_asked_for(tmp_path: Path) -> None:
    path = write_results(tmp_path, init_args={})
    assert any(
        note == "guess: the configuration is 3d_fullres, from the folder's name"
        for note in load_model(path).notes
    )
    _refused(path.rename(path.with_name("model")), "does not state its configuration")


def test_names_in_the_plans_lead_to_no_other_file(tmp_path: Path) -> None:
    plans = {**PLANS, "dataset_name": "../../etc", "plans_name": "/etc/passwd"}
    path = write_results(tmp_path, plans, init_args={"configuration": "../../2d"})
    _refused(path, "plans.json: has no configuration '../../2d'; its configurations: 3d_fullres, 2d")
    (path / "plans.json").write_text(json.dumps(PLANS | {"dataset_name": "../../etc"}))
    torch.save(nnunet_checkpoint(nnunet_state(small_network())), path / "fold_0" / "checkpoint_final.pth")
    assert load_model(path).card.name == "../../etc 3d_fullres"
    (path / "validation").mkdir()
    _refused(path / "validation", "is a folder without a network in it")


def test_a_folder_of_version_1_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "plans.pkl").write_bytes(b"")
    _refused(tmp_path, "is an nnU-Net version 1 folder")


def test_hostile_checkpoints_run_nothing(
    tmp_path: Path, marker: Path, hostile: Any, environment: str
) -> None:
    path = write_results(tmp_path, logging=hostile)
    _refused(path, f"checkpoint_final.pth: would run {os.system.__module__}.system")
    assert not marker.exists()


@pytest.mark.parametrize(("axes", "mirrored"), [((2, 0), (0, 2)), ((), ()), (None, ())])
def test_axes_are_mirrored_as_the_checkpoint_says(
    tmp_path: Path, axes: Any, mirrored: tuple[int, ...]
) -> None:
    card = load_model(write_results(tmp_path, inference_allowed_mirroring_axes=axes)).card
    assert card.input is not None
    assert card.input.mirror_axes == mirrored


@pytest.mark.parametrize("axes", [(0, 0), (3,), "012"])
def test_other_mirrored_axes_are_refused(tmp_path: Path, axes: Any) -> None:
    path = write_results(tmp_path, inference_allowed_mirroring_axes=axes)
    _refused(path, "checkpoint_final.pth: its 'inference_allowed_mirroring_axes' are")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = write_results(tmp_path, folds=("0", "1"))
    state = nnunet_state(small_network(classes=3))
    torch.save(nnunet_checkpoint(state), path / "fold_1" / "checkpoint_final.pth")
    _refused(
        path,
        "checkpoint_final.pth: does not match nnunet-3d: "
        "'decoder.seg_layers.1.weight' has the shape (3, 4, 1, 1, 1)",
    )
    state = nnunet_state(small_network())
    state["encoder.stages.0.0.convs.0.all_modules.0.bias"] = torch.ones(4)
    torch.save(nnunet_checkpoint(state), path / "fold_1" / "checkpoint_final.pth")
    _refused(path, "has two different tensors 'encoder.stages.0.0.convs.0.conv.bias'")
    (path / "fold_1" / "checkpoint_final.pth").write_bytes(b"PK\3\4 broken")
    _refused(path / "fold_1", "checkpoint_final.pth: is a damaged or cut-off archive")
