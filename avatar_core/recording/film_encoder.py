"""FilmEncoder: what a writer asks of the one that makes a kind of file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Protocol

    from avatar_core.geometry import Float32
    from avatar_core.recording.clip import VideoSettings
    from avatar_core.recording.clip_file import ClipFile
    from avatar_core.recording.film_format import FilmImage

    class OpenFile(Protocol):
        """Opens the file of a film for writing."""

        def __call__(self, path: Path) -> ClipFile: ...


class FilmEncoder(ABC):
    """Encodes pictures and sound into one film, on the thread that calls it.

    `open`, then any number of `write_picture` and `write_sound`, `finish`, and `release` in any
    case; after these `tidy` where all went well, or `salvage` where it did not.

    Args:
        path: of the file or folder.
        settings: how to encode.
    """

    def __init__(self, path: Path, settings: VideoSettings) -> None:
        self.path = path
        self.settings = settings
        self.name = ""
        """Of the encoder, as the report tells it."""
        self.has_begun = False
        """Whether what lies at `path` is this film."""
        self.pictures = 0
        """Frames encoded so far."""

    @abstractmethod
    def open(self) -> None:
        """Open the file.

        Raises:
            OSError: as all that write; the encoders' own errors are among them.
        """

    @abstractmethod
    def write_picture(self, image: FilmImage, count: int) -> None:
        """Encode a picture [H, W, 3 or 4] of any size for the next `count` frames."""

    @abstractmethod
    def write_sound(self, samples: Float32) -> None:
        """Encode the next samples [n, channels]; ignored in a silent film."""

    @abstractmethod
    def finish(self) -> None:
        """Write what is held back, and the end of the file."""

    @abstractmethod
    def release(self) -> None:
        """Let go of files and encoders, whatever became of them."""

    def tidy(self) -> tuple[str, ...]:
        """Give a complete film its last form. Returns sentences for the user."""
        return ()

    def salvage(self) -> int:
        """Make what was written by then playable. Returns how many frames that are."""
        return 0

    def discard(self) -> None:
        """Remove a film without pictures."""
        self.path.unlink(missing_ok=True)

    def size_bytes(self) -> int:
        """What the film takes on the disk."""
        return self.path.stat().st_size if self.path.is_file() else 0
