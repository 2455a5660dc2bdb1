"""Small networks of other packages, with random weights."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from viewer.commands.benchmarks.network_matrix.case import NetworkCase

if TYPE_CHECKING:
    from torch import nn

VOLUME, LARGE_VOLUME = (1, 16, 16, 16), (1, 32, 32, 32)
LONG_VOLUME = (1, 32, 16, 16)
"""For networks that halve the volume four or five times: leaves two voxels, in a quarter of the time."""

PICTURE = (3, 64, 64)
CLASSES = 3


def monai_cases() -> tuple[NetworkCase, ...]:
    """Return networks of MONAI."""

    def make_case(
        name: str,
        shape: tuple[int, ...],
        *args: Any,
        output: str = "",
        answer: str | None = None,
        title: str = "",
        **kwargs: Any,
    ) -> NetworkCase:
        def build_network() -> nn.Module:
            network: nn.Module = getattr(import_module("monai.networks.nets"), name)(*args, **kwargs)
            return network

        return NetworkCase("monai", title or name, build_network, shape, output, answer=answer)

    def build_autoencoder() -> nn.Module:
        nets = import_module("monai.networks.nets")
        network: nn.Module = nets.AutoEncoder(3, 1, 1, (4, 8), (2, 2))
        return network

    resnet: dict[str, Any] = {"spatial_dims": 3, "n_input_channels": 1, "num_classes": CLASSES}
    strides, kernels = ((1,) * 3, (2,) * 3, (2,) * 3), ((3,) * 3,) * 3
    patch: dict[str, Any] = {"hidden_size": 24, "mlp_dim": 48, "num_heads": 2}
    return (
        make_case("UNet", VOLUME, 3, 1, 2, (4, 8, 16), (2, 2), num_res_units=2),
        make_case(
            "UNet",
            VOLUME,
            3,
            1,
            2,
            (4, 8, 16),
            (2, 2),
            num_res_units=2,
            norm="batch",
            title="UNet, batch norm",
        ),
        make_case("DynUNet", VOLUME, 3, 1, 2, kernels, strides, strides[1:], filters=(4, 8, 16)),
        make_case(
            "DynUNet",
            VOLUME,
            3,
            1,
            2,
            kernels,
            strides,
            strides[1:],
            filters=(4, 8, 16),
            deep_supervision=True,
            deep_supr_num=1,
            title="DynUNet, deep supervision",
        ),
        make_case("BasicUNet", LONG_VOLUME, 3, 1, 2, (4, 4, 8, 8, 16, 4)),
        make_case("BasicUNetPlusPlus", LONG_VOLUME, 3, 1, 2, (4, 4, 8, 8, 16, 4), output="0"),
        make_case("AttentionUnet", VOLUME, 3, 1, 2, (4, 8, 16), (2, 2)),
        make_case("SegResNet", (4, 16, 16, 16), 3, 8, in_channels=4, out_channels=3),
        make_case(
            "SegResNetVAE", VOLUME, (16,) * 3, init_filters=8, in_channels=1, out_channels=2, output="0"
        ),
        make_case("SegResNetDS", VOLUME, 3, 4, 1, 2, blocks_down=(1, 2, 2), norm="instance"),
        make_case("VNet", LONG_VOLUME, 3, 1, 2),
        make_case("HighResNet", VOLUME, 3, 1, 2),
        make_case(
            "MedNeXt", LONG_VOLUME, 3, 4, 1, 2, blocks_down=(1,) * 4, blocks_up=(1,) * 4, blocks_bottleneck=1
        ),
        make_case("UNETR", LARGE_VOLUME, 1, 2, (32,) * 3, feature_size=4, **patch),
        # 64 cubed takes minutes for some methods; 32 along all axes leaves a bottleneck of one voxel.
        make_case(
            "SwinUNETR", (1, 64, 32, 32), 1, 2, feature_size=12, depths=(1,) * 4, num_heads=(1, 1, 2, 2)
        ),
        make_case(
            "ViT",
            VOLUME,
            1,
            (16,) * 3,
            (4,) * 3,
            24,
            48,
            2,
            2,
            "conv",
            classification=True,
            num_classes=CLASSES,
            post_activation=None,
            output="0",
        ),
        make_case(
            "ViT",
            VOLUME,
            1,
            (16,) * 3,
            (4,) * 3,
            24,
            48,
            2,
            2,
            "perceptron",
            classification=True,
            num_classes=CLASSES,
            post_activation=None,
            output="0",
            title="ViT, perceptron",
        ),
        make_case("ViTAutoEnc", VOLUME, 1, (16,) * 3, (4,) * 3, num_layers=2, output="0", **patch),
        make_case("resnet10", LONG_VOLUME, **resnet, title="ResNet-10"),
        make_case("resnet18", LONG_VOLUME, **resnet, shortcut_type="A", title="ResNet-18, shortcut A"),
        make_case("resnet50", LONG_VOLUME, **resnet, title="ResNet-50"),
        make_case("DenseNet121", LARGE_VOLUME, 3, 1, CLASSES, init_features=16, growth_rate=8),
        make_case(
            "EfficientNetBN",
            LARGE_VOLUME,
            "efficientnet-b0",
            spatial_dims=3,
            in_channels=1,
            num_classes=CLASSES,
            pretrained=False,
        ),
        make_case("SEResNet50", LONG_VOLUME, spatial_dims=3, in_channels=1, num_classes=CLASSES),
        make_case("Regressor", VOLUME, (1, 16, 16, 16), (2,), (4, 8), (2, 2)),
        make_case("Classifier", VOLUME, (1, 16, 16, 16), CLASSES, (4, 8), (2, 2)),
        make_case("Discriminator", VOLUME, (1, 16, 16, 16), (4, 8), (2, 2), last_act=None),
        NetworkCase("monai", "AutoEncoder", build_autoencoder, VOLUME),
        make_case(
            "VarAutoEncoder",
            VOLUME,
            3,
            (1, 16, 16, 16),
            1,
            6,
            (4, 8),
            (2, 2),
            use_sigmoid=False,
            output="0",
            answer="0",
        ),
        make_case(
            "VQVAE",
            VOLUME,
            3,
            1,
            1,
            (8, 8),
            8,
            1,
            ((2, 4, 1, 1),) * 2,
            ((2, 4, 1, 1, 0),) * 2,
            num_embeddings=8,
            embedding_dim=8,
            output="0",
        ),
        make_case("FullyConnectedNet", (1, 8, 8), 64, CLASSES, (16, 8), title="FullyConnectedNet"),
        make_case("FlexibleUNet", (1, 64, 64), 1, 2, "efficientnet-b0", spatial_dims=2),
        make_case(
            "AHNet",
            (1, 32, 32, 32),
            layers=(1, 1, 1, 1),
            spatial_dims=3,
            in_channels=1,
            out_channels=2,
            psp_block_num=0,
        ),
        make_case("VoxelMorphUNet", (2, 32, 32, 32), 3, 2, 8, (4, 8), (8, 4)),
        make_case(
            "MaskedAutoEncoderViT",
            VOLUME,
            1,
            (16,) * 3,
            (4,) * 3,
            24,
            48,
            2,
            2,
            0.5,
            24,
            48,
            2,
            2,
            output="0",
        ),
        make_case("Quicknat", (1, 32, 32), CLASSES, 1, 8),
        make_case("LocalNet", LONG_VOLUME, 3, 1, 4, (0, 1, 2)),
    )


def nnunet_cases() -> tuple[NetworkCase, ...]:
    """Return networks of nnU-Net's dynamic-network-architectures."""

    def unet_builder(class_name: str, deep_supervision: bool, channels: int) -> Callable[[], nn.Module]:
        def build_network() -> nn.Module:
            from torch import nn

            module = import_module("dynamic_network_architectures.architectures.unet")
            blocks = "n_conv_per_stage" if class_name == "PlainConvUNet" else "n_blocks_per_stage"
            settings = {
                blocks: 2, "n_conv_per_stage_decoder": 1, "conv_bias": True, "norm_op": nn.InstanceNorm3d,
                "norm_op_kwargs": {"eps": 1e-5, "affine": True}, "nonlin": nn.LeakyReLU,
                "deep_supervision": deep_supervision,
            }  # fmt: skip
            network: nn.Module = getattr(module, class_name)(
                channels, 3, (4, 8, 16), nn.Conv3d, 3, (1, 2, 2), num_classes=2, **settings
            )
            return network

        return build_network

    def build_resnet() -> nn.Module:
        module = import_module("dynamic_network_architectures.architectures.resnet")
        network: nn.Module = module.ResNet18_CIFAR(CLASSES, 1)
        return network

    def build_vgg() -> nn.Module:
        module = import_module("dynamic_network_architectures.architectures.vgg")
        network: nn.Module = module.VGG16_cifar(CLASSES, 1)
        return network

    def build_primus() -> nn.Module:
        install_torchvision()
        module = import_module("dynamic_network_architectures.architectures.primus")
        network: nn.Module = module.Primus(
            1, 48, (4,) * 3, 2, 2, 2, input_shape=(16,) * 3, use_rot_pos_emb=False
        )
        return network

    plain, package = "PlainConvUNet", "dynamic_network_architectures"
    return (
        NetworkCase(package, plain, unet_builder(plain, False, 1), VOLUME),
        NetworkCase(package, f"{plain}, deep supervision", unet_builder(plain, True, 1), VOLUME, "0"),
        NetworkCase(package, f"{plain}, 4 channels", unet_builder(plain, False, 4), (4, 16, 16, 16)),
        NetworkCase(package, "ResidualEncoderUNet", unet_builder("ResidualEncoderUNet", False, 1), VOLUME),
        NetworkCase(package, "ResidualUNet", unet_builder("ResidualUNet", False, 1), VOLUME),
        NetworkCase(package, "ResNet-18, CIFAR", build_resnet, (1, 32, 32)),
        NetworkCase(package, "VGG-16, CIFAR", build_vgg, (1, 32, 32)),
        NetworkCase(package, "Primus", build_primus, VOLUME),
    )


def install_torchvision() -> None:
    """Install a stand-in for torchvision, for packages that import it without needing it."""
    from viewer.commands.benchmarks.network_matrix.torchvision_stand_in import install_stand_in

    install_stand_in()


TIMM = (
    "resnet18", "convnext_atto", "efficientnet_b0", "mobilenetv2_050", "mobilenetv3_small_050",
    "regnetx_002", "densenet121", "mixer_s32_224", "vit_tiny_patch16_224", "deit_tiny_patch16_224",
    "swin_tiny_patch4_window7_224", "repvgg_a0", "coat_tiny", "poolformer_s12", "resnest14d",
    "xcit_nano_12_p16_224", "beit_base_patch16_224", "eva02_tiny_patch14_224", "maxvit_rmlp_pico_rw_256",
    "hrnet_w18_small",
)  # fmt: skip
TIMM_SETTINGS: dict[str, dict[str, Any]] = {
    "vit_tiny_patch16_224": {"img_size": 64, "depth": 3},
    "deit_tiny_patch16_224": {"img_size": 64, "depth": 3},
    "swin_tiny_patch4_window7_224": {
        "img_size": 64,
        "window_size": 4,
        "depths": (1, 1, 2, 1),
        "embed_dim": 24,
    },
    "mixer_s32_224": {"img_size": 64},
    "beit_base_patch16_224": {"img_size": 64, "depth": 2, "embed_dim": 96, "num_heads": 3},
    "eva02_tiny_patch14_224": {"img_size": 56, "depth": 2},
    "coat_tiny": {"img_size": 64},
    "xcit_nano_12_p16_224": {"img_size": 64, "depth": 3},
    "maxvit_rmlp_pico_rw_256": {"img_size": 64},
}
TIMM_SIZES = {"eva02_tiny_patch14_224": (3, 56, 56)}


def timm_cases() -> tuple[NetworkCase, ...]:
    """Return 2D networks of timm."""

    def network_builder(name: str) -> Callable[[], nn.Module]:
        def build_network() -> nn.Module:
            install_torchvision()
            settings = TIMM_SETTINGS.get(name, {})
            network: nn.Module = import_module("timm").create_model(name, num_classes=CLASSES, **settings)
            return network

        return build_network

    return tuple(
        NetworkCase("timm", name, network_builder(name), TIMM_SIZES.get(name, PICTURE)) for name in TIMM
    )


TIMM_3D = ("resnet18", "convnext_atto", "efficientnet_b0", "mobilenetv2_050", "densenet121", "seresnet18")


def timm_3d_cases() -> tuple[NetworkCase, ...]:
    """Return 3D networks of timm_3d."""

    def network_builder(name: str) -> Callable[[], nn.Module]:
        def build_network() -> nn.Module:
            install_torchvision()
            network: nn.Module = import_module("timm_3d").create_model(name, num_classes=CLASSES, in_chans=1)
            return network

        return build_network

    def input_shape(name: str) -> tuple[int, ...]:
        return LARGE_VOLUME if name in ("convnext_atto", "densenet121") else LONG_VOLUME

    return tuple(NetworkCase("timm_3d", name, network_builder(name), input_shape(name)) for name in TIMM_3D)


def transformers_cases() -> tuple[NetworkCase, ...]:
    """Return networks of Hugging Face's transformers; they return a ModelOutput with ``logits``."""

    def make_case(
        name: str,
        shape: tuple[int, ...],
        task: str = "ImageClassification",
        title: str = "",
        **config_settings: Any,
    ) -> NetworkCase:
        def build_network() -> nn.Module:
            transformers = import_module("transformers")
            config = getattr(transformers, f"{name}Config")(num_labels=CLASSES, **config_settings)
            network: nn.Module = getattr(transformers, f"{name}For{task}")(config)
            return network

        return NetworkCase("transformers", title or name, build_network, shape, "logits")

    small: dict[str, Any] = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    wide = {**small, "intermediate_size": 48}
    stages: dict[str, Any] = {"embed_dim": 12, "depths": [1, 1], "num_heads": [1, 2], "window_size": 4}
    return (
        make_case("ViT", (1, 32, 32), image_size=32, patch_size=8, num_channels=1, **wide),
        make_case("DeiT", (1, 32, 32), image_size=32, patch_size=8, num_channels=1, **wide),
        make_case("Beit", (1, 32, 32), image_size=32, patch_size=8, num_channels=1, **wide),
        make_case("Dinov2", (1, 28, 28), image_size=28, patch_size=7, num_channels=1, **small),
        make_case(
            "Dinov2WithRegisters", (1, 28, 28), image_size=28, patch_size=7, num_channels=1,
            num_register_tokens=4, **small,
        ),
        make_case("Swin", (1, 32, 32), image_size=32, patch_size=2, num_channels=1, **stages),
        make_case("Swinv2", (1, 32, 32), image_size=32, patch_size=2, num_channels=1, **stages),
        make_case("ConvNext", (1, 32, 32), num_channels=1, hidden_sizes=[8, 16], depths=[1, 1], num_stages=2),
        make_case("ConvNextV2", (1, 32, 32), num_channels=1, hidden_sizes=[8, 16], depths=[1, 1],
             num_stages=2),
        make_case("ResNet", (1, 32, 32), num_channels=1, embedding_size=8, hidden_sizes=[8, 16],
             depths=[1, 1]),
        make_case("RegNet", (1, 32, 32), num_channels=1, embedding_size=8, hidden_sizes=[8, 16],
             depths=[1, 1], groups_width=8),
        make_case("PoolFormer", (1, 64, 64), num_channels=1, hidden_sizes=[8, 16, 16, 24],
             depths=[1, 1, 1, 1]),
        make_case("MobileNetV2", (3, 64, 64), depth_multiplier=0.35),
        make_case("MobileViT", (1, 64, 64), num_channels=1, image_size=64, hidden_sizes=[16, 24, 32],
             neck_hidden_sizes=[8, 8, 16, 16, 24, 24, 32]),
        make_case("Segformer", (1, 64, 64), task="SemanticSegmentation", num_channels=1,
             hidden_sizes=[8, 8, 16, 16], num_attention_heads=[1, 1, 2, 2], depths=[1, 1, 1, 1],
             decoder_hidden_size=16),
        make_case("EfficientNet", (3, 64, 64), image_size=64, width_coefficient=0.25, depth_coefficient=0.3,
             hidden_dim=320),
    )  # fmt: skip


def vit_pytorch_cases() -> tuple[NetworkCase, ...]:
    """Return transformers of vit-pytorch."""

    def make_case(
        module_name: str, name: str, shape: tuple[int, ...], **network_settings: Any
    ) -> NetworkCase:
        def build_network() -> nn.Module:
            install_torchvision()
            module = import_module(f"vit_pytorch.{module_name}")
            network: nn.Module = getattr(module, name)(num_classes=CLASSES, **network_settings)
            return network

        return NetworkCase("vit_pytorch", f"{module_name}.{name}", build_network, shape)

    small: dict[str, Any] = {"dim": 24, "depth": 2, "heads": 2, "mlp_dim": 48}
    plane: dict[str, Any] = {"image_size": 32, "patch_size": 8, "channels": 1}
    volume: dict[str, Any] = {
        "image_size": 16, "frames": 16, "image_patch_size": 4, "frame_patch_size": 4, "channels": 1,
    }  # fmt: skip
    return (
        make_case("vit", "ViT", (1, 32, 32), **plane, **small),
        make_case("simple_vit", "SimpleViT", (1, 32, 32), **plane, **small),
        make_case("vit_3d", "ViT", VOLUME, **volume, **small),
        make_case("simple_vit_3d", "SimpleViT", VOLUME, **volume, **small),
        make_case(
            "vivit", "ViViT", VOLUME, **volume, dim=24, spatial_depth=1, temporal_depth=1, heads=2, mlp_dim=48
        ),
        make_case("cait", "CaiT", (3, 32, 32), image_size=32, patch_size=8, cls_depth=1, **small),
        make_case("deepvit", "DeepViT", (3, 32, 32), image_size=32, patch_size=8, **small),
        make_case(
            "simple_vit_with_register_tokens",
            "SimpleViT",
            (1, 32, 32),
            num_register_tokens=2,
            **plane,
            **small,
        ),
        make_case("vit_for_small_dataset", "ViT", (1, 32, 32), **plane, **small),
    )
