"""AnimationPreview: a small GIF or WebP for chats and pages, with the best colours it can have."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import cv2
import numpy as np

from avatar_core.errors import RecordingError
from avatar_core.io.atomic import atomic_write
from avatar_core.recording.alpha import straight
from avatar_core.recording.colour import eight_bits
from avatar_core.recording.encoders import find_encoder
from avatar_core.recording.film_encoder import FilmEncoder
from avatar_core.recording.film_format import Codec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from fractions import Fraction

    from av.filter.context import FilterContext

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.recording.clip import VideoSettings
    from avatar_core.recording.film_format import FilmImage

logger = logging.getLogger(__name__)

LARGEST_PX = 480
"""Longer side of a preview."""
FASTEST_FPS = 20.0
MOST_BYTES = 8_000_000
"""What chats take without asking; a preview that is larger is made smaller."""
_SHRINK = 0.75
_SMALLEST_PX = 120
_WEBP = {"quality": "80", "compression_level": "4", "loop": "0"}


class AnimationPreview(FilmEncoder):
    """Keeps the pictures, reduced and without loss, beside the preview until the film ends.

    A palette of 256 colours is good when it knows all pictures, and a size can be kept only by
    who may try again, so the preview itself is made by `finish`.

    Args:
        path: of the `.gif` or `.webp`; replaced whole or not at all.
        settings: how to encode. Pictures beyond 480 pixels or 20 a second are reduced.
    """

    def __init__(self, path: Path, settings: VideoSettings) -> None:
        super().__init__(path, settings)
        self.name = find_encoder(settings)
        scale = min(1.0, LARGEST_PX / max(settings.width, settings.height))
        self._width = max(1, round(settings.width * scale))
        self._height = max(1, round(settings.height * scale))
        self._step = max(1, int(np.ceil(float(settings.rate) / FASTEST_FPS)))
        self._rate = settings.rate / self._step
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._kept = 0
        self._notices: list[str] = []

    def open(self) -> None:
        self._folder = tempfile.TemporaryDirectory(
            prefix=f".{self.path.stem}-", dir=self.path.parent, ignore_cleanup_errors=True
        )
        self._store = av.open(str(self._pictures_path), "w", format="nut")
        self._lossless = self._store.add_stream("ffv1", self._rate)
        self._lossless.width, self._lossless.height = self._width, self._height
        self._lossless.pix_fmt = "bgra"

    def write_picture(self, image: FilmImage, count: int) -> None:
        wanted = [n for n in range(self.pictures, self.pictures + count) if n % self._step == 0]
        self.pictures += count
        if not wanted:
            return
        frame = av.VideoFrame.from_ndarray(self._reduced(image), format="bgra")
        frame.time_base = 1 / self._rate
        for _ in wanted:
            frame.pts = self._kept
            self._store.mux(self._lossless.encode(frame))
            self._kept += 1

    def write_sound(self, samples: Float32) -> None:
        """A preview is silent."""

    def finish(self) -> None:
        self._store.mux(self._lossless.encode())
        self._store.close()
        if not self.pictures:
            return
        scale, data = 1.0, self._encoded(1.0)
        while len(data) > MOST_BYTES and scale * min(self._width, self._height) > _SMALLEST_PX:
            scale *= _SHRINK
            data = self._encoded(scale)
        with atomic_write(self.path, RecordingError) as file:
            file.write(data)
        self.has_begun = True
        self._tell(scale)

    def release(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def tidy(self) -> tuple[str, ...]:
        return tuple(self._notices)

    def discard(self) -> None:
        """There is no file without pictures; one of an earlier preview stays."""

    @property
    def _pictures_path(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "pictures.nut"

    def _reduced(self, image: FilmImage) -> UInt8:
        """[h, w, 4] BGRA with straight alpha, at the preview's size."""
        size = (self._width, self._height)
        if (image.shape[1], image.shape[0]) != size:
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        if image.shape[2] == 4 and self.settings.alpha:
            return cast("UInt8", cv2.cvtColor(eight_bits(straight(image)), cv2.COLOR_RGBA2BGRA))
        opaque = np.ascontiguousarray(eight_bits(image)[..., :3])
        return cast("UInt8", cv2.cvtColor(opaque, cv2.COLOR_RGB2BGRA))

    def _encoded(self, scale: float) -> bytes:
        size = max(1, round(self._width * scale)), max(1, round(self._height * scale))
        out = Path(self._pictures_path.parent) / f"preview{self.path.suffix or '.gif'}"
        if self.settings.format.codec is Codec.GIF:
            _write_gif(self._frames, out, size, self._rate)
        else:
            _write_webp(self._frames(), out, size, self._rate)
        return out.read_bytes()

    def _frames(self) -> Iterator[av.VideoFrame]:
        with av.open(str(self._pictures_path)) as store:
            yield from store.decode(video=0)

    def _tell(self, scale: float) -> None:
        width, height = round(self._width * scale), round(self._height * scale)
        if (width, height, self._step) != (self.settings.width, self.settings.height, 1):
            self._notices.append(
                f"The preview is {width} x {height} at {float(self._rate):g} frames per second, "
                "so that it stays small."
            )


def _write_gif(
    frames: Callable[[], Iterator[av.VideoFrame]], out: Path, size: tuple[int, int], rate: Fraction
) -> None:
    """One palette for all pictures, made of what changes in them; then the pictures in it."""
    graph = av.filter.Graph()
    _, source = _scaled_source(graph, next(frames()), size, rate)
    last = graph.add("palettegen", "stats_mode=diff:reserve_transparent=0")
    source.link_to(last)
    _to_sink(graph, last)
    for frame in _timed(frames(), rate):
        graph.push(frame)
    graph.push(None)
    (palette,) = _pulled(graph)
    with av.open(str(out), "w", format="gif", options={"loop": "0"}) as gif:
        stream = gif.add_stream("gif", rate)
        stream.width, stream.height = size
        stream.pix_fmt = "pal8"
        for frame in _in_palette(frames, palette, size, rate):
            gif.mux(stream.encode(frame))
        gif.mux(stream.encode())


def _in_palette(
    frames: Callable[[], Iterator[av.VideoFrame]],
    palette: av.VideoFrame,
    size: tuple[int, int],
    rate: Fraction,
) -> Iterator[av.VideoFrame]:
    graph = av.filter.Graph()
    pictures, scaled = _scaled_source(graph, next(frames()), size, rate)
    colours = graph.add_buffer(
        width=palette.width, height=palette.height, format=palette.format, time_base=1 / rate
    )
    use = graph.add("paletteuse", "dither=sierra2_4a:diff_mode=rectangle")
    scaled.link_to(use, 0, 0)
    colours.link_to(use, 0, 1)
    _to_sink(graph, use)
    palette.pts, palette.time_base = 0, 1 / rate
    colours.push(palette)
    colours.push(None)
    for frame in _timed(frames(), rate):
        pictures.push(frame)
        yield from _pulled(graph)
    pictures.push(None)
    yield from _pulled(graph)


def _scaled_source(
    graph: av.filter.Graph, like: av.VideoFrame, size: tuple[int, int], rate: Fraction
) -> tuple[FilterContext, FilterContext]:
    source = graph.add_buffer(
        width=like.width, height=like.height, format=like.format, time_base=1 / rate
    )
    scaled = graph.add("scale", f"{size[0]}:{size[1]}:flags=area")
    source.link_to(scaled)
    return source, scaled


def _to_sink(graph: av.filter.Graph, last: FilterContext) -> None:
    last.link_to(graph.add("buffersink"))
    graph.configure()


def _write_webp(
    frames: Iterator[av.VideoFrame], out: Path, size: tuple[int, int], rate: Fraction
) -> None:
    with av.open(str(out), "w", format="webp", options={"loop": "0"}) as webp:
        stream = webp.add_stream("libwebp_anim", rate)
        stream.width, stream.height = size
        stream.pix_fmt = "bgra"
        stream.codec_context.options = _WEBP
        for frame in _timed((each.reformat(*size, format="bgra") for each in frames), rate):
            webp.mux(stream.encode(frame))
        webp.mux(stream.encode())


def _timed(frames: Iterator[av.VideoFrame], rate: Fraction) -> Iterator[av.VideoFrame]:
    for index, frame in enumerate(frames):
        frame.pts, frame.time_base = index, 1 / rate
        yield frame


def _pulled(graph: av.filter.Graph) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield cast("av.VideoFrame", graph.pull())
        except (av.EOFError, av.BlockingIOError):
            return
