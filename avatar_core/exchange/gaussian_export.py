"""An avatar's hair as a file of 3D Gaussians: `.ply`, `.spz` or `.splat`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.exchange.export_report import ExportReport
from avatar_core.gaussians import GaussianCloud, rotated_sh
from avatar_core.gaussians.cloud import DELETED, HIDDEN
from avatar_core.gaussians.delivery import fit_for_delivery
from avatar_core.geometry import Float32, quat_multiply
from avatar_core.io.gaussian_files import GAUSSIAN_SUFFIXES, write_gaussians
from avatar_core.io.spz import CONSTANT_RANGE, REST_RANGE, SCALE_RANGE_M

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.frame import AvatarFrame
    from avatar_core.hair.edited import EditedHair
    from avatar_core.project import AvatarAsset


class Axes(StrEnum):
    """Which way is up in a file of Gaussians; none of the formats says so in the file."""

    Y_UP = "y-up"
    """The studio's own and glTF's: x to the person's left, y up, the face towards +z."""
    Y_DOWN = "y-down"
    """Half a turn about z from there: what captures come in, and what viewers turn back."""


USUAL_AXES: Final = {".ply": Axes.Y_DOWN, ".spz": Axes.Y_UP, ".splat": Axes.Y_DOWN}
"""By suffix: what programs take a file for. SPZ's description says y up."""

_COMMENTS: Final = {
    Axes.Y_UP: "Avatar Studio: x left, y up, z to the viewer, metres",
    Axes.Y_DOWN: "Avatar Studio: x right, y down, z to the viewer, metres",
}
_SAID: Final = {
    Axes.Y_UP: "In the file y points up, x to the person's left and the face to +z.",
    Axes.Y_DOWN: "In the file y points down, x to the person's right and the face to +z, as viewers"
    " of such files expect.",
}
_HALF_TURN: Final = np.array([[-1, 0, 0], [0, -1, 0], [0, 0, 1]], np.float32)
_HALF_TURN_QUAT: Final = np.array([[0, 0, 0, 1]], np.float32)


class HairToExport(NamedTuple):
    """Hair ready for a file, and what there is to say of it."""

    cloud: GaussianCloud
    notes: tuple[str, ...]


def hair_to_export(
    asset: AvatarAsset, edited: EditedHair | None = None, frame: AvatarFrame | None = None
) -> HairToExport:
    """The hair as edited and posed, without what is deleted or cannot be drawn.

    Args:
        asset: any avatar with hair.
        edited: its hair with edits; without any when left out.
        frame: a moment of the avatar, evaluated for `asset`, for the hair as it lies then in the
            world; around the neutral head when left out.

    Raises:
        AssetError: the avatar is bald, or nothing of its hair can be drawn.
    """
    whole = asset.hair if edited is None else edited.cloud
    if frame is not None:
        whole = posed_hair(whole, frame if edited is None else edited.worn(frame))
    deleted = (whole.flags & DELETED) != 0
    hair, found = fit_for_delivery(whole.subset(~deleted))
    if not len(hair):
        raise AssetError(
            f"'{asset.name}' has no hair to write.",
            " ".join(found) or "Gaussians are hair; the face is a mesh.",
        )
    notes = list(found)
    if deleted.any():
        notes.append(f"{int(deleted.sum())} deleted Gaussians are left out.")
    if np.any(hair.flags & HIDDEN):
        notes.append("Hidden Gaussians are visible there; the format does not know hiding.")
    return HairToExport(hair, tuple(notes))


def export_gaussians(
    asset: AvatarAsset,
    path: Path,
    edited: EditedHair | None = None,
    frame: AvatarFrame | None = None,
    axes: Axes | None = None,
) -> ExportReport:
    """Write the hair as the suffix of a file says; what is there already is replaced whole or not.

    Args:
        asset: any avatar with hair.
        path: a `.ply`, `.spz` or `.splat`.
        edited: see `hair_to_export`.
        frame: see `hair_to_export`.
        axes: of the file; its usual ones when left out, see `USUAL_AXES`.

    Raises:
        AssetError: the avatar is bald, the file has another suffix, or it cannot be written.
    """
    suffix = expect_gaussian_file(path)
    hair = hair_to_export(asset, edited, frame)
    axes = axes or USUAL_AXES[suffix]
    write_gaussians(path, in_axes(hair.cloud, axes), _COMMENTS[axes])
    notes = (
        "The face is a mesh with its texture, and not in the file.",
        hair_moment(frame),
        _SAID[axes],
        *hair.notes,
        *format_notes(hair.cloud, suffix),
    )
    return ExportReport(path.parent, (path.name,), notes)


def hair_moment(frame: AvatarFrame | None) -> str:
    """When hair was written, in a sentence."""
    moment = "at rest" if frame is None else f"at {frame.motion.time_s:.3f} s"
    return f"The hair is that of the head {moment}; how it deforms is not in the file."


def expect_gaussian_file(path: Path) -> str:
    """The suffix of a file of Gaussians, in small letters.

    Raises:
        AssetError: it is another one.
    """
    suffix = path.suffix.lower()
    if suffix not in GAUSSIAN_SUFFIXES:
        raise AssetError(
            f"{path.name} does not end in {', '.join(GAUSSIAN_SUFFIXES)}.",
            "Name the file that the hair is to go to.",
        )
    return suffix


def in_axes(cloud: GaussianCloud, axes: Axes) -> GaussianCloud:
    """The same Gaussians of the studio in the axes of a file, harmonics and all."""
    if axes is Axes.Y_UP:
        return cloud
    return GaussianCloud(
        means=cloud.means * _HALF_TURN.diagonal(),
        quats=quat_multiply(np.broadcast_to(_HALF_TURN_QUAT, cloud.quats.shape), cloud.quats),
        scales=cloud.scales,
        opacities=cloud.opacities,
        sh=rotated_sh(cloud.sh, _HALF_TURN),
        flags=cloud.flags,
    )


def format_notes(cloud: GaussianCloud, suffix: str) -> list[str]:
    """What of a cloud a format cannot hold."""
    if suffix == ".splat" and cloud.sh[:, 1:].any():
        return ["Colours that depend on the view are left out: .splat has one colour a Gaussian."]
    if suffix != ".spz":
        return []
    low, high = SCALE_RANGE_M
    rest = cloud.sh[:, 1:]
    cut = (
        (_any_in_rows((cloud.scales < low) | (cloud.scales > high)), "sizes"),
        (_any_in_rows(np.abs(cloud.sh[:, 0]) > CONSTANT_RANGE), "colours"),
        (
            _any_in_rows(((rest < REST_RANGE[0]) | (rest > REST_RANGE[1])).reshape(len(rest), -1)),
            "view-dependent colours",
        ),
    )
    return [
        f"The {what} of {count} Gaussians are beyond what SPZ can hold, and were cut to that."
        for count, what in cut
        if count
    ]


def _any_in_rows(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    return int(mask.any(axis=1).sum()) if mask.size else 0


def posed_hair(cloud: GaussianCloud, frame: AvatarFrame) -> GaussianCloud:
    """Hair as it lies in the world at a moment, colours that depend on the view turned with it.

    Args:
        cloud: [M] around the neutral head.
        frame: with M Gaussians, see `EditedHair.worn`.

    Returns:
        [M] Gaussians with the flags of `cloud`.
    """
    sh: Float32 = cloud.sh.copy()
    if frame.hair_constants is not None:
        sh[:, 0] = frame.hair_constants
    lengths = np.linalg.norm(frame.hair_quats, axis=1, keepdims=True)
    return GaussianCloud(
        means=frame.hair_means,
        quats=(frame.hair_quats / lengths).astype(np.float32),
        scales=cloud.scales if frame.hair_scales is None else frame.hair_scales,
        opacities=cloud.opacities if frame.hair_opacities is None else frame.hair_opacities,
        sh=rotated_sh(sh, frame.hair_turn),
        flags=cloud.flags,
    )
