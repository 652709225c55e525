"""VideoWriter: records a clip on its own thread and never makes the caller wait."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AvatarError, RecordingError
from avatar_core.geometry import Float32, expect_shapes
from avatar_core.recording.clip import RecordingReport, VideoSettings
from avatar_core.recording.clip_file import ClipFile, check_writable, recording_error
from avatar_core.recording.film_encoders import film_encoder
from avatar_core.recording.inbox import Inbox, Picture, Sound, Stop
from avatar_core.recording.slots import Run, SlotFiller
from avatar_core.recording.soundtrack import Soundtrack, in_channels

if TYPE_CHECKING:
    from types import TracebackType

    from avatar_core.recording.film_encoder import FilmEncoder, OpenFile
    from avatar_core.recording.film_format import FilmImage

logger = logging.getLogger(__name__)

_TURN_S = 0.5


class VideoWriter:
    """Writes pictures and sound with times into a film of constant frame rate.

    While it records, an mp4, MOV or WebM is a file in fragments, of which a killed process or a
    full disk takes at most the last second; after a clean stop it becomes a plain one. Times are
    seconds since the beginning of the clip. Methods may be called from any thread, and none of
    them raises because recording failed: `error` and the report say so.

    Args:
        path: where the clip shall lie; a file that is there is replaced.
        settings: how to encode.
        open_file: makes the file that is written to; for tests of failing disks.

    Raises:
        RecordingError: nothing can be written there at all. Nothing has been touched then.
    """

    def __init__(
        self, path: Path | str, settings: VideoSettings, open_file: OpenFile = ClipFile
    ) -> None:
        self.path = Path(path)
        self.settings = settings
        check_writable(self.path, is_folder=settings.format.is_folder)
        self._open_file = open_file
        self._inbox = Inbox(settings.queue_frames)
        self._slots: SlotFiller[FilmImage] = SlotFiller(float(settings.rate))
        self._notices: dict[str, None] = {}
        self._encoder: FilmEncoder | None = None
        self._salvaged = 0
        self._error: RecordingError | None = None
        self._report: RecordingReport | None = None
        if (settings.even_width, settings.even_height) != (settings.width, settings.height):
            self._notice(
                f"The clip is {settings.even_width} x {settings.even_height}: "
                f"{settings.format.name} needs even sizes, so "
                f"{settings.width} x {settings.height} was padded."
            )
        self._thread = threading.Thread(target=self._run, name="video writer", daemon=True)
        self._thread.start()

    @property
    def error(self) -> RecordingError | None:
        """Why recording ended early; None as long as all is well."""
        return self._error

    @property
    def frames(self) -> int:
        """Frames of the clip so far."""
        return self._slots.given

    @property
    def repeated(self) -> int:
        """Frames for which no picture came in time."""
        return self._slots.repeated

    @property
    def dropped(self) -> int:
        """Submitted pictures that will not be in the clip."""
        return self._slots.dropped + self._inbox.refused

    @property
    def report(self) -> RecordingReport | None:
        """What became of the clip; None while it is being written."""
        return self._report

    def submit(self, image: FilmImage, time_s: float, *, wait: bool = False) -> bool:
        """Hand over a picture, which must not be written to any more.

        Args:
            image: [H, W, 3] sRGB, or [H, W, 4] with colour premultiplied by alpha; uint8 or
                uint16. Other sizes than the clip's are scaled to fit.
            time_s: since the beginning of the clip.
            wait: block until there is room instead of refusing; for rendering without a clock.

        Returns:
            Whether the picture was taken. Not when the encoder is behind (counted as dropped),
            and not when recording has failed or was stopped.

        Raises:
            ShapeError: other shapes.
            ValueError: the time is not finite, or the image is neither uint8 nor uint16.
        """
        expect_shapes(image=(image, "H W 4" if image.shape[2:] == (4,) else "H W 3"))
        if image.dtype not in (np.uint8, np.uint16) or not np.isfinite(time_s):
            raise ValueError(
                f"submit: expected uint8 or uint16 at a finite time, got {image.dtype} at {time_s}"
            )
        return self._inbox.put_picture(Picture(image, time_s), wait)

    def submit_audio(self, samples: Float32, time_s: float | None = None) -> bool:
        """Hand over sound; it is never dropped. Ignored in a clip without sound.

        Args:
            samples: [n] or [n, 1 or 2] at the settings' rate, -1..1.
            time_s: clip time of the first sample, or None to follow on the sound before it.

        Returns:
            Whether recording goes on.

        Raises:
            ShapeError: other shapes.
        """
        samples = in_channels(samples, self.settings.audio_channels)
        if not self.settings.has_sound:
            return self._inbox.is_open
        return self._inbox.put_sound(Sound(samples, time_s))

    def stop(self, end_s: float | None = None) -> None:
        """Ask for the end of the clip without waiting for it; `report` tells when it is reached.

        Args:
            end_s: how long to hold the last picture; None ends right after it.
        """
        self._inbox.close(end_s)

    def close(self, end_s: float | None = None) -> RecordingReport:
        """Stop, wait until the file is complete, and tell what is in it. Harmless to repeat."""
        self.stop(end_s)
        self._thread.join()
        assert self._report is not None
        return self._report

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _notice(self, sentence: str) -> None:
        self._notices[sentence] = None

    # From here on: the writer's own thread.

    def _run(self) -> None:
        try:
            self._tidy_up(self._record())
        except AvatarError as error:
            self._fail(RecordingError(error.message, error.hint))
        except OSError as reason:
            self._fail(recording_error(self.path, reason))
        except Exception as reason:  # whatever it is, the studio lives on
            logger.exception("Recording to %s failed", self.path)
            self._fail(
                RecordingError(
                    f"Recording to {self.path.name} stopped by a fault in the studio: {reason!r}.",
                    "What was recorded until then can be played; the log file tells more.",
                )
            )
        self._report = self._make_report()

    def _record(self) -> FilmEncoder:
        # Finds what encodes first, so that its failure touches no file.
        encoder = film_encoder(self.path, self.settings, self._open_file)
        self._encoder = encoder
        try:
            encoder.open()
            self._encode_until_stopped(encoder)
            encoder.finish()
        finally:
            encoder.release()
        return encoder

    def _encode_until_stopped(self, encoder: FilmEncoder) -> None:
        sound = Soundtrack(self.settings.audio_rate_hz or 1, self.settings.audio_channels)
        while True:
            item = self._inbox.get()
            if isinstance(item, Stop):
                self._write(encoder, self._slots.finish(item.end_s), sound)
                encoder.write_sound(sound.finish(self._seconds(encoder.pictures)))
                return
            if isinstance(item, Sound):
                sound.append(item.samples, item.time_s)
                continue
            self._check_size(item.image)
            self._write(encoder, self._slots.push(item.image, item.time_s), sound)

    def _write(self, encoder: FilmEncoder, run: Run[FilmImage] | None, sound: Soundtrack) -> None:
        """Write a run with the sound beside it, in turns.

        After minutes of pictures without sound FFmpeg writes a fragment that cannot be read.
        """
        left = 0 if run is None else run.count
        while run is not None and left:
            count = min(left, max(1, round(_TURN_S * float(self.settings.rate))))
            encoder.write_picture(run.picture, count)
            encoder.write_sound(sound.take_until(self._seconds(encoder.pictures)))
            left -= count

    def _check_size(self, image: FilmImage) -> None:
        height, width = image.shape[:2]
        if (width, height) != (self.settings.width, self.settings.height):
            self._notice("Pictures of another size than the clip's were scaled to fit.")

    def _seconds(self, frames: int) -> float:
        return float(frames / self.settings.rate)

    def _fail(self, error: RecordingError) -> None:
        logger.warning("%s", error)
        self._error = error
        self._inbox.refuse_all()
        if self._encoder is not None and self._encoder.has_begun:  # else it is not ours
            try:
                self._salvaged = self._encoder.salvage()
            except OSError as reason:  # such as a disk that was pulled out
                logger.warning("Nothing of %s can be found any more: %s", self.path, reason)

    def _tidy_up(self, encoder: FilmEncoder) -> None:
        if self._slots.given == 0:
            encoder.discard()
            self._notice("No picture came, so there is no clip.")
            return
        for sentence in encoder.tidy():
            self._notice(sentence)

    def _make_report(self) -> RecordingReport:
        frames = self._slots.given if self._error is None else self._salvaged
        encoder = self._encoder
        size_bytes = 0
        with suppress(OSError):
            size_bytes = 0 if encoder is None else encoder.size_bytes()
        return RecordingReport(
            path=self.path,
            frames=frames,
            repeated=self._slots.repeated,
            dropped=self.dropped,
            duration_s=self._seconds(frames),
            size_bytes=size_bytes,
            encoder="" if encoder is None else encoder.name,
            notices=tuple(self._notices),
            error=self._error,
        )
