"""What drives a rendered clip, brought into one form: a take the avatar follows as it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from avatar_core.errors import RecordingError
from avatar_core.io.flame_sequence import is_flame_sequence, read_flame_sequence
from avatar_core.io.flame_takes import head_of_motion, take_from_flame
from avatar_core.io.live_link_csv import load_live_link_csv
from avatar_core.io.take_file import load_take
from avatar_core.motion import (
    ChannelGroup,
    GroupSettings,
    Mixer,
    MixerSettings,
    MotionFrame,
    Take,
    calibrated,
)
from avatar_core.motion.driver_address import PATH_SCHEMES, DriverAddress, place_path
from avatar_core.motion.rest import rest_of
from avatar_core.recording.film_take import take_from_film
from avatar_core.recording.progress import Progress, unheard
from avatar_core.recording.sound_take import sound_file, take_from_sound
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from avatar_core.driving.face_tracker import FaceTracker
    from avatar_core.project import Project

DEMO_DRIVE = "demo"
"""Names the bundled performance."""

_AS_RECORDED = MixerSettings(groups={group: GroupSettings(smoothing=0.0) for group in ChannelGroup})
"""Takes hold what the mixer gave when they were recorded, so they pass unchanged."""
_TAKE = "take"


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """How a drive reaches the avatar.

    Args:
        mixer: controls for a face that is tracked anew; where no neutral of its film is known,
            one is estimated.
        sliders: the pose added to everything.
    """

    mixer: MixerSettings = field(default_factory=MixerSettings)
    sliders: MotionFrame = field(default_factory=MotionFrame)

    @classmethod
    def of_project(cls, project: Project) -> Direction:
        return cls(project.mixer, project.expression.motion())


def load_performance(
    drive: str,
    direction: Direction | None = None,
    tracker: FaceTracker | None = None,
    progress: Progress = unheard,
) -> Take:
    """The performance of a take, a table, a FLAME sequence, a film, a still, a sound or `demo`.

    Args:
        drive: a path, `file:PATH`, `sequence:FOLDER`, `sound:PATH` or `demo`. Tables are those of
            Live Link Face; FLAME sequences are understood by the user's own FLAME files.
        direction: mixing; the defaults when left out.
        tracker: for films and stills; made when needed.
        progress: hears the pictures tracked.

    Raises:
        AvatarError: the file is missing, damaged or of another kind, or shows no face.
        Cancelled: by `progress`.
    """
    direction = direction or Direction()
    take = _recorded(drive)
    if take is not None:
        return performed_as_recorded(take, direction.sliders)
    sound = sound_file(drive)
    if sound is not None:
        spoken = take_from_sound(sound, direction.mixer.speech, progress)
        return performed_as_recorded(spoken, direction.sliders)
    film = take_from_film(drive, tracker, progress)
    return performed_from_film(film, direction, _film_uri(drive))


def performance_of_project(
    project: Project, tracker: FaceTracker | None = None, progress: Progress = unheard
) -> Take:
    """What the project shows when it plays: its active take, else what drives it.

    Raises:
        RecordingError: neither a take nor a film nor a sound drives it.
        AvatarError: as `load_performance`.
    """
    direction = Direction.of_project(project)
    take = project.takes.get(project.active_take or "") or project.source_take
    if take is not None:
        return performed_as_recorded(take, direction.sliders)
    if project.source.partition(":")[0] not in PATH_SCHEMES:
        raise RecordingError(
            f"The project {project.name} has no take to render.",
            "Record a take in it, or name what drives the avatar with --drive.",
        )
    return load_performance(project.source, direction, tracker, progress)


def performed_as_recorded(take: Take, sliders: MotionFrame) -> Take:
    """A take with the sliders added; gaps in its tracking were eased when it was recorded."""
    seen = (replace(frame, confidence=1.0) for frame in take.frames())
    mixer = Mixer()
    frames = [
        mixer.mix({_TAKE: frame}, _TAKE, sliders, _AS_RECORDED, frame.time_s) for frame in seen
    ]
    return _with_frames(take, frames)


def performed_from_film(take: Take, direction: Direction, driver: str = "film") -> Take:
    """What the tracker saw of a driver, mixed as if it were live and alone."""
    settings, mixer = direction.mixer, Mixer()
    seen = list(take.frames())
    if settings.profile(driver).neutral is None:
        rest = rest_of(take)
        seen = [calibrated(frame, rest) if frame.confidence > 0 else frame for frame in seen]
    frames = [
        mixer.mix({driver: frame}, driver, direction.sliders, settings, frame.time_s)
        for frame in seen
    ]
    return _with_frames(take, frames)


def _film_uri(drive: str) -> str:
    address = DriverAddress.parse(drive)
    return replace(address, place=str(place_path(address.place).absolute())).device


def _with_frames(take: Take, frames: list[MotionFrame]) -> Take:
    return Take.from_frames(
        take.name, frames, take.fps, take.audio, id=take.id, audio_offset_s=take.audio_offset_s
    )


def _recorded(drive: str) -> Take | None:
    """The take of a file that is one already; None for pictures and sounds."""
    if drive == DEMO_DRIVE:
        return load_take(resource_path("demo", "performance.take"))
    path = place_path(drive.removeprefix("file:"))
    if path.suffix.lower() == ".take":
        return load_take(path)
    if path.suffix.lower() == ".csv":
        return load_live_link_csv(path)
    if is_flame_sequence(path):
        return take_from_flame(read_flame_sequence(path), head_of_motion(), path.stem)
    return None
