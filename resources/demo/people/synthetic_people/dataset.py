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
    from synthetic_people.stage import Stage

FORMAT, VERSION = "avatar-studio synthetic people", 1


@dataclass(frozen=True)
class Plan:
    """What is asked for; the last `test` people and the `validation` before them are held out."""

    people: int = 200
    frames: int = 40
    size: int = 160
    seed: int = 7
    samples: int = 2
    test: int = 20
    validation: int = 10

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
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "seed": seed,
        "split": plan.split(person),
        "canonical_scale": subject.canonical.scale,
        "traits": subject.traits.to_plain(),
    }
    _replace(folder / "person.json", json.dumps(about, indent=1).encode())
    waiting = folder / f".{os.getpid()}.npz"
    np.savez_compressed(waiting, allow_pickle=False, **clip.arrays())
    waiting.replace(folder / "frames.npz")
    return True


def folder_name(person: int) -> str:
    """Folder of a person."""
    return f"{person:05d}"


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{os.getpid()}")
    waiting.write_bytes(content)
    waiting.replace(path)
