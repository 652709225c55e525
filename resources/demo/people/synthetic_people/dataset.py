"""The folder of people: index, one folder for each, written so that a reader never sees half."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synthetic_people.frames import recorded
from synthetic_people.lighting import random_backdrop, random_lighting
from synthetic_people.person import Detail, Person
from synthetic_people.takes import random_takes

if TYPE_CHECKING:
    from pathlib import Path

    from synthetic_people.drawing import Painter
    from synthetic_people.frames import Clip
    from synthetic_people.stage import Stage

FORMAT, VERSION = "avatar-studio synthetic people", 1


@dataclass(frozen=True)
class Plan:
    """What is asked for; the last `test` people and the `validation` before them are held out.

    Each of the last is also drawn as `cross` others of them move, see `write_cross`.
    """

    people: int = 200
    frames: int = 40
    size: int = 160
    seed: int = 7
    samples: int = 2
    test: int = 20
    validation: int = 10
    cross: int = 0

    def split(self, person: int) -> str:
        """Where a person belongs."""
        if person >= self.people - self.test:
            return "test"
        return "val" if person >= self.people - self.test - self.validation else "train"

    def seed_of(self, person: int) -> int:
        """The seed of everything random about a person."""
        return self.seed * 100_000 + person


def write_index(root: Path, plan: Plan, command: str) -> None:
    """Write people.json for the whole plan; people arrive one by one."""
    index: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "image_size": plan.size,
        "frames": plan.frames,
        "seed": plan.seed,
        "command": command,
        "persons": [{"name": folder_name(k), "split": plan.split(k)} for k in range(plan.people)],
    }
    _replace(root / "people.json", json.dumps(index, indent=1).encode())


def write_person(root: Path, plan: Plan, person: int, stage: Stage, painter: Painter) -> bool:
    """Draw a person unless it is there.

    Returns:
        Whether anything was drawn.
    """
    folder = root / folder_name(person)
    if (folder / "frames.npz").exists():
        return False
    seed = plan.seed_of(person)
    subject = Person.of_seed(stage, seed, Detail())
    painter.enter(subject)
    rng = np.random.default_rng([seed, 97])
    poses = random_takes(plan.frames, rng)
    lighting = random_lighting(rng)
    backdrop = random_backdrop(plan.size, rng)
    clip = recorded(painter, subject, poses, lighting, backdrop)
    about = {
        "seed": seed,
        "split": plan.split(person),
        "canonical_scale": subject.canonical.scale,
        "traits": subject.traits.to_plain(),
    }
    _replace(folder / "person.json", json.dumps(about, indent=1).encode())
    _write_clip(folder / "frames.npz", clip)
    return True


def write_cross(root: Path, plan: Plan, person: int, stage: Stage, painter: Painter) -> bool:
    """Draw a test person as others move, one picture of each, unless it is there.

    What a portrait model that drives this person with them should draw: the studio's evaluation
    chooses the same drivers. Light and backdrop are those of the person's frames.

    Returns:
        Whether anything was drawn.
    """
    path = root / folder_name(person) / "cross.npz"
    if not plan.cross or plan.split(person) != "test" or path.exists():
        return False
    seed = plan.seed_of(person)
    subject = Person.of_seed(stage, seed, Detail())
    painter.enter(subject)
    rng = np.random.default_rng([seed, 97])
    random_takes(plan.frames, rng)  # drawn to come to the same light
    lighting, backdrop = random_lighting(rng), random_backdrop(plan.size, rng)
    poses = [
        random_takes(plan.frames, np.random.default_rng([plan.seed_of(driver), 97]))[frame]
        for driver, frame in cross_drivers(plan, person)
    ]
    _write_clip(path, recorded(painter, subject, poses, lighting, backdrop))
    return True


def cross_drivers(plan: Plan, person: int) -> list[tuple[int, int]]:
    """(person, frame) of the pictures that drive a test person, going round the others."""
    first = plan.people - plan.test
    index, others = person - first, plan.test - 1
    return [
        (
            first + (index + 1 + step % others) % plan.test,
            (7 * index + 11 * step + 3) % plan.frames,
        )
        for step in range(plan.cross if others > 0 else 0)
    ]


def _write_clip(path: Path, clip: Clip) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.parent / f".{os.getpid()}.npz"
    np.savez_compressed(waiting, allow_pickle=False, **clip.arrays())
    waiting.replace(path)


def folder_name(person: int) -> str:
    """Folder of a person."""
    return f"{person:05d}"


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{os.getpid()}")
    waiting.write_bytes(content)
    waiting.replace(path)
