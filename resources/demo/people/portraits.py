"""Draws demo portraits and sheets of what their faces do; see README.md."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "capture"), str(_HERE.parents[2])]

from synthetic_capture.expressions import NATURAL, UNITS  # noqa: E402
from synthetic_capture.head.makehuman import MakeHuman  # noqa: E402
from synthetic_people.drawing import Painter  # noqa: E402
from synthetic_people.faces import as_vector, possible  # noqa: E402
from synthetic_people.frames import recorded  # noqa: E402
from synthetic_people.lighting import (  # noqa: E402
    random_backdrop,
    random_lighting,
    studio_backdrop,
    studio_lighting,
)
from synthetic_people.person import Detail, Person  # noqa: E402
from synthetic_people.stage import Stage  # noqa: E402
from synthetic_people.takes import Pose  # noqa: E402
from synthetic_people.traits import random_traits  # noqa: E402

_BACKDROPS = ((0.42, 0.47, 0.52), (0.55, 0.48, 0.42), (0.40, 0.50, 0.44), (0.50, 0.44, 0.52))
FINE = Detail(hair=26000, hair_points=22, beard=9000, brows=2600, lashes=130)


def pose(weights: dict[str, float], yaw: float = 0, pitch: float = 0, scale: float = 1.0) -> Pose:
    """A face looking `yaw` and `pitch` radians away."""
    turn = np.array([pitch, yaw, 0.0])
    return Pose(as_vector(possible(weights)), turn, 0.2 * turn, scale, np.array([0.0, 0.04]))


def main() -> None:
    """Write a portrait, or a sheet of expressions, for each seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--atlas", type=int, default=2048)
    parser.add_argument("--sheet", choices=["none", "units", "natural"], default="none")
    parser.add_argument("--light-seed", type=int, help="a random light; else that of a studio")
    parser.add_argument("--scale", type=float, default=1.08)
    parser.add_argument("--bald", action="store_true")
    arguments = parser.parse_args()
    stage = Stage(MakeHuman.installed(), arguments.atlas)
    painter = Painter(stage, arguments.size * arguments.samples)
    for seed in arguments.seeds:
        traits = random_traits(seed)
        if arguments.bald:
            traits = replace(traits, hair=replace(traits.hair, kind="bald"))
        person = Person(stage, traits, FINE if arguments.size > 300 else Detail())
        painter.enter(person)
        lighting = studio_lighting()
        backdrop = studio_backdrop(arguments.size, _BACKDROPS[seed % len(_BACKDROPS)])
        if arguments.light_seed is not None:
            rng = np.random.default_rng([arguments.light_seed, 3])
            lighting, backdrop = random_lighting(rng), random_backdrop(arguments.size, rng)
        poses = {
            "none": [
                pose({"mouthSmileLeft": 0.12, "mouthSmileRight": 0.12}, 0.06, 0, arguments.scale)
            ],
            "units": [pose(weights, 0.15, 0, arguments.scale) for weights in UNITS.values()],
            "natural": [pose(weights, 0.15, 0, arguments.scale) for weights in NATURAL.values()],
        }[arguments.sheet]
        images = recorded(painter, person, poses, lighting, backdrop).images
        columns = 7 if len(images) > 1 else 1
        images = np.r_[images, np.zeros((-len(images) % columns, *images.shape[1:]), np.uint8)]
        rows = [
            np.concatenate(list(images[k : k + columns]), 1) for k in range(0, len(images), columns)
        ]
        arguments.out.mkdir(parents=True, exist_ok=True)
        name = f"{seed}.png" if arguments.sheet == "none" else f"{seed}_{arguments.sheet}.png"
        Image.fromarray(np.concatenate(rows)).save(arguments.out / name)


if __name__ == "__main__":
    main()
