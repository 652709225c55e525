"""All pictures of a data set in the memory of one graphics card, from which batches are gathered.

A card takes in more pictures in a second than a processor can prepare; but the pictures of a few
hundred people fit beside the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from avatar_core.training.portrait_batch import (
    Choice,
    PortraitBatch,
    changed,
    choose,
    landmarks_without_pose,
    motion_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.training.portrait_batch import Sampling
    from avatar_core.training.portrait_data import People, Person

_MOST_SHARE = 0.5
"""Of the free memory; the rest is for training."""


class PicturePool:
    """The pictures of all people of a split, ready on a device.

    Args:
        people: whose; all are read now.
        device: keeps them, pictures as bytes and geometry in half precision, as in the files.

    Raises:
        AssetError: a person's files are damaged.
    """

    def __init__(self, people: People, device: torch.device) -> None:
        self.names = people.names
        persons = list(people.each())
        self._counts = [len(person) for person in persons]
        starts = np.concatenate([[0], np.cumsum(self._counts)[:-1]])
        self._starts = torch.from_numpy(starts.astype(np.int64))[:, None]
        self._fields = {
            name: torch.cat([part[name] for part in map(_tensors, persons)]).to(device)
            for name in PortraitBatch.__slots__
        }
        self._device = device

    @classmethod
    def fits(cls, people: People, device: torch.device) -> bool:
        """Whether a card has room for people like the first one."""
        if device.type != "cuda" or not len(people):
            return False
        free, _ = torch.cuda.mem_get_info(device)
        return people.person(people.names[0]).nbytes * len(people) < _MOST_SHARE * free

    def draw(self, sampling: Sampling, seed: Sequence[int]) -> PortraitBatch:
        """The batch that `draw_batch` gives for the same people and seed, on the device."""
        choice = choose(len(self._counts), self._counts.__getitem__, sampling, seed)
        return changed(self._taken(choice), choice)

    def _taken(self, choice: Choice) -> PortraitBatch:
        rows = self._starts[choice.people] + torch.from_numpy(choice.frames)
        flat = rows.flatten().to(self._device)
        return PortraitBatch(
            **{
                name: _real(values[flat]).unflatten(0, tuple(rows.shape))
                for name, values in self._fields.items()
            }
        )


def _tensors(person: Person) -> dict[str, Tensor]:
    """The fields of a batch [F, ...] of all frames of a person, as small as they can be kept."""
    return {
        "images": torch.from_numpy(person.images).permute(0, 3, 1, 2),
        "masks": torch.from_numpy(person.masks)[:, None],
        "details": torch.from_numpy(person.details)[:, None],
        "motion": torch.from_numpy(motion_of(person)),
        "theta": torch.from_numpy(person.theta),
        "landmarks": torch.from_numpy(landmarks_without_pose(person)),
        "depth": torch.from_numpy(person.depth).half(),
        "neutral": torch.from_numpy(person.neutral).half(),
    }


def _real(values: Tensor) -> Tensor:
    return values.float() / 255 if values.dtype == torch.uint8 else values.float()
