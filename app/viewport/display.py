"""Display: what the viewport shows of the avatar and how, apart from the document's scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from avatar_core.render.scene import Blending, FaceView, HairView, SceneOptions

_HEADLIGHT = 0.5


class Subject(StrEnum):
    """What of the avatar is there."""

    WHOLE = "whole"
    FACE = "face"
    HAIR = "hair"


FACE_WORDS: dict[FaceView, str] = {
    FaceView.COLOUR: "Colour",
    FaceView.DIFFUSE: "Diffuse",
    FaceView.VIEW: "View part",
    FaceView.DYNAMIC: "Dynamic part",
    FaceView.DISPLACEMENT: "Displacement",
    FaceView.UV: "UV",
    FaceView.PARTS: "Parts",
}
"""What each view of the face is called, everywhere."""

NEURAL_VIEWS = frozenset((FaceView.DIFFUSE, FaceView.VIEW, FaceView.DYNAMIC, FaceView.DISPLACEMENT))
"""Views that only a neural face has."""

MOST_STRENGTH = 2.0
"""How much of a part of a neural face's texture there can be, at most."""

_SUBJECT_WORDS = {Subject.FACE: "Face only", Subject.HAIR: "Hair only"}


@dataclass(frozen=True, slots=True)
class Display:
    """A way to look at the avatar; the default is the picture as it is meant to be.

    Args:
        blending: how hair and face become one picture.
        face_view: what is drawn on the face.
        hair_view: how the Gaussians are drawn.
        subject: what of the avatar is there.
        has_headlight: a light at the eye shapes the face.
        shows_depth: distances instead of colours.
        shows_wireframe: the mesh's edges over the picture.
        view_strength, dynamic_strength: how much of these parts goes into a neural face: 0 nothing,
            1 as it is, 2 twice.
    """

    blending: Blending = Blending.CLEAN
    face_view: FaceView = FaceView.COLOUR
    hair_view: HairView = HairView.SOFT
    subject: Subject = Subject.WHOLE
    has_headlight: bool = False
    shows_depth: bool = False
    shows_wireframe: bool = False
    view_strength: float = 1.0
    dynamic_strength: float = 1.0

    @property
    def is_plain(self) -> bool:
        """Whether nothing differs from the picture as it is meant to be."""
        return self == Display()

    @property
    def notes(self) -> tuple[str, ...]:
        """What differs, the most striking first: words for a button."""
        notes = {
            "Depth": self.shows_depth,
            FACE_WORDS[self.face_view]: self.face_view != FaceView.COLOUR,
            _SUBJECT_WORDS.get(self.subject, ""): self.subject != Subject.WHOLE,
            "Ellipsoids": self.hair_view == HairView.ELLIPSOIDS,
            "Exact blending": self.blending == Blending.EXACT,
            "Wireframe": self.shows_wireframe,
            "Headlight": self.has_headlight,
            "View strength": self.view_strength != 1.0,
            "Dynamic strength": self.dynamic_strength != 1.0,
        }
        return tuple(words for words, differs in notes.items() if differs)

    def with_face(self, face_view: FaceView) -> Display:
        """Another view of the face, and nothing that would keep it from being seen."""
        subject = Subject.WHOLE if self.subject == Subject.HAIR else self.subject
        return replace(self, face_view=face_view, subject=subject, shows_depth=False)

    def with_hair(self, hair_view: HairView) -> Display:
        """Another view of the hair, and nothing that would keep it from being seen."""
        subject = Subject.WHOLE if self.subject == Subject.FACE else self.subject
        return replace(self, hair_view=hair_view, subject=subject, shows_depth=False)

    def applied_to(self, scene: SceneOptions) -> SceneOptions:
        """The document's scene, looked at in this way."""
        return replace(
            scene,
            blending=self.blending,
            face_view=self.face_view,
            part_strengths=(self.view_strength, self.dynamic_strength),
            hair_view=self.hair_view,
            show_face=scene.show_face and self.subject != Subject.HAIR,
            # Who asks for the hair alone wants to see it.
            show_hair=self.subject == Subject.HAIR
            or (scene.show_hair and self.subject != Subject.FACE),
            shading=_HEADLIGHT if self.has_headlight else scene.shading,
            show_depth=self.shows_depth,
            show_wireframe=self.shows_wireframe,
        )

    def to_plain(self) -> dict[str, Any]:
        """What differs, as plain data."""
        values = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        return {
            name: value if isinstance(value, (bool, float)) else str(value)
            for name, (value, default) in values.items()
            if value != default
        }

    @classmethod
    def from_plain(cls, kept: object) -> Display:
        """The display of plain data of unknown origin; what makes no sense is left out."""
        stored = kept if isinstance(kept, Mapping) else {}
        known: dict[str, Any] = {}
        for each in fields(cls):
            value, default = stored.get(each.name), each.default
            if isinstance(default, bool):
                known[each.name] = value if isinstance(value, bool) else default
            elif isinstance(default, float):
                known[each.name] = _strength(value, default)
            elif isinstance(default, StrEnum) and isinstance(value, str):
                kind = type(default)
                known[each.name] = kind(value) if value in set(kind) else default
        return cls(**known)


def _strength(kept: object, default: float) -> float:
    # Comparisons with NaN are false.
    is_strength = isinstance(kept, (int, float)) and 0 <= kept <= MOST_STRENGTH
    return float(kept) if is_strength and not isinstance(kept, bool) else default  # type: ignore[arg-type]
