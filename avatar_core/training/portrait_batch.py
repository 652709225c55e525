"""What one training step of a portrait model sees: some people, a few pictures of each.

Everything random is drawn from (seed, step, rank), so a resumed run goes on as if it had not been
stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from avatar_core.errors import AssetError
from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.training.portrait_data import People, Person

MOTION_SIZE = len(ARKIT_UNITS) + 4
"""The 52 weights, then (yaw, pitch) of the left and of the right eye in radians."""

GREEN = (0.0, 1.0, 0.0)
"""What a portrait model draws where nobody is."""


@dataclass(frozen=True, slots=True, eq=False)
class PortraitBatch:
    """V pictures of each of P people; the first of each is the source, the others drive it.

    Args:
        images: [P, V, 3, S, S] sRGB 0..1, with their backgrounds.
        masks: [P, V, 1, S, S] the person, 0..1.
        details: [P, V, 1, S, S] 1 about eyes and mouth.
        motion: [P, V, 56], see `MOTION_SIZE`.
        theta: [P, V, 4, 4] canonical from image space.
        landmarks: [P, V, 68, 3] canonical space.
        depth: [P, V, G, G] z of the visible surface, NaN where none is.
        neutral: [P, V, G, G, 3] canonical place of the same point on the neutral head.
    """

    images: Tensor
    masks: Tensor
    details: Tensor
    motion: Tensor
    theta: Tensor
    landmarks: Tensor
    depth: Tensor
    neutral: Tensor

    @property
    def people(self) -> int:
        return len(self.images)

    @property
    def drivers(self) -> int:
        """How many pictures drive each source."""
        return self.images.shape[1] - 1

    @property
    def targets(self) -> Tensor:
        """[P, V, 3, S, S] the person on green."""
        return on_green(self.images, self.masks)

    def to(self, device: torch.device | str) -> PortraitBatch:
        """The same batch on a device."""
        return PortraitBatch(*(getattr(self, name).to(device) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Sampling:
    """How batches are drawn.

    Args:
        people: different persons in a step.
        drivers: pictures that drive each.
        readers: single pictures of other persons, from which pose and expression are read alone.
        mirrored: share of persons that are mirrored, left and right changing places.
        calm: share of persons whose source is their first frame, which is calm and looks ahead.
        colours: most by which the colours of a person are scaled, 0.2 for 0.8 to 1.2.
    """

    people: int = 2
    drivers: int = 1
    readers: int = 0
    mirrored: float = 0.5
    calm: float = 0.0
    colours: float = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What a batch is made of: P persons, V frames of each, and how each person is changed.

    Args:
        people: [P] rows of the people.
        frames: [P, V] of each.
        mirrored: [P] whether left and right change places.
        gains: [P, 3] factors of red, green and blue.
        offsets: [P] added to all colours.
    """

    people: NDArray[np.int64]
    frames: NDArray[np.int64]
    mirrored: NDArray[np.bool_]
    gains: Float32
    offsets: Float32


def choose(
    people: int, frames_of: Callable[[int], int], sampling: Sampling, seed: Sequence[int]
) -> Choice:
    """A random choice; the same for the same seed and the same people.

    Args:
        people: how many there are.
        frames_of: how many frames there are of each.
        sampling: how many are chosen, and how they are changed.
        seed: e.g. (seed of the run, step, rank).

    Raises:
        AssetError: there is nobody.
    """
    random = np.random.default_rng(list(seed))
    if not people:
        raise AssetError("There are no people to learn from.", "Wait until some are made.")
    chosen = random.choice(people, sampling.people, replace=people < sampling.people)
    views, frames = 1 + sampling.drivers, []
    for count in map(frames_of, chosen):
        frames.append(random.choice(count, views, replace=count < views))
    shades = sampling.colours * random.uniform(-1, 1, (len(chosen), 4)).astype(np.float32)
    is_mirrored = random.random(len(chosen)) < sampling.mirrored
    rows = np.stack(frames)
    if sampling.calm > 0:
        rows[random.random(len(chosen)) < sampling.calm, 0] = 0
    return Choice(chosen, rows, is_mirrored, 1 + shades[:, :3], 0.2 * shades[:, 3])


def draw_batch(people: People, sampling: Sampling, seed: Sequence[int]) -> PortraitBatch:
    """A random batch; the same for the same seed and the same people.

    Args:
        people: to draw from; repeated where there are fewer than asked for.
        sampling: how many, and how they are changed.
        seed: e.g. (seed of the run, step, rank).

    Raises:
        AssetError: there is nobody.
    """

    def person(index: int) -> Person:
        return people.person(people.names[index])

    choice = choose(len(people), lambda index: len(person(index)), sampling, seed)
    rows = zip(choice.people, choice.frames.tolist(), strict=True)
    return changed(joined([batch_of(person(index), frames) for index, frames in rows]), choice)


def changed(batch: PortraitBatch, choice: Choice) -> PortraitBatch:
    """The people of a batch as they were chosen to be: some mirrored, all in other colours."""
    device = batch.images.device
    gains = torch.from_numpy(choice.gains).to(device)[:, None, :, None, None]
    offsets = torch.from_numpy(choice.offsets).to(device)[:, None, None, None, None]
    swapped = torch.from_numpy(choice.mirrored).to(device)
    mirror = mirrored(batch)
    sides = {
        name: torch.where(_rows(swapped, value), getattr(mirror, name), value)
        for name, value in ((name, getattr(batch, name)) for name in PortraitBatch.__slots__)
    }
    sides["images"] = (sides["images"] * gains + offsets).clamp(0, 1)
    return PortraitBatch(**sides)


def joined(parts: Sequence[PortraitBatch]) -> PortraitBatch:
    """The people of several batches in one."""
    return PortraitBatch(
        *(torch.cat([getattr(part, name) for part in parts]) for name in PortraitBatch.__slots__)
    )


def batch_of(person: Person, frames: Sequence[int]) -> PortraitBatch:
    """Some frames of one person, the first as the source."""
    chosen = list(frames)
    images = torch.from_numpy(person.images[chosen]).permute(0, 3, 1, 2).float() / 255
    return PortraitBatch(
        images=images[None],
        masks=_plane(person.masks[chosen]),
        details=_plane(person.details[chosen]),
        motion=torch.from_numpy(motion_of(person)[chosen])[None],
        theta=torch.from_numpy(person.theta[chosen])[None],
        landmarks=torch.from_numpy(landmarks_without_pose(person)[chosen])[None],
        depth=torch.from_numpy(person.depth[chosen])[None],
        neutral=torch.from_numpy(person.neutral[chosen])[None],
    )


def motion_of(person: Person) -> Float32:
    """[F, 56] weights and gaze of all frames."""
    gaze = person.gaze.reshape(len(person), 4)
    return np.concatenate([person.weights, gaze], 1).astype(np.float32)


def landmarks_without_pose(person: Person) -> Float32:
    """[F, 68, 3] landmarks of all frames in canonical space, the pose taken off."""
    theta = person.theta
    turned = person.landmarks @ theta[:, :3, :3].transpose(0, 2, 1)
    return (turned + theta[:, None, :3, 3]).astype(np.float32)


def on_green(images: Tensor, masks: Tensor) -> Tensor:
    """Pictures [..., 3, S, S] in front of green; `masks` [..., 1, S, S]."""
    green = torch.tensor(GREEN, dtype=images.dtype, device=images.device)[:, None, None]
    return torch.lerp(green.expand_as(images), images, masks.expand_as(images))


def mirrored(batch: PortraitBatch) -> PortraitBatch:
    """The same people seen in a mirror, left and right changing places."""
    sign = torch.ones(4, device=batch.theta.device)
    sign[0] = -1
    return PortraitBatch(
        images=batch.images.flip(-1),
        masks=batch.masks.flip(-1),
        details=batch.details.flip(-1),
        motion=mirrored_motion(batch.motion),
        theta=sign[:, None] * batch.theta * sign,
        landmarks=batch.landmarks[..., _MIRRORED_LANDMARKS, :] * sign[:3],
        depth=batch.depth.flip(-1),
        neutral=batch.neutral.flip(-2) * sign[:3],
    )


def mirrored_motion(motion: Tensor) -> Tensor:
    """Motion [..., 56] of the mirrored face."""
    changed = motion[..., _MIRROR]
    sign = torch.ones(MOTION_SIZE, device=motion.device)
    sign[len(ARKIT_UNITS) :: 2] = -1
    return changed * sign


def _rows(values: Tensor, like: Tensor) -> Tensor:
    """[P, 1, ..., 1] of [P]."""
    return values.view(-1, *(1,) * (like.ndim - 1))


def _landmark_mirror() -> list[int]:
    """Which of the 68 landmarks (iBUG 300-W) each one is in the mirror."""
    return [
        *range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1),
        45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
        *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *range(67, 64, -1),
    ]  # fmt: skip


_MIRRORED_LANDMARKS = _landmark_mirror()


def _mirror_order() -> list[int]:
    swap = {"Left": "Right", "Right": "Left"}
    order = []
    for name in ARKIT_UNITS:
        side = next((word for word in swap if name.endswith(word)), None)
        order.append(UNIT_INDEX[name.removesuffix(side) + swap[side] if side else name])
    return [*order, *(len(ARKIT_UNITS) + k for k in (2, 3, 0, 1))]


_MIRROR = _mirror_order()


def _plane(maps: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Tensor:
    return torch.from_numpy(maps)[None, :, None].float() / 255
