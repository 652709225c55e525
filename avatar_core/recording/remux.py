"""From the fragmented file that survives a kill to the plain one that every player likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
from av.video.stream import VideoStream

from avatar_core.errors import RecordingError
from avatar_core.io.atomic import atomic_write
from avatar_core.recording.film_format import Container

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer, OutputContainer


def remux_plain(path: Path, container: Container = Container.MP4) -> None:
    """Rewrite a clip as a plain file with its index in front, without encoding anything again.

    Args:
        path: a fragmented mp4 or MOV, or a WebM without length and index; replaced in one step, or
            left as it was.
        container: mp4, MOV or WebM.

    Raises:
        RecordingError: no room for the second copy, or the clip cannot be read.
    """
    is_webm = container is Container.WEBM
    options = {"cues_to_front": "1"} if is_webm else {"movflags": "faststart"}
    try:
        with (
            atomic_write(path, RecordingError) as sibling,
            av.open(path) as fragmented,
            # The muxer goes back to move the index to the front, so it needs a name, not a stream.
            av.open(sibling.name, "w", format=container.value, options=options) as plain,
        ):
            _copy_packets(fragmented, plain)
    except (RecordingError, av.FFmpegError, ValueError) as reason:
        cause = reason.__cause__ if isinstance(reason, RecordingError) else reason
        why = getattr(cause, "strerror", None) or str(cause)
        raise RecordingError(
            f"{path.name} stays as it was recorded, in fragments, because it could not be "
            f"rewritten as a plain {container.value}: {why}.",
            "Nothing of it is lost, and most players show it all the same.",
        ) from reason


def count_pictures(path: Path) -> int:
    """How many pictures a clip holds, without decoding them; 0 where it cannot be opened."""
    count = 0
    try:
        with av.open(path) as clip:
            for packet in clip.demux(video=0):
                count += packet.size > 0
    except (av.FFmpegError, OSError, ValueError, IndexError):
        return count  # as far as it could be read
    return count


def _copy_packets(fragmented: InputContainer, plain: OutputContainer) -> None:
    tracks = {}
    for stream in fragmented.streams:
        track = tracks[stream.index] = plain.add_stream_from_template(stream)
        if "alpha_mode" in stream.metadata:  # else WebM's transparency is not told
            track.metadata["alpha_mode"] = stream.metadata["alpha_mode"]
        elif isinstance(stream, VideoStream) and isinstance(track, VideoStream):
            # Else ProRes is called by another profile's name, and H.265 what Apple does not play.
            track.codec_context.codec_tag = stream.codec_context.codec_tag
    for packet in fragmented.demux():
        if packet.dts is None:  # the empty packet that ends each track
            continue
        packet.stream = tracks[packet.stream.index]
        plain.mux(packet)
