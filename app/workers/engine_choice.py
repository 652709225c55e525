"""Which engine would move a portrait, in words, for the background: it loads networks' modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_core.errors import AvatarError
from avatar_core.io.portrait_model_file import load_portrait_model

if TYPE_CHECKING:
    from app.workers.tasks import TaskContext
    from avatar_core.io.portrait_models import PortraitModelEntry
    from avatar_core.project import Portrait, PortraitSettings

WARP_WORDS = (
    "Landmark warp, a preview: it bends the photograph itself and needs no weights. Large turns"
    " stretch it, and what the picture does not show, such as teeth, is painted simply."
)
_DEVIATIONS = "latent_basis.deviations"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What would move a portrait.

    Args:
        words: a sentence or two on what it is, and how good.
        latents: sliders that its model offers.
        has_detail: its model has a second stage.
        is_on_card: its model runs on a graphics card.
    """

    words: str
    latents: int = 0
    has_detail: bool = False
    is_on_card: bool = False


def choose_engine(
    portrait: Portrait, settings: PortraitSettings, task: TaskContext | None = None
) -> EngineChoice:
    """What the settings of a portrait lead to on this machine, as it is now.

    Args:
        portrait: the picture.
        settings: name the engine.
        task: notices a stop.
    """
    if task is not None:
        task.step(0.0)
    from avatar_core.exchange.portrait_engines import PortraitEngines

    try:
        entry = PortraitEngines().chosen(portrait, settings)
        if entry is None:
            return EngineChoice(WARP_WORDS)
        return _choice_of(entry)
    except AvatarError as error:
        return EngineChoice(f"{error.message} {error.hint}".strip())


def _choice_of(entry: PortraitModelEntry) -> EngineChoice:
    from avatar_core.emoportraits.runtime import best_device

    model = load_portrait_model(entry.path)
    deviations = model.piece("extra").get(_DEVIATIONS)
    return EngineChoice(
        f"{entry.info.name}: {entry.info.description}",
        latents=0 if deviations is None else len(deviations),
        has_detail=bool(model.piece("enhancer")),
        is_on_card=best_device().type == "cuda",
    )
