"""Which engine makes a portrait move, and models that are loaded once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_core.emoportraits.performer import Performer, WarpPerformer
from avatar_core.errors import WeightsError
from avatar_core.exchange.portrait_codes import keep_code, with_kept_code
from avatar_core.io.portrait_models import (
    PortraitModelEntry,
    bundled_models_folder,
    portrait_models,
)
from avatar_core.project.portrait_settings import PortraitEngine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.emoportraits.model_performer import ModelPerformer
    from avatar_core.emoportraits.runtime import PortraitRuntime
    from avatar_core.project import Portrait, PortraitSettings

logger = logging.getLogger(__name__)

COMPILING = "The portrait model is compiled for this graphics card: a minute or two."


@dataclass(frozen=True, slots=True)
class ModelWishes:
    """How models are to run on this machine; see `PortraitRuntime`.

    Args:
        enhances: whether a second stage adds its detail; None leaves it to the device.
        compiles: whether drawing is compiled on CUDA.
    """

    enhances: bool | None = None
    compiles: bool = False


class PortraitEngines:
    """Opens performers; a model is loaded once for all portraits. One thread at a time.

    Args:
        notice: hears one sentence when a device had to make do with less.
        list_models: lists the models; those of this machine when left out.
        codes: folder of what models made of portraits; see `portrait_codes`.

    Attributes:
        wishes: how models are to run; those who are opened after a change run so.
    """

    def __init__(
        self,
        notice: Callable[[str], None] = logger.warning,
        list_models: Callable[[], list[PortraitModelEntry]] = portrait_models,
        codes: Path | None = None,
    ) -> None:
        self._notice = notice
        self._list_models = list_models
        self._codes = codes
        self.wishes = ModelWishes()
        self._loaded: tuple[Path, ModelWishes, PortraitRuntime] | None = None

    def open(self, portrait: Portrait, settings: PortraitSettings) -> Performer:
        """What makes a portrait move, as its settings want it.

        The best engine is an imported model, and without one the landmark warp: it keeps the
        picture's own pixels, of which the bundled model draws few. Pictures in which no face was
        found are left to a model in any case.

        Raises:
            WeightsError: a model is asked for and there is none, or it is damaged.
            FaceNotFoundError: a warp of a picture without a face.
            DeviceError: too little memory.
        """
        entry = self.chosen(portrait, settings)
        if entry is None:
            return WarpPerformer(portrait)
        return model_performer(self.runtime(entry), portrait, self._codes)

    def chosen(self, portrait: Portrait, settings: PortraitSettings) -> PortraitModelEntry | None:
        """The model that is used; None for the landmark warp."""
        if settings.engine is PortraitEngine.WARP:
            return None
        entries = self._list_models()
        imported = [each for each in entries if not is_bundled_model(each)]
        if imported:
            return imported[0]
        if settings.engine is PortraitEngine.MODEL or portrait.landmarks is None:
            if not entries:
                raise WeightsError(
                    "There is no portrait model.",
                    "Import the EMOPortraits weights, or choose the landmark warp.",
                )
            return entries[0]
        return None

    def runtime(self, entry: PortraitModelEntry) -> PortraitRuntime:
        """A model on its device. The latest stays loaded."""
        if self._loaded is None or self._loaded[:2] != (entry.path, self.wishes):
            self._loaded = None  # its memory goes before the next one comes
            runtime = load_runtime(entry.path, self._notice, self.wishes)
            self._loaded = (entry.path, self.wishes, runtime)
            if self.wishes.compiles and runtime.device.type == "cuda":
                self._notice(COMPILING)
        return self._loaded[2]


def model_performer(
    runtime: PortraitRuntime, portrait: Portrait, codes: Path | None = None
) -> ModelPerformer:
    """A portrait moved by a model, encoded now unless it was before.

    Args:
        runtime: the model on its device.
        portrait: who performs.
        codes: folder of what models made of portraits; see `portrait_codes`.

    Raises:
        DeviceError: too little memory.
    """
    from avatar_core.emoportraits.model_performer import ModelPerformer

    known = with_kept_code(portrait, runtime.digest, codes)
    performer = ModelPerformer(runtime, known)
    if runtime.digest not in known.codes:
        keep_code(portrait, runtime.digest, performer.code, codes)
    return performer


def load_runtime(
    path: Path,
    notice: Callable[[str], None] = logger.warning,
    wishes: ModelWishes = ModelWishes(),
) -> PortraitRuntime:
    """A model file, ready to evaluate on the best device.

    Raises:
        AssetError: missing or damaged.
        ProjectFormatError: no portrait model, or one of a newer release.
        WeightsError: weights that do not fit.
    """
    from avatar_core.emoportraits.model import portrait_model
    from avatar_core.emoportraits.runtime import PortraitRuntime
    from avatar_core.io.portrait_model_file import load_portrait_model

    file = load_portrait_model(path)
    model = portrait_model(file.info.config, file.arrays)
    return PortraitRuntime(
        model,
        file.info.name,
        file.info.digest,
        notice=notice,
        enhances=wishes.enhances,
        compiles=wishes.compiles,
    )


def is_bundled_model(entry: PortraitModelEntry) -> bool:
    """Whether a model ships with the studio."""
    return entry.path.parent == bundled_models_folder()
