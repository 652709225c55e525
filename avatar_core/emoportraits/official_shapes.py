"""What the shapes of released state dicts say about the networks they belong to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avatar_core.emoportraits.blocks import LayerStyle
from avatar_core.emoportraits.encoders import LAYERS
from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.emoportraits.config import Backbone
    from avatar_core.geometry.shapes import Shaped

_STEM = re.compile(r"from_rgb_(\d{1,5})px\.bias")
_STANDARDIZED = re.compile(r"(block_feats\.2|conv2)\.bias$")


class StateShapes:
    """Shapes of a state dict, or of the part of it under a prefix.

    Args:
        shapes: by name.
        title: what to call the state in an error.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], title: str = "The weights") -> None:
        self._shapes = shapes
        self._title = title

    @classmethod
    def of(cls, state: Mapping[str, Shaped], title: str = "The weights") -> StateShapes:
        return cls({key: tuple(value.shape) for key, value in state.items()}, title)

    def under(self, prefix: str) -> StateShapes:
        """The shapes whose names start with a prefix and a dot, without them."""
        start = f"{prefix}."
        return StateShapes(
            {
                key.removeprefix(start): shape
                for key, shape in self._shapes.items()
                if key.startswith(start)
            },
            self._title,
        )

    def __bool__(self) -> bool:
        return bool(self._shapes)

    def __contains__(self, name: str) -> bool:
        return name in self._shapes

    def shape(self, name: str, axes: int) -> tuple[int, ...]:
        """The shape of one entry.

        Raises:
            WeightsError: it is missing, or has another number of axes.
        """
        shape = self._shapes.get(name)
        if shape is None or len(shape) != axes or 0 in shape:
            raise WeightsError(
                f"{self._title} cannot be used: {name} is missing or of another shape.",
                "Take the file from where it was published, whole and unchanged.",
            )
        return shape

    def weight(self, layer: str, axes: int) -> tuple[int, ...]:
        """The shape of a layer's weight, whether it has spectral norm or not; raises likewise."""
        spectral = f"{layer}.weight_orig"
        return self.shape(spectral if spectral in self else f"{layer}.weight", axes)

    @property
    def roots(self) -> set[str]:
        """The first words of all names."""
        return {key.partition(".")[0] for key in self._shapes}

    def count(self, prefix: str) -> int:
        """How many children of a container there are, by their numbers."""
        numbers = {
            int(head)
            for key in self.under(prefix)._shapes
            if (head := key.partition(".")[0]).isdigit()
        }
        return len(numbers)

    def block_widths(self, prefix: str, dims: int) -> tuple[int, ...]:
        """Channels before the first of the residual blocks in a container, and behind each."""
        axes = dims + 2
        before = self.weight(f"{prefix}.0.block_feats.2", axes)[1]
        count = self.count(prefix)
        return before, *(self.weight(f"{prefix}.{i}.block.0", axes)[0] for i in range(count))

    @property
    def is_spectral(self) -> bool:
        return any(key.endswith(".weight_orig") for key in self._shapes)

    @property
    def is_standardized(self) -> bool:
        """Whether convolutions behind group norms have weight standardisation.

        The bias that came with it gives it away, as they had none before.
        """
        return any(_STANDARDIZED.search(key) for key in self._shapes)

    def style(self, groups: int = 32) -> LayerStyle:
        """How its weights are normalised."""
        return LayerStyle(groups, self.is_spectral, self.is_standardized)

    @property
    def picture_size(self) -> int:
        """The size in the name of an appearance encoder's first layer."""
        sizes = [int(found[1]) for key in self._shapes if (found := _STEM.fullmatch(key))]
        if len(sizes) != 1:
            raise WeightsError(f"{self._title} cannot be used: no layer is called from_rgb_...px.")
        return sizes[0]

    @property
    def encoder_widths(self) -> tuple[int, ...]:
        """Channels of an appearance encoder: behind its stem and every halving."""
        size = self.picture_size
        widths = [self.weight(f"from_rgb_{size}px", 4)[0]]
        while self.under(name := f"enc_{len(widths) - 1}_block={size >> (len(widths) - 1)}px"):
            widths.append(self.weight(f"{name}.block.0", 4)[0])
        return tuple(widths)

    @property
    def backbone(self) -> Backbone:
        """Which ResNet it is."""
        if "layer1.0.bn3.weight" in self:
            return "resnet50"
        counts = tuple(self.count(f"layer{index}") for index in range(1, 5))
        for name, layers in LAYERS.items():
            if name != "resnet50" and layers == counts:
                return name
        raise WeightsError(
            f"{self._title} cannot be used: a ResNet with {counts} blocks is not known."
        )
