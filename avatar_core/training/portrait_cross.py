"""True pictures of a person in other people's expressions and poses.

Two faces that do the same look different to a face tracker: even a perfect portrait does not show
the numbers that are found in its driver. What it is to be held against is that very person, drawn
by the renderer as the driver moves: `make_people.py --cross` writes that beside its frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.training.portrait_batch import batch_of
from avatar_core.training.portrait_data import CROSS, read_person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from avatar_core.training.portrait_data import People

_SAME = 1e-4


class TrueDrives(NamedTuple):
    """What some of a source's drivers should bring about.

    Args:
        rows: [M] which drivers.
        images: [M, 3, S, S] the source's person in their expression and pose, on green.
    """

    rows: Sequence[int]
    images: Tensor


def true_drives(people: People, name: str, weights: Tensor, image_size: int) -> TrueDrives | None:
    """The true pictures of a person under drivers; None where nobody has drawn any.

    Args:
        people: of the set.
        name: of the source.
        weights: [N, 52] of the drivers; they tell which of them were drawn.
        image_size: of the pictures, pixels.

    Raises:
        AssetError: the file is damaged.
    """
    folder = people.folder / name
    if not (folder / CROSS).is_file():
        return None
    drawn = read_person(folder, image_size, CROSS)
    rows, frames = [], []
    for row, wanted in enumerate(weights.numpy()):
        off = np.abs(drawn.weights - wanted).max(1)
        frame = int(off.argmin())
        if off[frame] < _SAME:
            rows.append(row)
            frames.append(frame)
    if not rows:
        return None
    return TrueDrives(rows, batch_of(drawn, frames).targets[0])
