"""RenderJob: all that a film is rendered from, as plain data that files and queues can keep."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import ProjectFormatError, RecordingError
from avatar_core.motion.driver_address import place_path
from avatar_core.project.plain import Fields, PlainData
from avatar_core.project.values import pack_bookmark, unpack_bookmark
from avatar_core.recording.camera_path import (
    CameraKey,
    CameraPath,
    CameraPlan,
    Ease,
    FramedView,
    NamedView,
    Turntable,
    View,
)
from avatar_core.recording.clip import FASTEST_FPS, LARGEST_PX, SLOWEST_FPS, SMALLEST_PX
from avatar_core.recording.film_format import H264, FilmFormat, format_for, format_of
from avatar_core.recording.job_fields import JobFields, capital
from avatar_core.recording.presets import FilmPreset, preset_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.project import CameraBookmark

_NO_PRESET = FilmPreset("", "", "", H264)
TRANSPARENT = "transparent"
"""A background that leaves it to who composes the film."""

MOST_SUPERSAMPLE = 4
_MOST_KEYS = 1000
_LATEST_S = 1e6
_KNOWN = frozenset({
    "out", "project", "avatar", "hair", "paint", "portrait", "show", "drive", "take", "size",
    "fps", "frames", "supersample", "look", "background", "format", "preset", "camera",
})  # fmt: skip
_VIEW = frozenset({"yaw", "pitch", "bookmark", "pose"})
_SCHEMES = ("demo", "file", "sound", "sequence")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class Shown(StrEnum):
    """Who is to be seen in a film."""

    AVATAR = "avatar"
    PORTRAIT = "portrait"
    SIDE_BY_SIDE = "side_by_side"
    """The avatar to the left of the portrait, in one film of twice the width."""
    TWO_FILES = "two_files"
    """A film of each; the portrait's is called after the avatar's."""


class Look(StrEnum):
    """How hair and face become one picture; see `render.scene.Blending`."""

    CLEAN = "clean"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class RenderJob:
    """One film to be rendered, at full quality.

    Paths are absolute, or start at the folder in which the program runs.

    Args:
        out: the film; a folder where the format is one of pictures.
        project: gives what is left out below; empty for none, `demo` for the bundled one.
        avatar: who performs, in place of the project's; `demo` or a path.
        hair: a hairstyle in place of the project's or the avatar's own; its edits are left out.
        paint: a project whose painting is put on the face in place of the project's own.
        portrait: `demo:NAME`, a `.portrait` or a picture; the project's first one if left out.
        shown: avatar, portrait, or both.
        drive: a take, table, film, picture, sound or `demo`; the project's take if left out.
        take: name or id of a take of the project, where it is not the one in its timeline.
        width, height: of each picture, pixels.
        fps: frames per second; the take's own when left out.
        first_frame, last_frame: part of the film, counted from 0 at `fps`, both included.
        supersample: draws this many times larger in both directions and averages.
        look: how hair and face become one picture.
        background: `#rrggbb`, `transparent`, or the path of a picture; the project's if left out.
        format: key of a film format; the usual one for the name of the film when left out.
        camera: where from.

    Raises:
        RecordingError: no film can be like that.
    """

    out: str
    project: str = ""
    avatar: str = ""
    hair: str = ""
    paint: str = ""
    portrait: str = ""
    shown: Shown = Shown.AVATAR
    drive: str = ""
    take: str = ""
    width: int = 1280
    height: int = 720
    fps: float | None = None
    first_frame: int = 0
    last_frame: int | None = None
    supersample: int = 1
    look: Look = Look.CLEAN
    background: str = ""
    format: str = ""
    camera: CameraPlan = field(default_factory=FramedView)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "shown", Shown(self.shown))
            object.__setattr__(self, "look", Look(self.look))
        except ValueError as reason:
            raise RecordingError(
                f"A render job cannot be like that: {reason}.",
                f"Shown may be {', '.join(Shown)}; the look {' or '.join(Look)}.",
            ) from reason
        if not self.out:
            raise RecordingError("A render job names no film.", "Say where it goes with 'out'.")
        sides = (self.width, self.film_width, self.height)
        if not all(SMALLEST_PX <= side <= LARGEST_PX for side in sides):
            raise RecordingError(
                f"A film cannot be {self.film_width} x {self.height} pixels.",
                f"Choose sizes between {SMALLEST_PX} and {LARGEST_PX}.",
            )
        if self.fps is not None and not SLOWEST_FPS <= self.fps <= FASTEST_FPS:
            raise RecordingError(
                f"A film cannot have {self.fps:g} frames per second.",
                f"Choose a rate between {SLOWEST_FPS:g} and {FASTEST_FPS:g}.",
            )
        film_format = self.film_format  # which says so if there is none
        if self.is_transparent and not film_format.keeps_alpha:
            raise RecordingError(
                f"{film_format.name} cannot be transparent.",
                "Choose ProRes 4444, VP9, PNG or WebP, or give it a background.",
            )
        if self.background.startswith("#") and not _COLOUR.fullmatch(self.background):
            raise RecordingError(
                f"'{self.background:.40}' is no colour.", "Write it as #rrggbb, such as #00ff00."
            )

    @property
    def film_format(self) -> FilmFormat:
        """The kind of film that is written."""
        return format_of(self.format) if self.format else format_for(Path(self.out))

    @property
    def film_width(self) -> int:
        """Of the whole film, pixels: both halves, where two stand side by side."""
        return self.width * (2 if self.shown is Shown.SIDE_BY_SIDE else 1)

    @property
    def is_transparent(self) -> bool:
        return self.background == TRANSPARENT

    @property
    def colour(self) -> tuple[float, float, float] | None:
        """The background's colour, sRGB 0..1, where it is one."""
        if not self.background.startswith("#"):
            return None
        red, green, blue = bytes.fromhex(self.background[1:])
        return red / 255, green / 255, blue / 255

    def films(self) -> tuple[RenderJob, ...]:
        """The jobs of the single films that this one makes."""
        if self.shown is not Shown.TWO_FILES:
            return (self,)
        out = Path(self.out)
        second = str(out.with_name(f"{out.stem} portrait{out.suffix}"))
        return (
            replace(self, shown=Shown.AVATAR),
            replace(self, shown=Shown.PORTRAIT, out=second),
        )

    def record(self) -> PlainData:
        """The job as plain data; what is as usual is left out."""
        record: PlainData = {"out": self.out}
        for key in (
            "project", "avatar", "hair", "paint", "portrait", "drive", "take", "background",
            "format",
        ):  # fmt: skip
            if getattr(self, key):
                record[key] = getattr(self, key)
        record["size"] = [self.width, self.height]
        if self.fps is not None:
            record["fps"] = self.fps
        if (self.first_frame, self.last_frame) != (0, None):
            record["frames"] = [self.first_frame, self.last_frame]
        if self.supersample != 1:
            record["supersample"] = self.supersample
        if self.shown is not Shown.AVATAR:
            record["show"] = self.shown.value
        if self.look is not Look.CLEAN:
            record["look"] = self.look.value
        record["camera"] = _pack_plan(self.camera)
        return record

    @classmethod
    def from_record(
        cls, record: object, where: str = "the render job", folder: Path | None = None
    ) -> RenderJob:
        """The job of plain data that anyone may have written.

        Args:
            record: see `record`; sizes may be `1920x1080`, ranges `0-99`, cameras as in README. A
                `preset` says size, rate and format where these are left out.
            where: what to call it in sentences.
            folder: where relative paths start; as they are when left out.

        Raises:
            RecordingError: something in it makes no sense.
        """
        fields = JobFields(record, where)
        fields.expect(_KNOWN)
        located = _located(folder)
        preset = preset_of(fields.text("preset")) if "preset" in fields else _NO_PRESET
        width, height = fields.size("size", preset.size or (1280, 720))
        first, last = fields.frames("frames")
        background = fields.text("background", TRANSPARENT if preset.alpha else "")
        if background and background != TRANSPARENT and not background.startswith("#"):
            background = located(background)
        fps = fields.number("fps", preset.fps or 0.0, SLOWEST_FPS, FASTEST_FPS)
        return cls(
            out=located(fields.text("out")),
            project=located(fields.text("project")),
            avatar=located(fields.text("avatar")),
            hair=located(fields.text("hair")),
            paint=located(fields.text("paint")),
            portrait=located(fields.text("portrait")),
            shown=fields.choice("show", Shown.AVATAR),
            drive=located(fields.text("drive")),
            take=fields.text("take"),
            width=width,
            height=height,
            fps=fps or None,
            first_frame=first,
            last_frame=last,
            supersample=fields.whole("supersample", 1, 1, MOST_SUPERSAMPLE),
            look=fields.choice("look", Look.CLEAN),
            background=background,
            format=fields.text("format", "" if preset is _NO_PRESET else preset.format.key),
            camera=_plan(fields),
        )


def _located(folder: Path | None) -> Callable[[str], str]:
    def located(reference: str) -> str:
        if not reference or folder is None:
            return reference
        scheme, _, path = reference.partition(":")
        if reference == "demo" or scheme == "demo":
            return reference
        if path and scheme in _SCHEMES:
            return f"{scheme}:{folder / place_path(path)}"
        return str(folder / place_path(reference))

    return located


def _pack_plan(plan: CameraPlan) -> PlainData:
    if isinstance(plan, CameraPath):
        return {
            "path": [
                {"time": key.time_s, "ease": key.ease.value, **_pack_view(key.view)}
                for key in plan.keys
            ]
        }
    if isinstance(plan, Turntable):
        return {"turntable": plan.turn_s, **_pack_view(plan.view)}
    return _pack_view(plan)


def _pack_view(view: View) -> PlainData:
    if isinstance(view, FramedView):
        return {"yaw": view.yaw_deg, "pitch": view.pitch_deg}
    if isinstance(view, NamedView):
        return {"bookmark": view.bookmark}
    return {"pose": pack_bookmark(view)}


def _plan(job: JobFields) -> CameraPlan:
    value, where = job.value("camera"), f"the camera of {job.where}"
    if value is None:
        return FramedView()
    if isinstance(value, str):
        return NamedView(value)
    fields = JobFields(value, where)
    try:
        if "path" in fields:
            fields.expect(frozenset({"path"}))
            return CameraPath(_keys(fields))
        if "turntable" in fields:
            fields.expect(_VIEW | {"turntable"})
            turn_s = fields.number("turntable", 0.0, -_LATEST_S, _LATEST_S)
            return Turntable(turn_s, _view(fields))
    except ValueError as reason:
        raise RecordingError(
            f"{capital(where)} leads nowhere: {reason}.", "Correct it."
        ) from reason
    fields.expect(_VIEW)
    return _view(fields)


def _keys(fields: JobFields) -> tuple[CameraKey, ...]:
    entries = fields.value("path")
    if not isinstance(entries, list | tuple) or not 0 < len(entries) <= _MOST_KEYS:
        raise fields.wrong("path", f"a list of 1 to {_MOST_KEYS} keys")
    keys = []
    for at, entry in enumerate(entries):
        key = JobFields(entry, f"key {at + 1} of {fields.where}")
        key.expect(_VIEW | {"time", "ease"})
        time_s = key.number("time", math.nan, 0.0, _LATEST_S)
        if math.isnan(time_s):
            raise RecordingError(f"{capital(key.where)} has no time.", "Write time: SECONDS.")
        keys.append(CameraKey(time_s, _view(key), key.choice("ease", Ease.SMOOTH)))
    return tuple(keys)


def _view(fields: JobFields) -> View:
    if "bookmark" in fields:
        return NamedView(fields.text("bookmark"))
    if "pose" in fields:
        return _pose(fields)
    yaw = fields.number("yaw", 0.0, -360.0, 360.0)
    return FramedView(yaw, fields.number("pitch", 0.0, -90.0, 90.0))


def _pose(fields: JobFields) -> CameraBookmark:
    try:
        return unpack_bookmark(Fields(fields.value("pose"), "pose"))
    except ProjectFormatError as reason:
        raise fields.wrong("pose", "a whole view with target, angles and distance") from reason
