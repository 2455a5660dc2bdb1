"""The U-Nets of nnU-Net: its own package gives the same numbers with the same weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from viewer.errors import ModelError
from viewer.models.architectures.nnunet_weights import rename_tensors
from viewer.models.architectures.registry import find_architecture, recognise_architecture

STAGES: dict[str, Any] = {
    "input_channels": 2,
    "n_stages": 3,
    "features_per_stage": [4, 6, 8],
    "kernel_sizes": [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
    "strides": [[1, 1, 1], [1, 2, 2], [2, 2, 2]],
    "num_classes": 3,
    "conv_op": nn.Conv3d,
    "conv_bias": True,
    "norm_op": nn.InstanceNorm3d,
    "norm_op_kwargs": {"eps": 1e-5, "affine": True},
    "nonlin": nn.LeakyReLU,
    "nonlin_kwargs": {"inplace": True},
}
PLAIN: dict[str, Any] = {"n_conv_per_stage": [2, 1, 2], "n_conv_per_stage_decoder": [2, 1]}
RESIDUAL: dict[str, Any] = {"n_blocks_per_stage": [1, 2, 3], "n_conv_per_stage_decoder": [1, 2]}
OTHER_NORM: dict[str, Any] = {"norm_op": nn.BatchNorm3d, "dropout_op": nn.Dropout3d, "dropout_op_kwargs": {}}

CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "plain": ("PlainConvUNet", PLAIN, {}),
    "deep supervision": ("PlainConvUNet", PLAIN | {"deep_supervision": True}, {}),
    "batch norm and dropout": ("PlainConvUNet", PLAIN | OTHER_NORM, {}),
    "norm last": ("PlainConvUNet", PLAIN | {"nonlin_first": True}, {"norm_last": True}),
    "without biases": ("PlainConvUNet", PLAIN | {"conv_bias": False}, {}),
    "relu": ("PlainConvUNet", PLAIN | {"nonlin": nn.ReLU}, {"activation": "relu"}),
    "residual encoder": ("ResidualEncoderUNet", RESIDUAL, {}),
    "stem": ("ResidualEncoderUNet", RESIDUAL | {"stem_channels": 5}, {}),
    "residual": ("ResidualUNet", RESIDUAL, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_it_answers_as_nnunets_package_does(case: str) -> None:
    unet = pytest.importorskip("dynamic_network_architectures.architectures.unet")
    kind, arguments, said = CASES[case]
    torch.manual_seed(1)
    theirs = getattr(unet, kind)(**(STAGES | arguments)).eval()
    for layer in theirs.modules():
        if isinstance(layer, nn.InstanceNorm3d | nn.BatchNorm3d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, 0, 0.3)
            if layer.running_mean is not None and layer.running_var is not None:
                layer.running_mean.normal_()
                layer.running_var.uniform_(0.5, 2)
    state = theirs.state_dict()
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    architecture = recognise_architecture(shapes)
    assert architecture is not None
    assert architecture.name == "nnunet-3d"
    ours = architecture.build(architecture.infer_arguments(shapes) | said, "test")
    ours.load_state_dict(dict(architecture.select_tensors(state, "test")))
    x = torch.randn(1, 2, 8, 16, 12)
    with torch.no_grad():
        expected = theirs(x)
        expected = expected[0] if isinstance(expected, list) else expected
        torch.testing.assert_close(ours(x), expected, rtol=1e-6, atol=1e-6)


def test_a_tensor_under_two_names_is_taken_once_and_coarser_outputs_are_left_out() -> None:
    names = {
        "decoder.encoder.stages.0.0.convs.0.all_modules.0.weight": "encoder.stages.0.0.convs.0.conv.weight",
        "encoder.stages.0.0.convs.0.conv.weight": "encoder.stages.0.0.convs.0.conv.weight",
        "encoder.stages.0.0.convs.0.all_modules.2.bias": "encoder.stages.0.0.convs.0.norm.bias",
        "decoder.seg_layers.10.weight": "decoder.seg_layers.10.weight",
    }
    assert rename_tensors([*names, "decoder.seg_layers.9.weight"]) == names


def test_two_different_tensors_of_one_name_are_refused() -> None:
    architecture = find_architecture("nnunet-3d", "test")
    state = {"encoder.stem.convs.0.conv.bias": torch.zeros(2)}
    assert architecture.select_tensors(state, "net.pth") == state
    state["decoder.encoder.stem.convs.0.conv.bias"] = torch.ones(2)
    with pytest.raises(
        ModelError, match=r"net\.pth: does not match nnunet-3d: it has two different tensors 'encoder"
    ):
        architecture.select_tensors(state, "net.pth")
