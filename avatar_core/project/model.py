"""The document: plain data, changed only by commands, saved by `io.project_file`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.mixer import MixerSettings

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.motion.take import Take

DEMO_AVATAR = "demo:rosa"
"""Reference of the bundled avatar; other references are paths."""


class Part(StrEnum):
    """The parts of a project a view may show; a `Change` names those it touched."""

    AVATAR = "avatar"
    EXPRESSION = "expression"
    MIXER = "mixer"
    DRIVING = "driving"
    TAKES = "takes"
    SCENE = "scene"
    SELECTION = "selection"


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit touched."""

    parts: frozenset[Part]

    @classmethod
    def of(cls, *parts: Part) -> Change:
        return cls(frozenset(parts))

    def __or__(self, other: Change) -> Change:
        return Change(self.parts | other.parts)


@dataclass(slots=True)
class Expression:
    """The sliders: a pose held under, or instead of, what drives the avatar.

    `weights` [52] 0..1 in ARKit packet order, `head_rotation` [3] radians, `head_translation`
    [3] metres, `gaze` [2] (yaw, pitch) radians for both eyes.
    """

    weights: Float32 = field(default_factory=lambda: np.zeros(52, np.float32))
    head_rotation: Float32 = field(default_factory=lambda: np.zeros(3, np.float32))
    head_translation: Float32 = field(default_factory=lambda: np.zeros(3, np.float32))
    gaze: Float32 = field(default_factory=lambda: np.zeros(2, np.float32))


@dataclass(slots=True)
class Scene:
    """How the avatar is shown: background colour (sRGB 0..1) and what is drawn."""

    background: tuple[float, float, float] = (0.46, 0.46, 0.46)
    show_grid: bool = True
    show_hair: bool = True


@dataclass(slots=True)
class Clip:
    """A recorded film: where it lies and which take it shows."""

    path: str
    take_id: str
    width_px: int
    height_px: int
    fps: float


@dataclass(slots=True)
class Project:
    """Everything an artist's work consists of."""

    name: str = "Untitled"
    avatar: str = DEMO_AVATAR
    avatar_sha256: str = ""
    expression: Expression = field(default_factory=Expression)
    mixer: MixerSettings = field(default_factory=MixerSettings)
    source: str = "sliders"
    takes: dict[str, Take] = field(default_factory=dict)
    active_take: str | None = None
    clips: dict[str, Clip] = field(default_factory=dict)
    scene: Scene = field(default_factory=Scene)
