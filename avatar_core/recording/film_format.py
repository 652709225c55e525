"""The kinds of film there are: what a file is made of, and who can take what from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from avatar_core.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Float32
    from avatar_core.recording.clip import RecordingReport, VideoSettings

FilmImage: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""[H, W, 3] sRGB, or [H, W, 4] with colour premultiplied by alpha, as the renderer draws it."""


class Container(StrEnum):
    """How pictures and sound lie on the disk."""

    MP4 = "mp4"
    MOV = "mov"
    WEBM = "webm"
    FOLDER = "folder"
    """A picture file for each frame, and a `.wav` beside them."""
    GIF = "gif"
    WEBP = "webp"


class Codec(StrEnum):
    """How the pictures are encoded."""

    H264 = "h264"
    H264_INTRA = "h264_intra"
    """Every frame by itself, for editing."""
    H265 = "h265"
    PRORES_4444 = "prores_4444"
    VP9 = "vp9"
    PNG_8 = "png_8"
    PNG_16 = "png_16"
    GIF = "gif"
    WEBP = "webp"


@dataclass(frozen=True, slots=True)
class FilmFormat:
    """One kind of film.

    Args:
        key: names it in projects, settings and on the command line.
        title: in plain words, for the window.
        container: of the file.
        codec: of the pictures.
        encoders: names of FFmpeg's encoders for it, the best first; the first that opens is used.
        suffix: of the file's name, with the dot; empty for a folder of pictures.
        keeps_alpha: whether pictures may be transparent. Alpha is stored straight
            (unpremultiplied) in every format.
        audio_codec: of the sound, by FFmpeg's name; empty for a film without.
        needs_even_size: whether colour is stored for pairs of pixels.
    """

    key: str
    title: str
    container: Container
    codec: Codec
    encoders: tuple[str, ...]
    suffix: str
    keeps_alpha: bool = False
    audio_codec: str = ""
    needs_even_size: bool = True

    @property
    def name(self) -> str:
        """What it is called, without what it is good for."""
        return self.title.partition(":")[0]

    @property
    def has_sound(self) -> bool:
        return bool(self.audio_codec)

    @property
    def is_folder(self) -> bool:
        """A folder of pictures in place of one file."""
        return self.container is Container.FOLDER


H264 = FilmFormat(
    "h264",
    "MP4, H.264: plays everywhere",
    Container.MP4,
    Codec.H264,
    ("h264_nvenc", "libx264"),
    ".mp4",
    audio_codec="aac",
)
H264_INTRA = FilmFormat(
    "h264-intra",
    "MP4, H.264 for editing: large, every frame by itself",
    Container.MP4,
    Codec.H264_INTRA,
    ("libx264",),
    ".mp4",
    audio_codec="aac",
)
H265 = FilmFormat(
    "h265",
    "MP4, H.265: smaller, newer players",
    Container.MP4,
    Codec.H265,
    ("hevc_nvenc", "libx265"),
    ".mp4",
    audio_codec="aac",
)
PRORES_4444 = FilmFormat(
    "prores-4444",
    "MOV, ProRes 4444: for editing, can be transparent",
    Container.MOV,
    Codec.PRORES_4444,
    ("prores_ks",),
    ".mov",
    keeps_alpha=True,
    audio_codec="pcm_s24le",
)
VP9 = FilmFormat(
    "vp9",
    "WebM, VP9: for web pages, can be transparent",
    Container.WEBM,
    Codec.VP9,
    ("libvpx-vp9",),
    ".webm",
    keeps_alpha=True,
    audio_codec="libopus",
)
PNG_16 = FilmFormat(
    "png-16",
    "Folder of PNG, 16 bits: for compositing, can be transparent",
    Container.FOLDER,
    Codec.PNG_16,
    (),
    "",
    keeps_alpha=True,
    audio_codec="pcm_s16le",
    needs_even_size=False,
)
PNG_8 = FilmFormat(
    "png-8",
    "Folder of PNG, 8 bits: can be transparent",
    Container.FOLDER,
    Codec.PNG_8,
    (),
    "",
    keeps_alpha=True,
    audio_codec="pcm_s16le",
    needs_even_size=False,
)
GIF = FilmFormat(
    "gif",
    "GIF: a small, silent preview",
    Container.GIF,
    Codec.GIF,
    ("gif",),
    ".gif",
    needs_even_size=False,
)
WEBP = FilmFormat(
    "webp",
    "WebP: a silent preview in full colour, can be transparent",
    Container.WEBP,
    Codec.WEBP,
    ("libwebp_anim",),
    ".webp",
    keeps_alpha=True,
    needs_even_size=False,
)

FORMATS: dict[str, FilmFormat] = {
    each.key: each for each in (H264, H265, H264_INTRA, PRORES_4444, VP9, PNG_16, PNG_8, GIF, WEBP)
}
"""Every kind of film by its key; what this machine can write of them, `available_formats` tells."""


def format_of(key: str) -> FilmFormat:
    """The format of a key.

    Raises:
        RecordingError: there is none.
    """
    if key not in FORMATS:
        raise RecordingError(f"There is no film format '{key}'.", f"Choose {', '.join(FORMATS)}.")
    return FORMATS[key]


def format_for(path: Path) -> FilmFormat:
    """The usual format of a film of that name; a name without a suffix is a folder of PNG.

    Raises:
        RecordingError: no film ends like that.
    """
    suffix = ".mp4" if path.suffix.lower() == ".m4v" else path.suffix.lower()
    for each in FORMATS.values():
        if each.suffix == suffix:
            return each
    endings = sorted({each.suffix for each in FORMATS.values() if each.suffix})
    raise RecordingError(
        f"{path.name} is no name for a film.",
        f"Let it end in {', '.join(endings)}, or in nothing for a folder of pictures.",
    )


class FilmWriter(Protocol):
    """Takes pictures and sound with times; none of it raises because writing failed."""

    @property
    def frames(self) -> int: ...
    @property
    def repeated(self) -> int: ...
    @property
    def dropped(self) -> int: ...
    @property
    def error(self) -> RecordingError | None: ...
    @property
    def report(self) -> RecordingReport | None: ...

    def submit(self, image: FilmImage, time_s: float, *, wait: bool = False) -> bool:
        """Take a picture.

        Args:
            image: must not be written to any more.
            time_s: since the beginning of the film.
            wait: for room, in place of refusing the picture; for rendering without a clock.

        Returns:
            Whether it was taken.
        """

    def submit_audio(self, samples: Float32, time_s: float | None = None) -> bool:
        """Take sound [n] or [n, 1 or 2], -1..1; ignored in a film without."""

    def stop(self, end_s: float | None = None) -> None:
        """Ask for the end without waiting for it."""

    def close(self, end_s: float | None = None) -> RecordingReport:
        """End the film, wait until it is complete, and tell what is in it."""


def open_film(path: Path | str, settings: VideoSettings) -> FilmWriter:
    """Begin a film of the kind that `settings.format` names.

    Args:
        path: of the file, or of the folder for pictures; what lies there is replaced.
        settings: format, size, rate, sound, alpha.

    Raises:
        RecordingError: nothing can be written there at all. Nothing has been touched then.
    """
    from avatar_core.recording.video_writer import VideoWriter

    return VideoWriter(path, settings)
