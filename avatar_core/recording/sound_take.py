"""From a sound to a take: the speech model speaks it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from avatar_core.driving.speech.offline import motion_of_sound
from avatar_core.driving.speech.timing import FPS
from avatar_core.io.audio import load_audio
from avatar_core.motion import Take, TakeAudio
from avatar_core.motion.driver_address import place_path
from avatar_core.recording.progress import Progress, unheard
from avatar_core.recording.speech_choice import encoder_of, speech_for_files

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.motion.speech_style import SpeechStyle

logger = logging.getLogger(__name__)

SOUND = "sound:"
"""What an address begins with that wants the sound of a file to drive, film or not."""

_SUFFIXES = {".wav", ".mp3", ".flac", ".m4a", ".ogg", ".opus", ".aac"}


def sound_file(drive: str) -> Path | None:
    """The file whose sound drives; None where pictures or a take do.

    Args:
        drive: `sound:PATH`, or the path of a file that holds nothing but sound.
    """
    path = place_path(drive.removeprefix(SOUND).removeprefix("file:"))
    return path if drive.startswith(SOUND) or path.suffix.lower() in _SUFFIXES else None


def take_from_sound(
    path: Path, style: SpeechStyle | None = None, progress: Progress = unheard
) -> Take:
    """A performance of what is said in a file, with its sound; 50 moments a second.

    The user's own speech model speaks it where there is one.

    Args:
        path: of a sound file or a film.
        style: how it is performed.
        progress: hears the moments made.

    Raises:
        AssetError: missing, no sound in it, damaged, or too long.
        WeightsError: the speech model is missing, or what it hears through is damaged.
        Cancelled: by `progress`.
    """
    audio = TakeAudio(*load_audio(path))
    choice = speech_for_files()
    if choice.note:
        logger.warning(choice.note)
    encoder = encoder_of(choice.model)
    frames = motion_of_sound(audio, choice.model, style, progress=progress, encoder=encoder)
    return Take.from_frames(path.name, frames, FPS, audio)
