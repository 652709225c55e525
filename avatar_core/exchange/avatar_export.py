"""Every way an avatar can be handed on, by one wish: for the command line and the window."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError
from avatar_core.exchange.curve_export import export_curves
from avatar_core.exchange.export_report import ExportReport, Step, unheard
from avatar_core.exchange.face_texture import face_picture
from avatar_core.exchange.formats import FORMATS, Format, Pose
from avatar_core.exchange.gaussian_export import Axes, export_gaussians, hair_moment
from avatar_core.exchange.gltf_export import (
    GltfSubject,
    export_gltf,
    export_posed_gltf,
    head_moment,
)
from avatar_core.exchange.hair_export import export_hair
from avatar_core.exchange.new_folder import new_folder
from avatar_core.exchange.official_export import export_official
from avatar_core.exchange.texture_export import export_textures
from avatar_core.exchange.whole_avatar import export_whole
from avatar_core.io.atomic import atomic_write
from avatar_core.mega import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import UInt8
    from avatar_core.hair.edited import EditedHair
    from avatar_core.motion import MotionFrame, Take
    from avatar_core.project import AvatarAsset, Painting

SEQUENCE_FILE = "sequence.json"


@dataclass(frozen=True, slots=True, eq=False)
class ExportSubject:
    """Who is handed on.

    Args:
        asset: in the hairstyle it wears, without edits and paint.
        hair: its hair as edited, if it was.
        painting: what was painted on it, if anything.
    """

    asset: AvatarAsset
    hair: EditedHair | None = None
    painting: Painting | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ExportWish:
    """What is wanted.

    Args:
        format: of the file or the folder.
        out: the file, or a new or empty folder; for a single file in a folder, that folder.
        pose: at rest, a moment, every frame a file, or an animation.
        frame: the moment, evaluated for the avatar without edits.
        take: the performance of sequences, animations and curves.
        frames: first and last frame of it; None is the end.
        axes: of Gaussian files; the usual ones of the format when left out.
        with_hair: write Gaussians beside the head of a `.glb`.
        name: what the library calls a hairstyle or an avatar.
        picture: [H, W, 3] uint8 sRGB of a hairstyle for the library, or None.
    """

    format: Format
    out: Path
    pose: Pose = Pose.REST
    frame: AvatarFrame | None = None
    take: Take | None = None
    frames: tuple[int, int | None] = (0, None)
    axes: Axes | None = None
    with_hair: bool = True
    name: str = ""
    picture: UInt8 | None = None

    @property
    def needs_take(self) -> bool:
        """Whether it cannot be written without a performance."""
        return self.pose in _PERFORMED or self.format is Format.CURVES


def export_avatar(subject: ExportSubject, wish: ExportWish, step: Step = unheard) -> ExportReport:
    """Write what is wanted.

    Args:
        subject: who.
        wish: how.
        step: hears of the progress; raising `Cancelled` in it stops the export and leaves nothing.

    Raises:
        AvatarError: the format cannot hold the avatar or the pose, a performance is missing, or
            the file cannot be written.
        Cancelled: by `step`.
    """
    expect_possible(wish)
    _expect_complete(wish)
    if wish.pose is Pose.SEQUENCE:
        return _sequence(subject, wish, step)
    kind = FORMATS[wish.format]
    if not kind.suffix:
        return _folder(subject, wish, step)
    if wish.out.suffix.lower() == kind.suffix:
        return _file(subject, wish, wish.out, step)
    if wish.out.suffix.lower() in {each.suffix for each in FORMATS.values() if each.suffix}:
        raise AssetError(
            f"{wish.out.name} does not end in {kind.suffix}.",
            "Give the file the suffix of its format, or name a folder.",
        )
    name = f"{kind.stem}{kind.suffix}"
    with new_folder(wish.out) as place:
        report = _file(subject, wish, place / name, step)
    return replace(report, folder=wish.out)


def _file(subject: ExportSubject, wish: ExportWish, path: Path, step: Step) -> ExportReport:
    asset, hair = subject.asset, subject.hair
    frame = wish.frame if wish.pose is Pose.MOMENT else None
    step(0.0, f"Writing {path.name}")
    if wish.format is Format.GLB:
        gltf = _gltf_subject(subject, wish)
        if frame is not None:
            return export_posed_gltf(gltf, path, frame)
        return export_gltf(gltf, path, _performed(wish), step)
    if wish.format is Format.HAIR:
        worn = asset if hair is None else replace(asset, hair=hair.cloud)
        return export_hair(worn, path, wish.name, wish.picture)
    if wish.format is Format.AVATAR:
        return export_whole(asset, path, hair, subject.painting, wish.name)
    return export_gaussians(asset, path, hair, frame, wish.axes)


def _folder(subject: ExportSubject, wish: ExportWish, step: Step) -> ExportReport:
    if wish.format is Format.TEXTURES:
        return export_textures(subject.asset, wish.out, subject.painting, step)
    if wish.format is Format.CURVES:
        assert wish.take is not None  # see `_expect_complete`
        return export_curves(subject.asset, wish.out, wish.take)
    return export_official(
        subject.asset, wish.out, subject.painting, subject.hair,
        lambda done: step(done, "Baking paint"),
    )  # fmt: skip


def _sequence(subject: ExportSubject, wish: ExportWish, step: Step) -> ExportReport:
    """Every frame of a performance as a file of its own, and a table of their times."""
    assert wish.take is not None  # see `_expect_complete`
    kind, take = FORMATS[wish.format], wish.take
    chosen = chosen_frames(take, wish.frames)
    write = _frame_writer(subject, wish)
    avatar = build(subject.asset)
    files: list[str] = []
    notes: list[str] = []
    told: set[str] = set()
    table = []
    with new_folder(wish.out) as place:
        for done, index in enumerate(chosen):
            step(done / len(chosen), f"Frame {index}")
            frame = avatar.evaluate(take.frame(index))
            files.append(f"{kind.stem}_{index:06d}{kind.suffix}")
            when = {hair_moment(frame), head_moment(frame)}
            for note in write(place / files[-1], frame).notes:
                # The same sentence with other numbers is told once.
                key = "".join(each for each in note if not each.isdigit())
                if key not in told and note not in when:
                    told.add(key)
                    notes.append(note)
            table.append({"file": files[-1], "frame": index, "time_s": frame.motion.time_s})
        about = {"take": take.name, "fps": take.fps, "frames": table}
        with atomic_write(place / SEQUENCE_FILE) as file:
            file.write(json.dumps(about, indent=1).encode())
    notes.insert(0, f"Frames {chosen[0]} to {chosen[-1]} of '{take.name}', a file each.")
    return ExportReport(wish.out, (*files, SEQUENCE_FILE), tuple(notes))


def _frame_writer(
    subject: ExportSubject, wish: ExportWish
) -> Callable[[Path, AvatarFrame], ExportReport]:
    if wish.format is not Format.GLB:
        return lambda path, frame: export_gaussians(
            subject.asset, path, subject.hair, frame, wish.axes
        )
    gltf = _gltf_subject(subject, wish)
    picture = face_picture(subject.asset, subject.painting)
    return lambda path, frame: export_posed_gltf(gltf, path, frame, picture)


def chosen_frames(take: Take, frames: tuple[int, int | None]) -> range:
    """The frames of a take from a first to a last one, both included.

    Raises:
        AssetError: the take has no such frames.
    """
    first, last = frames[0], len(take) - 1 if frames[1] is None else frames[1]
    if not 0 <= first <= last < len(take):
        raise AssetError(
            f"'{take.name}' has frames 0 to {len(take) - 1}, not {first} to {last}.",
            "Choose frames among them.",
        )
    return range(first, last + 1)


def _performed(wish: ExportWish) -> tuple[str, list[MotionFrame]] | None:
    if wish.pose is not Pose.ANIMATION or wish.take is None:
        return None
    return wish.take.name, [wish.take.frame(at) for at in chosen_frames(wish.take, wish.frames)]


def _gltf_subject(subject: ExportSubject, wish: ExportWish) -> GltfSubject:
    return GltfSubject(subject.asset, subject.hair, subject.painting, wish.with_hair)


def expect_possible(wish: ExportWish) -> None:
    """Whether the format can hold what is wanted, whoever is exported.

    Raises:
        AssetError: it cannot.
    """
    kind = FORMATS[wish.format]
    if wish.pose not in kind.poses:
        able = [each.title for each in FORMATS.values() if wish.pose in each.poses]
        raise AssetError(
            f"{kind.title} cannot be written {_POSED[wish.pose]}.",
            f"That is possible as {', '.join(able)}.",
        )


def _expect_complete(wish: ExportWish) -> None:
    if wish.pose is Pose.MOMENT and wish.frame is None:
        raise AssetError("There is no moment to be written.", "Choose one, or the head at rest.")
    if wish.take is None and wish.needs_take:
        raise AssetError(
            "There is no performance to be written.",
            "Choose a take of the project, or name what drives the avatar.",
        )


_PERFORMED = (Pose.SEQUENCE, Pose.ANIMATION)
_POSED = {
    Pose.REST: "at rest",
    Pose.MOMENT: "as posed at a moment",
    Pose.SEQUENCE: "frame by frame",
    Pose.ANIMATION: "as an animation",
}
