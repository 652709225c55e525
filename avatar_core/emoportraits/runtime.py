"""A portrait model on its device: precision, memory, and the path that is fastest there."""

from __future__ import annotations

import logging
import os
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar_core.emoportraits.generator import SourceCode
from avatar_core.emoportraits.learned import learned_of
from avatar_core.emoportraits.onnx_decoder import onnx_decoder
from avatar_core.emoportraits.plate import unmixed_from_green
from avatar_core.emoportraits.recorded import RecordedWork
from avatar_core.emoportraits.source_detail import resized
from avatar_core.emoportraits.winograd import WinogradDecoder, suits
from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from torch import Tensor

    from avatar_core.emoportraits.model import PortraitModel
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.geometry.shapes import AnyArray

    _T = TypeVar("_T")
    _Drive = Callable[[SourceCode, Tensor, Tensor], Tensor]
    Decode = Callable[[Tensor], Tensor]
    _Reader = Callable[[Tensor], tuple[Tensor, ...]]

logger = logging.getLogger(__name__)

_MOST_TIMES = 2
"""How much larger than a model's own size pictures with the source's pixels get: what is blended
over them stays as coarse as the model is."""


class Precision(StrEnum):
    """In which numbers convolutions are computed; grids and sampling stay in float32."""

    FULL = "float32"
    HALF = "half"
    """bfloat16 on a processor that multiplies it, float16 on CUDA."""


def best_device() -> torch.device:
    """CUDA where there is any."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def best_precision(device: torch.device) -> Precision:
    """Half where the device computes it faster than float32."""
    if device.type == "cuda" or _multiplies_bfloat16():
        return Precision.HALF
    return Precision.FULL


def _multiplies_bfloat16() -> bool:
    """Whether the processor has matrix units for bfloat16 (AMX); emulated it is slower."""
    # What oneDNN is told to keep to (`ONEDNN_MAX_CPU_ISA`): torch asks the processor alone.
    most = os.environ.get("ONEDNN_MAX_CPU_ISA", "DEFAULT").upper()
    if most != "DEFAULT" and "AMX" not in most:
        return False
    # torch has no public name for it, and old releases have none at all.
    asked = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return asked is not None and bool(asked())


class PortraitRuntime:
    """Evaluates a model. One thread at a time.

    On a processor without matrix units, decoders as wide as the released one multiply less, see
    `winograd`; for small ones ONNX Runtime decodes where the extra `onnx` is installed.

    A device that runs out of memory is asked again at half precision; after that the processor
    takes over. `notice` hears of it in words.

    Args:
        model: with folded weights; moved to the device.
        name: of the model, for a status line.
        digest: tells models apart.
        device: the best one when left out.
        precision: the best one for the device when left out.
        notice: hears one sentence when the runtime had to change something.
        enhances: whether a second stage adds its detail, where the model has one; left out, on CUDA
            alone, because it costs a processor more than all the rest.
        compiles: on CUDA, what draws is compiled for the first picture, which takes a minute or two
            and pays for films and long performances. Launched as one graph it is in any case.
    """

    def __init__(
        self,
        model: PortraitModel,
        name: str,
        digest: str,
        device: torch.device | None = None,
        precision: Precision | None = None,
        notice: Callable[[str], None] = logger.warning,
        enhances: bool | None = None,
        compiles: bool = False,
    ) -> None:
        self.model = model
        self.name = name
        self.digest = digest
        self.learned = learned_of(model.extra, model.config.expression_size)
        self.device = device or best_device()
        self.precision = precision or best_precision(self.device)
        self._notice = notice
        self._enhances = enhances
        self._compiles = compiles
        self._drive: _Drive | None = None
        self._reader: _Reader | None = None
        self._place()

    @property
    def label(self) -> str:
        """The model and how it runs."""
        stage = ", enhanced" if self.enhances else ""
        return f"{self.name} ({self.device.type}, {self.precision}{stage})"

    @property
    def enhances(self) -> bool:
        """Whether pictures pass the second stage."""
        wanted = self.device.type == "cuda" if self._enhances is None else self._enhances
        return wanted and self.model.enhancer is not None

    def side_of(self, crop_px: float) -> int:
        """Side S at which a source's crop is best given, pixels.

        That is the model's own; a model that keeps the source's pixels draws as large as it is
        given them.

        Args:
            crop_px: side of the crop in its picture.
        """
        own = self.model.config.image_size
        if self.model.generator.detail_nw is None:
            return own
        return min(max(round(crop_px), own), _MOST_TIMES * own)

    def encode(self, image: UInt8, matte: UInt8) -> SourceCode:
        """All that driving needs of a source.

        Args:
            image: [S, S, 3] crop of the source, see `side_of`.
            matte: [S, S] how much of each pixel is the head.
        """
        return self._guarded(lambda: self._encode(image, matte))

    def restore(self, source: SourceCode, image: UInt8, matte: UInt8) -> SourceCode:
        """A source that was encoded before, with what is not kept of it.

        Args:
            source: as it was kept.
            image: [S, S, 3] crop that it was encoded from.
            matte: [S, S] how much of each pixel is the head.
        """
        with_picture = self.model.generator.with_picture

        def restored() -> SourceCode:
            with torch.inference_mode():
                picture, mask = self._picture(image), self._mask(matte)
                return with_picture(self._here(source), picture, mask)

        return self._guarded(restored)

    def read(self, image: UInt8) -> tuple[Tensor, Tensor]:
        """Theta [1, 4, 4] and latent [1, Z] of a driver's crop [S, S, 3]."""
        return self._guarded(lambda: self._read(self._picture(image)))

    def draw(self, source: SourceCode, latent: Tensor, theta: Tensor) -> Float32:
        """The picture [S, S, 3] 0..1 on green; a second stage has a size S of its own."""

        def drawn() -> Float32:
            drive = self._drive = self._drive or self._quickest()
            with torch.inference_mode(), self.autocast():
                image = drive(self._here(source), latent.to(self.device), theta.to(self.device))
                return _pixels(self._enhanced(image) if self.enhances else image)

        return self._guarded(drawn)

    def quickest_decoder(self) -> Decode:
        """What makes a posed volume [1, C, D, H, W] a picture [1, 3, S, S] fastest here; new."""
        generator = self.model.generator
        is_slow = self.device.type == "cpu" and self.precision is Precision.FULL
        if not is_slow:
            return generator.decode
        if suits(generator.decoder_nw, generator.config.latent_size):
            return WinogradDecoder(generator.decoder_nw).decode
        onnx = onnx_decoder(generator)
        return onnx.decode if onnx is not None else generator.decode

    def autocast(self) -> AbstractContextManager[object]:
        """In which the networks are to be evaluated."""
        if self.precision is Precision.FULL:
            return nullcontext()
        is_cuda = self.device.type == "cuda"
        kind = torch.float16 if is_cuda else torch.bfloat16
        return torch.autocast(self.device.type, dtype=kind, cache_enabled=not is_cuda)

    def tensor(self, array: AnyArray) -> Tensor:
        """An array as a batch of one on the device, float32."""
        return torch.from_numpy(np.array(array, np.float32, order="C"))[None].to(self.device)

    @staticmethod
    def array(tensor: Tensor) -> Float32:
        """The first of a batch as an array."""
        return np.asarray(tensor[0].float().cpu(), np.float32)

    def _encode(self, image: UInt8, matte: UInt8) -> SourceCode:
        picture, mask = self._picture(image), self._mask(matte)
        # Once and kept in files, so in full precision.
        with torch.inference_mode():
            own = self.model.config.image_size
            seen = resized(picture, own) * resized(mask, own)
            return self.model.generator.encode_source(picture, mask, self._pose(seen))

    def _read(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        is_cuda = self.device.type == "cuda"
        reader = self._reader or (RecordedWork(self._seen, self._notice) if is_cuda else self._seen)
        self._reader = reader
        with torch.inference_mode(), self.autocast():
            theta, latent = reader(picture)
            return theta.clone(), latent.clone()

    def _seen(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        theta = self._pose(picture)
        return theta, self.model.generator.expression(picture, theta).float()

    def _enhanced(self, image: Tensor) -> Tensor:
        """A drawn picture [1, 3, s, s] with the second stage's detail; green stays green."""
        assert self.model.enhancer is not None
        # Nothing but head, hair and neck is drawn: what covers the green is where detail belongs.
        head = self.tensor(unmixed_from_green(_pixels(image))[..., 3])[None]
        enhanced: Tensor = self.model.enhancer(image.float(), head, head)
        return enhanced

    def _pose(self, picture: Tensor) -> Tensor:
        return self.model.head_pose.pose(picture).theta

    def _picture(self, image: UInt8) -> Tensor:
        """[1, 3, S, S] 0..1."""
        picture = torch.from_numpy(np.ascontiguousarray(image)).to(self.device)
        return picture.permute(2, 0, 1)[None].float() / 255

    def _mask(self, matte: UInt8) -> Tensor:
        """[1, 1, S, S] 0..1."""
        return torch.from_numpy(matte.astype(np.float32) / 255)[None, None].to(self.device)

    def _here(self, source: SourceCode) -> SourceCode:
        if source.canonical.device.type == self.device.type:
            return source
        return SourceCode(*(part.to(self.device) for part in source.parts))

    def _place(self) -> None:
        generator = self.model.generator.to(self.device).eval()
        for drawing in (generator.decoder_nw, generator.detail_nw):
            if drawing is not None:
                drawing.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.model.head_pose.to(self.device).eval()
        if self.model.enhancer is not None:
            self.model.enhancer.to(self.device).eval()
        self._drive = self._reader = None

    def _quickest(self) -> _Drive:
        """What draws fastest here; made for the first picture, because some of it takes a while."""
        generator = self.model.generator
        if self.device.type == "cuda":
            return self._recorded()
        decode = self.quickest_decoder()

        def drive(source: SourceCode, latent: Tensor, theta: Tensor) -> Tensor:
            driven = generator.driven(source, latent, theta)
            return generator.finished(source, driven, decode(driven.volume), latent)

        return drive

    def _recorded(self) -> _Drive:
        """Drawing as one graph."""
        drive = self.model.generator.drive
        if self._compiles:
            drive = torch.compile(drive)

        def work(*parts: Tensor) -> tuple[Tensor]:
            return (drive(SourceCode(*parts[:-2]), *parts[-2:]),)

        recorded = RecordedWork(work, self._notice)
        return lambda source, *driver: recorded(*source.parts, *driver)[0]

    def _guarded(self, work: Callable[[], _T]) -> _T:
        while True:
            try:
                return work()
            except torch.OutOfMemoryError as error:
                self._make_do(error)
            except MemoryError as error:
                raise _no_memory() from error

    def _make_do(self, error: Exception) -> None:
        """Ask for less memory than what has just failed."""
        if self.device.type != "cuda":
            raise _no_memory() from error
        self._drive = self._reader = None  # graphs hold memory, and what they were recorded in
        torch.cuda.empty_cache()
        if self.precision is Precision.FULL:
            self.precision = Precision.HALF
            self._notice("The graphics card is full: the portrait runs at half precision.")
            return
        self.device = torch.device("cpu")
        self.precision = best_precision(self.device)
        self._place()
        self._notice("The graphics card is full: the portrait runs on the processor, slower.")


def _no_memory() -> DeviceError:
    return DeviceError(
        "There is not enough memory for the portrait model.", "Close other programs."
    )


def _pixels(image: Tensor) -> Float32:
    """The first picture [3, S, S] of a batch as [S, S, 3]."""
    return np.ascontiguousarray(image[0].float().permute(1, 2, 0).cpu().numpy())
