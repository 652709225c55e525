"""Networks that look at pictures: appearance, identity, expression and head pose.

Source:
    MegaPortraits, arXiv:2207.07621, section 3.1; EMOPortraits, arXiv:2404.19110; sizes and names
    of the released code. ResNet: He et al., arXiv:1512.03385, in torchvision's layout.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.emoportraits.blocks import LayerStyle, ResBlock, conv, group_norm, linear
from avatar_core.emoportraits.pose import PoseParameters, aligned_crop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avatar_core.emoportraits.config import Backbone

    _NormMaker = Callable[[int], nn.Module]

LAYERS: dict[Backbone, tuple[int, ...]] = {
    "resnet18": (2, 2, 2, 2),
    "resnet34": (3, 4, 6, 3),
    "resnet50": (3, 4, 6, 3),
}

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_PLAIN = LayerStyle(spectral=False, standardized=False)
_KEYPOINTS = 68
_PICTURE_GRID = 512


class LocalEncoder(nn.Module):
    """Picture to the features that become the appearance volume.

    Args:
        image_size: side of the picture; layers are named by the size they see.
        widths: channels behind the first convolution, then behind every halving.
        outputs: channels of the answer: those of the volume times its depth.
        style: of its weights.
    """

    def __init__(
        self, image_size: int, widths: Sequence[int], outputs: int, style: LayerStyle
    ) -> None:
        super().__init__()
        self._stem = f"from_rgb_{image_size}px"
        self.add_module(self._stem, conv(2, 3, widths[0], 7, style, bias=True))
        self._blocks = []
        for index, (inputs, width) in enumerate(pairwise(widths)):
            name = f"enc_{index}_block={image_size >> index}px"
            self.add_module(name, ResBlock(2, inputs, width, style, resize="down"))
            self._blocks.append(name)
        self.finale_layers = nn.Sequential(
            group_norm(widths[-1], style),
            nn.ReLU(),
            conv(2, widths[-1], outputs, 1, style, bias=True, after_norm=True),
        )

    def forward(self, image: Tensor) -> Tensor:
        """Features [B, outputs, h, w] of pictures [B, 3, H, W] in 0..1."""
        features = self.get_submodule(self._stem)(image)
        for name in self._blocks:
            features = self.get_submodule(name)(features)
        answer: Tensor = self.finale_layers(features)
        return answer


class _BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    expansion = 1

    def __init__(
        self, inputs: int, width: int, stride: int, style: LayerStyle, norm: _NormMaker
    ) -> None:
        super().__init__()
        self.conv1 = conv(2, inputs, width, 3, style, stride=stride)
        self.bn1 = norm(width)
        self.relu = nn.ReLU()
        self.conv2 = conv(2, width, width, 3, style, after_norm=True)
        self.bn2 = norm(width)
        self.downsample = _shortcut(inputs, width, stride, style, norm)

    def forward(self, x: Tensor) -> Tensor:
        features = self.relu(self.bn1(self.conv1(x)))
        shortcut = x if self.downsample is None else self.downsample(x)
        answer: Tensor = self.relu(self.bn2(self.conv2(features)) + shortcut)
        return answer


class _Bottleneck(nn.Module):
    """A 3x3 convolution between two that change the number of channels, and a shortcut."""

    expansion = 4

    def __init__(
        self, inputs: int, width: int, stride: int, style: LayerStyle, norm: _NormMaker
    ) -> None:
        super().__init__()
        outputs = width * self.expansion
        self.conv1 = conv(2, inputs, width, 1, style)
        self.bn1 = norm(width)
        self.conv2 = conv(2, width, width, 3, style, after_norm=True, stride=stride)
        self.bn2 = norm(width)
        self.conv3 = conv(2, width, outputs, 1, style, after_norm=True)
        self.bn3 = norm(outputs)
        self.relu = nn.ReLU()
        self.downsample = _shortcut(inputs, outputs, stride, style, norm)

    def forward(self, x: Tensor) -> Tensor:
        features = self.relu(self.bn1(self.conv1(x)))
        features = self.relu(self.bn2(self.conv2(features)))
        shortcut = x if self.downsample is None else self.downsample(x)
        answer: Tensor = self.relu(self.bn3(self.conv3(features)) + shortcut)
        return answer


def _shortcut(
    inputs: int, outputs: int, stride: int, style: LayerStyle, norm: _NormMaker
) -> nn.Sequential | None:
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(conv(2, inputs, outputs, 1, style, stride=stride), norm(outputs))


class ResNet(nn.Module):
    """A residual network up to its last features; what `fc` makes of them is its owner's.

    Args:
        backbone: which one.
        width: channels of the stem.
        style: of its weights.
        norm: makes the norm of so many channels.
    """

    def __init__(self, backbone: Backbone, width: int, style: LayerStyle, norm: _NormMaker) -> None:
        super().__init__()
        block = _Bottleneck if backbone == "resnet50" else _BasicBlock
        self.conv1 = conv(2, 3, width, 7, style, stride=2)
        self.bn1 = norm(width)
        inputs = width
        self._counts = LAYERS[backbone]
        for index, count in enumerate(self._counts):
            channels = width << index
            layer = nn.Sequential()
            for position in range(count):
                stride = 2 if index and not position else 1
                layer.append(block(inputs, channels, stride, style, norm))
                inputs = channels * block.expansion
            self.add_module(f"layer{index + 1}", layer)
        self.outputs = inputs
        self.fc: nn.Module = nn.Identity()

    def features(self, image: Tensor) -> Tensor:
        """[B, outputs, H / 32, W / 32] of pictures [B, 3, H, W]."""
        x = functional.relu(self.bn1(self.conv1(image)))
        x = functional.max_pool2d(x, 3, 2, 1)
        for index in range(len(self._counts)):
            x = self.get_submodule(f"layer{index + 1}")(x)
        return x


def _backbone_norm(style: LayerStyle) -> _NormMaker:
    return nn.BatchNorm2d if style.batch_norm else partial(group_norm, style=style)


class _ImageNetInput(nn.Module):
    """Pictures as the published ResNets were trained on: mean 0, spread 1."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1))

    def standardised(self, image: Tensor) -> Tensor:
        return (image - self.mean) / self.std


class IdentityEmbedder(_ImageNetInput):
    """Who it is: a descriptor [B, E, 4, 4] of a picture.

    It is trained along with the rest and is no network for recognising faces.

    Args:
        backbone: which network.
        width: of its stem.
        channels: E.
        image_size: side at which it looks.
        embed_size: cells of the descriptor a side.
        style: of its weights.
    """

    def __init__(
        self,
        backbone: Backbone,
        width: int,
        channels: int,
        image_size: int,
        embed_size: int,
        style: LayerStyle,
    ) -> None:
        super().__init__()
        self.net = ResNet(backbone, width, style, _backbone_norm(style))
        self.net.fc = conv(2, self.net.outputs, channels, 1, style)
        self._image_size, self._embed_size = image_size, embed_size

    def forward(self, image: Tensor) -> Tensor:
        """[B, E, embed, embed] of pictures [B, 3, H, W] in 0..1."""
        features = self.net.features(self.standardised(resized(image, self._image_size)))
        return functional.adaptive_avg_pool2d(self.net.fc(features), self._embed_size)


class FaceExpression(_ImageNetInput):
    """Expression latent of a crop.

    Args:
        backbone: which network.
        width: of its stem.
        size: numbers of the latent, Z.
        embed_size: cells a side that it is read from.
        dropout: share of features left out while training.
        style: of its weights.
    """

    def __init__(
        self,
        backbone: Backbone,
        width: int,
        size: int,
        embed_size: int,
        dropout: float,
        style: LayerStyle,
    ) -> None:
        super().__init__()
        self.net = ResNet(backbone, width, style, _backbone_norm(style))
        self.net.fc = conv(2, self.net.outputs, size, 1, style)
        self.pose_head = linear(size * embed_size**2, size, style)
        self._embed_size, self._dropout = embed_size, dropout

    def forward(self, crop: Tensor) -> Tensor:
        """[B, Z] of crops [B, 3, S, S] in 0..1."""
        return self.latent(self.features(crop))

    def features(self, crop: Tensor) -> Tensor:
        """What the backbone sees in crops [B, 3, S, S]: [B, C, S / 32, S / 32]."""
        return self.net.features(self.standardised(crop))

    def latent(self, features: Tensor) -> Tensor:
        """[B, Z] of `features`."""
        narrow = functional.dropout(self.net.fc(features), self._dropout, self.training)
        pooled = functional.adaptive_avg_pool2d(narrow, self._embed_size)
        latent: Tensor = self.pose_head(pooled.flatten(1))
        return latent


class ExpressionEmbedder(nn.Module):
    """Expression latent of a picture whose head pose is known.

    `aligned_keypoints` are 68 landmarks of the canonical head, which a released checkpoint brings
    along and the network itself does not use. The grids are in the state dict for its sake, too.

    Args:
        net_face: reads the crop.
        crop_size: side of the crop.
    """

    identity_grid: Tensor
    identity_grid_512: Tensor
    aligned_keypoints: Tensor

    def __init__(self, net_face: FaceExpression, crop_size: int) -> None:
        super().__init__()
        self.register_buffer("identity_grid", picture_grid(crop_size))
        self.register_buffer("identity_grid_512", picture_grid(_PICTURE_GRID))
        self.register_buffer("aligned_keypoints", torch.zeros(1, _KEYPOINTS, 3))
        self.net_face = net_face
        self._crop_size = crop_size

    def forward(self, image: Tensor, theta: Tensor) -> Tensor:
        """[B, Z] of pictures [B, 3, H, W] in 0..1 with head poses [B, 4, 4]."""
        latent: Tensor = self.net_face(self.crop(image, theta))
        return latent

    def crop(self, image: Tensor, theta: Tensor) -> Tensor:
        """What it looks at: the aligned crop [B, 3, S, S]."""
        return aligned_crop(image, theta, self._crop_size)


class HeadPoseNet(ResNet):
    """Nine numbers of the head pose: scale, rotation, translation.

    Args:
        backbone: which network.
        width: of its stem.
        image_size: side at which it looks.
    """

    def __init__(
        self, backbone: Backbone = "resnet18", width: int = 64, image_size: int = 128
    ) -> None:
        super().__init__(backbone, width, _PLAIN, nn.BatchNorm2d)
        self.backbone, self.width = backbone, width
        self.fc = nn.Linear(self.outputs, 9)
        self._image_size = image_size

    def forward(self, image: Tensor) -> Tensor:
        """[B, 9] of pictures [B, 3, H, W] in 0..1, which are not standardised."""
        features = self.features(resized(image, self._image_size))
        numbers: Tensor = self.fc(features.mean((2, 3)))
        return numbers

    def pose(self, image: Tensor) -> PoseParameters:
        """The same as scale, rotation and translation, in full precision."""
        return PoseParameters(*self(image).float().split(3, 1))


def resized(image: Tensor, size: int) -> Tensor:
    """Pictures [B, C, size, size], bilinear, not blurred before they are made smaller."""
    if image.shape[-1] == image.shape[-2] == size:
        return image
    return functional.interpolate(image, (size, size), mode="bilinear", align_corners=False)


def picture_grid(size: int) -> Tensor:
    """Places (x, y, 1) [1, size^2, 3] of a picture's pixels, from -1 to 1 with both ends."""
    steps = torch.linspace(-1, 1, size)
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    return torch.stack([x, y, torch.ones_like(x)], -1).view(1, -1, 3)
