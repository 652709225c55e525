"""Which encoder makes which kind of film."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.recording.clip_file import ClipFile
from avatar_core.recording.film_format import Container

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.recording.clip import VideoSettings
    from avatar_core.recording.film_encoder import FilmEncoder, OpenFile


def film_encoder(
    path: Path, settings: VideoSettings, open_file: OpenFile = ClipFile
) -> FilmEncoder:
    """The encoder of a film, not open yet; nothing is touched.

    Args:
        path: of the file or folder.
        settings: how to encode.
        open_file: makes the file that is written to, where it is one.

    Raises:
        RecordingError: this machine cannot write the format.
    """
    container = settings.format.container
    if container is Container.FOLDER:
        from avatar_core.recording.image_sequence import ImageSequence

        return ImageSequence(path, settings)
    if container in (Container.GIF, Container.WEBP):
        from avatar_core.recording.animation_preview import AnimationPreview

        return AnimationPreview(path, settings)
    from avatar_core.recording.clip_encoder import ClipEncoder

    return ClipEncoder(path, settings, open_file)
