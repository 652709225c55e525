"""Backends: what the engine is built from, so that tests can put other things in its place."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.workers.speaker import open_speaker
from avatar_core.project.asset import FaceKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.workers.phone_driver import Receiver
    from app.workers.playback import OpenOutput
    from app.workers.sound_driver import Hearing, Speech
    from avatar_core.driving.face_tracker import FaceTracker
    from avatar_core.driving.sources import FrameSource
    from avatar_core.emoportraits.performer import Performer
    from avatar_core.exchange.portrait_engines import ModelWishes, PortraitEngines
    from avatar_core.mega import Avatar
    from avatar_core.motion import TakeAudio
    from avatar_core.motion.driver_address import DriverAddress
    from avatar_core.project import Portrait, PortraitSettings
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.recording.clip import VideoSettings
    from avatar_core.recording.video_writer import VideoWriter

    OpenPerformer = Callable[[Portrait, PortraitSettings, Callable[[str], None]], Performer]

_MOST_THREADS = 4

# The imports below wait for the worker threads: the window is painted before OpenCV, PyAV and the
# tracker are loaded.


def open_unpaced_source(uri: str) -> FrameSource:
    """A camera or still as it is, a film that loops without a pace of its own."""
    from avatar_core.driving.sources import open_source

    return open_source(uri, paced=False, loop=True)


def make_face_tracker() -> FaceTracker:
    from avatar_core.driving.face_tracker import FaceTracker

    return FaceTracker()


def load_sound(path: Path) -> TakeAudio:
    """The sound of a film or sound file.

    Raises:
        AssetError: it has none, or cannot be read.
    """
    from avatar_core.io.audio import load_audio
    from avatar_core.motion import TakeAudio

    samples, rate_hz = load_audio(path)
    return TakeAudio(samples, rate_hz)


def open_microphone(address: DriverAddress) -> Hearing:
    from avatar_core.driving import microphone

    return microphone.open_microphone(address)


def make_speech() -> Speech:
    """What makes motion of live speech: the user's own model where it can, else the bundled one."""
    from avatar_core.driving.speech.live import SpeechMotion
    from avatar_core.recording.speech_choice import speech_for_live

    choice = speech_for_live()
    return SpeechMotion(choice.model, note=choice.note)


def open_phone(uri: str) -> Receiver:
    """What receives the packets of a phone or another program."""
    from avatar_core.driving.phones import protocols

    return protocols.open_phone(uri)


def build_avatar(asset: AvatarAsset) -> Avatar:
    """The avatar for the live view, on as many threads as leave room for drawing and tracking."""
    from avatar_core.mega import LIVE, build

    if asset.face.kind is FaceKind.NEURAL:
        from avatar_core.training.threads import use_threads

        use_threads(inference_threads(os.cpu_count() or 1))
    return build(asset, LIVE)


def inference_threads(cores: int) -> int:
    """How many threads evaluate an avatar: half of the cores, and no more than small layers use.

    With both of two cores and anything else running, a frame took ten times as long as with one.
    """
    return min(max(cores // 2, 1), _MOST_THREADS)


class PerformerOpener:
    """Opens what makes portraits move; the model that they share is loaded once, and late.

    Args:
        wishes: how models are to run, asked whenever a portrait gets its engine; left to the studio
            when left out.
    """

    def __init__(self, wishes: Callable[[], ModelWishes] | None = None) -> None:
        self._wishes = wishes
        self._engines: PortraitEngines | None = None

    def __call__(
        self, portrait: Portrait, settings: PortraitSettings, notice: Callable[[str], None]
    ) -> Performer:
        """The engine that the settings lead to on this machine.

        Args:
            portrait: who is to perform.
            settings: name the engine.
            notice: hears one sentence whenever a device has to make do with less; the first one
                hears of all portraits.
        """
        if self._engines is None:
            from avatar_core.exchange.portrait_engines import PortraitEngines

            self._engines = PortraitEngines(notice)
        if self._wishes is not None:
            self._engines.wishes = self._wishes()
        return self._engines.open(portrait, settings)


def open_video_writer(path: Path, settings: VideoSettings) -> VideoWriter:
    from avatar_core.recording.video_writer import VideoWriter

    return VideoWriter(path, settings)


@dataclass(frozen=True, slots=True)
class Backends:
    """Everything that touches a device, a file or a model. All of it runs on worker threads."""

    open_source: Callable[[str], FrameSource] = open_unpaced_source
    make_tracker: Callable[[], FaceTracker] = make_face_tracker
    load_sound: Callable[[Path], TakeAudio] = load_sound
    open_microphone: Callable[[DriverAddress], Hearing] = open_microphone
    make_speech: Callable[[], Speech] = make_speech
    open_phone: Callable[[str], Receiver] = open_phone
    build_avatar: Callable[[AvatarAsset], Avatar] = build_avatar
    open_output: OpenOutput = open_speaker
    open_writer: Callable[[Path, VideoSettings], VideoWriter] = open_video_writer
    open_performer: OpenPerformer = field(default_factory=PerformerOpener)
