"""Small networks, each with something that a graph must get right. Name to network and input shape."""

from __future__ import annotations

import itertools

import torch
from torch import nn
from torch.nn import functional as F


class FunctionalRelu(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv3d(1, 3, 3), nn.Conv3d(3, 4, 3, stride=2)
        self.dense = nn.Linear(4, 2)

    def forward(self, x):
        x = F.relu(self.second(F.relu(self.first(x))))
        return self.dense(x.mean((2, 3, 4)))


class Reused(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.relu, self.pool = nn.Conv2d(2, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2)
        self.dense = nn.Linear(8, 3)

    def forward(self, x):
        for _ in range(2):
            x = self.pool(self.relu(self.conv(x)))
        return self.dense(x.flatten(1))


class Residual(nn.Module):
    def __init__(self, *, in_place):
        super().__init__()
        self.in_place = in_place
        self.first, self.second = nn.Conv3d(2, 2, 3, padding=1), nn.Conv3d(2, 2, 3, padding=1)
        self.norm = nn.BatchNorm3d(2)
        self.relu = nn.ReLU(inplace=in_place)
        self.dense = nn.Linear(2, 2)

    def forward(self, x):
        for _ in range(2):
            y = self.relu(self.norm(self.first(x)))
            y = self.second(y)
            if self.in_place:
                y += x
            else:
                y = y + x
            x = self.relu(y)
        return self.dense(F.adaptive_avg_pool3d(x, 1).flatten(1))


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = (
            nn.Conv2d(1, 2, 1),
            nn.Conv2d(1, 3, 3, padding=1),
            nn.Conv2d(1, 1, 5, padding=2),
        )
        self.last = nn.Conv2d(7, 2, 3)

    def forward(self, x):
        pooled = F.avg_pool2d(x, 3, stride=1, padding=1)
        joined = torch.cat([self.a(x).relu(), self.b(x).relu(), self.c(x).tanh(), pooled], 1)
        return self.last(joined).amax((2, 3))


class InPlace(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 3)
        self.dense = nn.Linear(4, 2)

    def forward(self, x):
        y = self.conv(x)
        y.mul_(2.0).add_(0.5)
        y.relu_()
        z = y.clone()
        z.sub_(y.mean(2, keepdim=True))
        F.leaky_relu_(z, 0.1)
        z = z.clone().div_(y.std(2, keepdim=True) + 1.0)
        return self.dense(z.sum(2))


class WritesIntoPart(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 3)
        self.dense = nn.Linear(4, 2)

    def forward(self, x):
        y = self.conv(x)
        y[:, 0] += 1
        y[:, 1:3].mul_(2)
        flat = y.view(y.shape[0], -1)
        flat.relu_()
        return self.dense(y.mean(2))


class Views(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 6, 3)
        self.dense = nn.Linear(6, 3)

    def forward(self, x):
        x = self.conv(x)
        batch = x.size(0)
        x = x.view(batch, 3, 2, 4, 4).transpose(1, 2).reshape(batch, 6, 16)
        x = x.permute(0, 2, 1).contiguous().view(-1, 6)
        x = self.dense(x).relu().view(batch, 16, 3)
        a, b = x.chunk(2, dim=1)
        first, *_ = torch.unbind(a, 1)
        stacked = torch.stack([a, b], dim=1).squeeze(-1).unsqueeze(1).flatten(1, 2)
        return stacked[:, 1, 2:5].mean(1) - first.expand(batch, 3) + x[:, -1]


class UNet(nn.Module):
    def __init__(self, *, transposed):
        super().__init__()
        self.down = nn.Sequential(
            nn.Conv3d(1, 2, 3, padding=1), nn.InstanceNorm3d(2, affine=True), nn.LeakyReLU(0.1)
        )
        self.deep = nn.Sequential(nn.Conv3d(2, 4, 3, padding=1), nn.GroupNorm(2, 4), nn.PReLU(4))
        self.up = nn.ConvTranspose3d(4, 2, 2, stride=2) if transposed else nn.Conv3d(4, 2, 1)
        self.transposed = transposed
        self.last = nn.Conv3d(4, 2, 1)

    def forward(self, x):
        skip = self.down(x)
        y = self.deep(F.max_pool3d(skip, 2))
        if not self.transposed:
            y = F.interpolate(y, size=skip.shape[2:], mode="trilinear", align_corners=False)
        y = self.up(y)
        lacking = [
            size
            for have, want in zip(y.shape[:1:-1], skip.shape[:1:-1], strict=True)
            for size in (0, want - have)
        ]
        y = F.pad(y, lacking)
        return self.last(torch.cat([skip, y], 1))


class Pools(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(1, 2, 3, padding=1)
        self.one, self.two = nn.MaxPool3d(3, 1), nn.MaxPool3d(3, 2, padding=1, ceil_mode=True)
        self.three = nn.MaxPool3d(2, 1, dilation=2)
        self.four = nn.AvgPool3d(2, 1, padding=1, count_include_pad=False)
        self.dense = nn.Linear(2, 2)

    def forward(self, x):
        x = self.three(self.two(self.one(self.conv(x).relu())))
        return self.dense(self.four(x).flatten(2).sum(2))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(1, 8, 4, stride=4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.place = nn.Parameter(torch.randn(1, 5, 8))
        self.norm, self.qkv, self.out = nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place
        batch, count, width = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(batch, count, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * (width // 2) ** -0.5).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, count, width))
        return self.head(F.gelu(x[:, 0]))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.into = nn.Linear(3, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")

    def forward(self, x):
        return self.layer(self.into(x)).mean(1)


class SqueezeExcitation(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(1, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm3d(4)
        self.less, self.more = nn.Conv3d(4, 2, 1), nn.Conv3d(2, 4, 1)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        x = F.silu(self.norm(self.conv(x)))
        gate = torch.sigmoid(self.more(F.relu(self.less(F.adaptive_avg_pool3d(x, 1)))))
        return self.head((x * gate).mean(dim=(-1, -2, -3)))


class Activations(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(6, 6)
        self.prelu = nn.PReLU()

    def forward(self, x):
        y = self.dense(x)
        total = F.elu(y) + F.selu(y) + F.celu(y, 0.5) + F.gelu(y) + F.gelu(y, approximate="tanh")
        total = total + F.silu(y) * F.softplus(y) - F.mish(y) + F.hardswish(y) + F.hardsigmoid(y)
        total = total + F.relu6(y * 8) + F.hardtanh(y, -0.5, 0.7) + self.prelu(y) + F.logsigmoid(y)
        total = (
            total
            + y.clamp(-0.3, 0.4)
            + y.clamp(min=0.0)
            + F.rrelu(y)
            + F.softsign(y)
            + F.threshold(y, 0.1, -1.0)
        )
        return total + F.log_softmax(y, 1) + F.softmax(y, dim=-1) + F.glu(torch.cat([y, total], 1), 1)


class Arithmetic(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.randn(3, 1))
        self.register_buffer("scale", torch.rand(3, 1) + 0.5)
        self.dense = nn.Linear(5, 4)

    def forward(self, x):
        x = (x - self.mean) / self.scale
        y = 2 - 3 * self.dense(x)
        z = (y**2 + 1).sqrt() + torch.exp(-y) / (1 + y.abs()) + torch.rsqrt(y * y + 2)
        z = z / (y.square().sum(-1, keepdim=True) + 1) - 1 / (z + 3) + torch.log(z.abs() + 1)
        z = torch.sub(z, y, alpha=0.5) + torch.where(y > 0, y, 0.1 * y)
        z = z + torch.maximum(y, -y) + y.max(dim=1, keepdim=True).values + y.std(1, keepdim=True)
        return (
            torch.einsum("bij,bkj->bik", z, y).flatten(1) + torch.linalg.vector_norm(z, dim=(1, 2))[:, None]
        )


class Slices(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1, padding_mode="reflect")
        self.same = nn.Conv2d(4, 4, 2, padding="same")
        self.ring = nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular")
        self.edge = nn.ReplicationPad2d(1)

    def forward(self, x):
        x = self.edge(self.ring(self.same(self.conv(x)).relu()))
        a, b = x.split([1, 3], dim=1)
        x = torch.cat([b[:, :, 1:-1:2], F.pad(a, (1, 0, 0, 0), value=0.5)[:, :, ::2, 1:].narrow(2, 0, 4)], 1)
        x = F.pixel_shuffle(x, 2).flip(-1).roll(1, 2)
        return F.interpolate(x, scale_factor=1.5).mean((1, 2, 3), keepdim=False)[:, None] * x[:, 0, 0]


class Upsampling(nn.Module):
    def __init__(self, rank):
        super().__init__()
        self.rank = rank
        self.conv = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[rank - 1](1, 2, 3)

    def forward(self, x):
        x = self.conv(x)
        linear = ("linear", "bilinear", "trilinear")[self.rank - 1]
        a = F.interpolate(x, scale_factor=2, mode="nearest")
        b = F.interpolate(x, scale_factor=2, mode=linear, align_corners=True)
        c = F.interpolate(x, size=tuple(2 * size for size in x.shape[2:]), mode="nearest-exact")
        y = a * b + c
        return y + F.interpolate(x, scale_factor=2.0, mode="bicubic") if self.rank == 2 else y


class Adaptive(nn.Module):
    def __init__(self, rank):
        super().__init__()
        self.conv = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[rank - 1](1, 2, 3)
        self.mean = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[rank - 1](2)
        self.most = (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)[rank - 1](2)
        self.max = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[rank - 1](3, 1)
        self.average = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[rank - 1](2)

    def forward(self, x):
        x = self.average(self.max(self.conv(x)))
        return (self.mean(x) + self.most(x)).flatten(1)


class Convolutions(nn.Module):
    def __init__(self, rank):
        super().__init__()
        conv = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[rank - 1]
        back = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[rank - 1]
        self.grouped = conv(4, 6, 3, stride=2, padding=2, dilation=2, groups=2)
        self.back = back(6, 4, 3, stride=2, padding=1, output_padding=1, groups=2, dilation=1)
        self.plain = back(4, 2, 2, bias=False)

    def forward(self, x):
        return self.plain(F.relu(self.back(torch.tanh(self.grouped(x)))))


class EitelLike(nn.Module):
    def __init__(self):
        super().__init__()
        widths = (1, 2, 3, 4, 4, 4)
        self.convs = nn.ModuleList([nn.Conv3d(a, b, 3) for a, b in itertools.pairwise(widths)])
        self.pools = nn.ModuleList([nn.MaxPool3d(3, 1), nn.MaxPool3d(3, 2), nn.MaxPool3d(4, 2)])
        self.dropout = nn.Dropout(0.3)
        self.dense = nn.Linear(4, 2)

    def forward(self, x):
        x = self.pools[0](F.relu(self.convs[0](x)))
        x = self.pools[1](F.relu(self.convs[1](x)))
        x = F.relu(self.convs[3](F.relu(self.convs[2](x))))
        x = self.pools[2](F.relu(self.convs[4](x)))
        return self.dense(self.dropout(x.view(x.size(0), -1)))


def adnet_like():
    blocks = [
        nn.Sequential(
            nn.Conv3d(a, b, 3, padding=1, bias=False),
            nn.BatchNorm3d(b),
            nn.ReLU(),
            *([nn.MaxPool3d(2, 2)] if pooled else []),
        )
        for a, b, pooled in ((1, 2, True), (2, 2, False), (2, 4, True))
    ]
    return nn.Sequential(nn.Sequential(*blocks), nn.Flatten(), nn.Linear(32, 2))


class DenseLayer(nn.Module):
    def __init__(self, width, growth):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm3d(width), nn.Conv3d(width, 2 * growth, 1, bias=False)
        self.norm2, self.conv2 = (
            nn.BatchNorm3d(2 * growth),
            nn.Conv3d(2 * growth, growth, 3, padding=1, bias=False),
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.conv2(self.relu(self.norm2(self.conv1(self.relu(self.norm1(x))))))
        return torch.cat([x, y], 1)


def densenet_like():
    return nn.Sequential(
        nn.Conv3d(1, 4, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm3d(4),
        nn.ReLU(inplace=True),
        nn.MaxPool3d(3, 2, padding=1),
        DenseLayer(4, 2),
        DenseLayer(6, 2),
        nn.BatchNorm3d(8),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
        nn.Linear(8, 2),
    )


class ResNetLike(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(1, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm3d(4), nn.ReLU()
        )
        self.conv1, self.bn1 = nn.Conv3d(4, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm3d(8)
        self.conv2, self.bn2 = nn.Conv3d(8, 8, 3, padding=1, bias=False), nn.BatchNorm3d(8)
        self.shortcut = nn.Sequential(nn.Conv3d(4, 8, 1, stride=2), nn.BatchNorm3d(8))
        self.relu = nn.ReLU(inplace=True)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        x = self.stem(x)
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += self.shortcut(x)
        out = self.relu(out)
        return self.fc(out.mean((2, 3, 4)))


class CausalSdpa(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(4, 12)
        self.register_buffer("mask", torch.ones(5, 5, dtype=torch.bool).tril(1))

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, -1)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return y + F.scaled_dot_product_attention(q, k, v, attn_mask=self.mask)


def weight_normed():
    first = nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 3, 3))
    second = nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2))
    return nn.Sequential(first, nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), second)


TOYS = {
    "functional-relu": (FunctionalRelu, (1, 9, 8, 7)),
    "reused": (Reused, (2, 8, 8)),
    "residual": (lambda: Residual(in_place=False), (2, 5, 6, 5)),
    "residual-in-place": (lambda: Residual(in_place=True), (2, 5, 6, 5)),
    "branches": (Branches, (1, 8, 7)),
    "in-place": (InPlace, (1, 12)),
    "writes-into-part": (WritesIntoPart, (1, 12)),
    "views": (Views, (2, 6, 6)),
    "unet-transposed": (lambda: UNet(transposed=True), (1, 6, 7, 8)),
    "unet-upsampled": (lambda: UNet(transposed=False), (1, 6, 7, 8)),
    "pools": (Pools, (1, 10, 9, 11)),
    "attention": (Attention, (1, 8, 8)),
    "encoder": (Encoder, (5, 3)),
    "squeeze-excitation": (SqueezeExcitation, (1, 5, 6, 4)),
    "activations": (Activations, (6,)),
    "arithmetic": (Arithmetic, (3, 5)),
    "slices": (Slices, (1, 7, 7)),
    "upsampling-1d": (lambda: Upsampling(1), (1, 8)),
    "upsampling-2d": (lambda: Upsampling(2), (1, 6, 7)),
    "upsampling-3d": (lambda: Upsampling(3), (1, 5, 4, 5)),
    "adaptive-1d": (lambda: Adaptive(1), (1, 15)),
    "adaptive-2d": (lambda: Adaptive(2), (1, 13, 12)),
    "adaptive-3d": (lambda: Adaptive(3), (1, 11, 12, 13)),
    "convolutions-1d": (lambda: Convolutions(1), (4, 11)),
    "convolutions-2d": (lambda: Convolutions(2), (4, 9, 10)),
    "convolutions-3d": (lambda: Convolutions(3), (4, 7, 8, 6)),
    "eitel-like": (EitelLike, (1, 30, 30, 30)),
    "adnet-like": (adnet_like, (1, 8, 9, 10)),
    "densenet-like": (densenet_like, (1, 16, 15, 17)),
    "resnet-like": (ResNetLike, (1, 12, 13, 11)),
    "causal": (CausalSdpa, (5, 4)),
    "weight-normed": (weight_normed, (2, 9)),
}


def toy(name, dtype=torch.float32):
    """The network in evaluation mode with batch-norm statistics of its own, and a batch of two inputs."""
    make, shape = TOYS[name]
    with torch.random.fork_rng():
        torch.manual_seed(0xB0D1)
        network = make().to(dtype).eval()
        for part in network.modules():
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.running_mean.normal_()
                part.running_var.uniform_(0.5, 2.0)
                part.weight.data.normal_(1.0, 0.3)
                part.bias.data.normal_()
        return network, torch.randn((2, *shape), dtype=dtype)
