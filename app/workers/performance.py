"""PerformanceEngine: everything that makes the avatar perform, behind one Qt object.

Threads: capture (pictures), driving (tracker, take, mixer), inference (the avatar's pose). The
window calls the methods below, which never block, and pulls `latest_frame` when it repaints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.workers.latest import Latest
from app.workers.status import PerformanceStatus

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.frame import AvatarFrame
    from avatar_core.motion.mixer import MixerSettings
    from avatar_core.motion.take import Take
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.project.model import Expression
    from avatar_core.recording.video_writer import VideoSettings


class PerformanceEngine(QObject):
    """Runs the loops and owns playback and recording. All signals arrive on the GUI thread.

    Signals:
        failed(AvatarError): a loop or a recording stopped; said once, the last frame stays.
        notice(str): one sentence worth knowing that is no error, e.g. no sound device.
        state_changed(): source, playback or recording changed; ask `status()`.
        calibrated(MotionFrame): the driver's face at rest, as asked for by `calibrate`.
        take_recorded(Take): a take recorded on its own.
        clip_recorded(RecordingReport, Take | None): a clip is on disk, with the take it shows.
        clip_tap_changed(ClipTap | None): connect to `AvatarView.set_clip_tap`.
    """

    failed = Signal(object)
    notice = Signal(str)
    state_changed = Signal()
    calibrated = Signal(object)
    take_recorded = Signal(object)
    clip_recorded = Signal(object, object)
    clip_tap_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.latest_frame: Latest[AvatarFrame] = Latest()

    def set_avatar(self, asset: AvatarAsset) -> None:
        """Perform this avatar from now on; it takes the current pose at once."""

    def set_source(self, uri: str) -> None:
        """Drive from `sliders`, `camera:N`, `file:PATH` or a bare path; ends a playing take."""

    def set_sliders(self, expression: Expression) -> None:
        """The pose of the sliders, added to what the driver does. Copied."""

    def set_mixer(self, settings: MixerSettings) -> None:
        """How the live driver reaches the avatar. Takes play as they were recorded."""

    def play_take(self, take: Take, start_s: float = 0.0) -> None:
        """Drive from a take, with its sound, until `stop_take` or another source is set."""

    def stop_take(self) -> None:
        """Go back to the live source. Harmless when no take plays."""

    def pause(self) -> None:
        """Hold the take or film where it is."""

    def resume(self) -> None:
        """Play on; from the beginning after the end."""

    def seek(self, time_s: float) -> None:
        """Go to a place in the take or film, playing or paused."""

    def set_looping(self, is_looping: bool) -> None:
        """Whether takes begin again after their end. Driving films always do."""

    def set_muted(self, is_muted: bool) -> None:
        """Silence takes and films in the room; clips keep their sound."""

    def calibrate(self) -> None:
        """Answer with `calibrated`: the face at rest over the last moments; or with `failed`."""

    def start_take_recording(self, name: str) -> None:
        """Record what the mixer gives until `stop_take_recording`."""

    def stop_take_recording(self) -> None:
        """Answer with `take_recorded`; with `failed` when nothing moved in between."""

    def start_recording(self, path: Path, settings: VideoSettings, name: str = "") -> None:
        """Record a clip, with the sound of the take or film, and the take it shows."""

    def stop_recording(self) -> None:
        """Finish the clip; answers with `clip_recorded` once the file is complete."""

    def status(self) -> PerformanceStatus:
        """What goes on right now."""
        return PerformanceStatus()

    def shutdown(self, timeout_s: float = 2.0) -> bool:
        """Stop all threads and finish a recording. Returns whether all ended in time."""
        return True
