"""Makes `rosa.avatar`, the avatar that ships with the studio, from the synthetic capture.

python resources/demo/make_demo_avatar.py CAPTURE [--out FILE] [--seed N]

See README.md beside this file.
"""

from __future__ import annotations

import argparse
import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from avatar_making.capture import HAIR, Capture, View
from avatar_making.hair import (
    HairSettings,
    chosen_strands,
    coloured,
    joined,
    laid_along,
    refined,
)
from avatar_making.head import repaired
from avatar_making.painting import Painter
from avatar_making.sightings import Sightings
from avatar_making.texture import Baker, padded

from avatar_core.io.avatar_file import save_avatar
from avatar_core.mega import neutral_frame
from avatar_core.project.asset import AvatarAsset, FaceAsset, FaceKind
from avatar_core.render.offscreen import OffscreenRenderer
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32

_EXPRESSIONS = (
    "neutral", "blink", "brow_outer_up", "squint", "wide", "jaw_open", "laugh", "upper_up",
    "lower_down", "smile_wide", "gaze_left", "gaze_right", "gaze_up", "gaze_down", "phoneme_ee",
    "tongue_out",
)  # fmt: skip
"""Bald pictures that between them show every part of the face: lids, teeth, mouth, whole eyes."""
_FRONTAL_M = 0.6
"""Cameras within this of the middle look into the face."""
_SCALP_TINT = (0.27, 0.185, 0.135)
_ROOT_WIDTH = 0.7
_DESCRIPTION = (
    "A woman who does not exist, made by a procedural generator. Her skin is one texture put "
    "together from the pictures of a synthetic capture. Her hair is laid along the capture's "
    "strands and takes its colours from the pictures; it is not trained."
)
_log = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """Command line; see README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capture", type=Path, help="folder of one identity of the capture")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("rosa.avatar"))
    parser.add_argument("--seed", type=int, default=0, help="choice of strands")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    asset = demo_avatar(Capture(options.capture), options.seed)
    save_avatar(asset, options.out)
    _log.info("%s: %.1f MB", options.out, options.out.stat().st_size / 1e6)
    return 0


def demo_avatar(capture: Capture, seed: int) -> AvatarAsset:
    """The avatar of one captured identity."""
    strands, hair_views = capture.strands(), capture.views("hair")
    texture = _texture(capture, strands, hair_views)
    face = FaceAsset(FaceKind.PLAIN, np.round(255 * texture).astype(np.uint8))
    settings = HairSettings()
    sightings = Sightings(strands, hair_views, capture.head.topology.faces)
    whole, roots = chosen_strands(strands, sightings, settings, np.random.default_rng(seed))
    bare = joined(
        laid_along(whole, settings.per_strand, settings.width_m, settings.opacity),
        laid_along(roots, 2, _ROOT_WIDTH * settings.width_m, settings.opacity),
    )
    hair = coloured(bare, sightings, settings)
    _log.info("hair: %d Gaussians", len(hair))
    asset = AvatarAsset("Rosa", _DESCRIPTION, repaired(capture.head), face, hair)
    studio = _Studio(asset)
    hair = refined(hair, sightings, settings, studio.drawn)
    hair_db, all_db = studio.likeness(hair, hair_views)
    _log.info("against %d views: hair %.1f dB, person %.1f dB", len(hair_views), hair_db, all_db)
    provenance = {
        "command": "python resources/demo/make_demo_avatar.py CAPTURE",
        "seed": seed,
        "licence": "CC0-1.0",
        "sources": [
            f"synthetic capture '{capture.folder.name}': own renders of an own procedural head "
            "on CC0 MakeHuman data; CC0-1.0"
        ],
        "hair_psnr_db": round(hair_db, 2),
        "psnr_db": round(all_db, 2),
    }
    return replace(asset, hair=hair, provenance=provenance)


def _texture(capture: Capture, strands: Float32, hair_views: list[View]) -> Float32:
    bald = [
        view
        for view in capture.views("face", _EXPRESSIONS)
        if view.expression_name == "neutral" or _is_frontal(view)
    ]
    baker = Baker(capture.head)
    texture = baker.relit(capture.albedo(), bald)
    _log.info("the painted texture is lit; fitting it to %d pictures", len(bald))
    texture = baker.fitted(texture, bald)
    painter = Painter(capture.head, len(texture))
    into_eyes = [view for view in bald if view.expression_name == "neutral" and _is_frontal(view)]
    texture = painter.mouth_depth(texture)
    texture = painter.lash_lines(texture, [v for v in into_eyes if v.camera.position[1] < 0.3])
    texture = painter.glints(texture)
    with_hair = hair_views + capture.views("full", ("neutral",))
    texture = baker.in_the_shade_of_hair(texture, with_hair)
    texture = painter.tinted_scalp(texture, strands, np.array(_SCALP_TINT, np.float32))
    _log.info("the texture is painted")
    return np.clip(padded(texture, painter.inside), 0, 1)


def _is_frontal(view: View) -> bool:
    return abs(float(view.camera.position[0])) < _FRONTAL_M


class _Studio:
    """Draws the avatar as the capture's cameras see it."""

    def __init__(self, asset: AvatarAsset) -> None:
        self._asset = asset
        self._renderer = OffscreenRenderer(512, 512)
        self._scene = SceneOptions(show_grid=False, transparent=True)

    def drawn(self, hair: GaussianCloud, view: View) -> tuple[Float32, Float32]:
        """The avatar with some hair, at rest: colour times cover [S, S, 3], cover [S, S, 1]."""
        asset = replace(self._asset, hair=hair)
        self._renderer.resize(view.camera.width_px, view.camera.height_px)
        image = self._renderer.render(asset, neutral_frame(asset), view.camera, self._scene)
        picture: Float32 = image.astype(np.float32) / np.float32(255)
        return picture[:, :, :3], picture[:, :, 3:]

    def likeness(self, hair: GaussianCloud, views: list[View]) -> tuple[float, float]:
        """PSNR in decibels over the pixels of the hair, and over those of the whole person."""
        hair_error, person_error = [], []
        for view in views:
            colour, cover = self.drawn(hair, view)
            error = (colour + (1 - cover) - view.image) ** 2
            hair_error.append(float(error[view.parsing == HAIR].mean()))
            person_error.append(float(error[view.parsing > 0].mean()))
        return _decibels(hair_error), _decibels(person_error)


def _decibels(errors: list[float]) -> float:
    return float(-10 * np.log10(np.mean(errors)))


if __name__ == "__main__":
    sys.exit(main())
