from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.io.audio import save_wav
from avatar_core.motion import MixerSettings, MotionFrame
from avatar_core.motion.speech_style import Mood, SpeechStyle
from avatar_core.project.model import Project
from avatar_core.recording.performance import (
    Direction,
    load_performance,
    performance_of_project,
)
from avatar_core.recording.sound_take import sound_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    """A vowel between two silences, 48 kHz: a buzz through the formants of "ah"."""
    rate_hz = 48_000
    times_s = np.arange(int(1.2 * rate_hz)) / rate_hz
    voice = np.zeros(len(times_s))
    for k in range(1, 40):
        hertz = 120 * k
        near = sum(np.exp(-(((hertz - f) / 120) ** 2)) for f in (730, 1_090, 2_440))
        voice += (0.02 / k + near) * np.sin(2 * np.pi * hertz * times_s)
    voice *= (times_s > 0.4) & (times_s < 0.8)
    path = tmp_path / "voice.wav"
    save_wav(path, (0.3 * voice / np.abs(voice).max())[:, None].astype("f4"), rate_hz)
    return path


def test_a_sound_opens_the_mouth_while_it_lasts(voice: Path) -> None:
    take = load_performance(str(voice))
    assert take.fps == 50
    assert take.duration_s == pytest.approx(1.2, abs=0.03)
    assert take.audio is not None
    assert take.audio.rate_hz == 48_000
    assert take.frame_at(0.6).weight("jawOpen") > 0.15
    assert take.frame_at(0.1).weight("jawOpen") < 0.03
    assert take.frame_at(1.15).weight("jawOpen") < 0.05


def test_sliders_and_style_of_a_project_count(voice: Path) -> None:
    direction = Direction(
        MixerSettings(speech=SpeechStyle(mood=Mood.HAPPY)), MotionFrame.from_units(browInnerUp=0.3)
    )
    frame = load_performance(str(voice), direction).frame_at(0.1)
    assert frame.weight("mouthSmileLeft") > 0.2
    assert frame.weight("browInnerUp") == pytest.approx(0.3, abs=1e-5)


def test_a_project_may_be_driven_by_a_sound(voice: Path) -> None:
    take = performance_of_project(Project(source=f"sound:{voice}"))
    assert take.frame_at(0.6).weight("jawOpen") > 0.15


@pytest.mark.parametrize(
    ("drive", "name"),
    [
        ("talk.wav", "talk.wav"),
        ("file:talk.MP3", "talk.MP3"),
        ("sound:film.mp4", "film.mp4"),
        ("film.mp4", None),
        ("camera:0", None),
        ("a.take", None),
    ],
)
def test_which_drives_are_sounds(drive: str, name: str | None) -> None:
    path = sound_file(drive)
    assert (None if path is None else path.name) == name


def test_a_film_without_sound_cannot_speak(tmp_path: Path) -> None:
    (tmp_path / "silent.mp4").write_bytes(b"no film")
    with pytest.raises(AssetError, match=r"silent\.mp4"):
        load_performance(f"sound:{tmp_path / 'silent.mp4'}")
