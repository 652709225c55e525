"""How the viewport shows the avatar: display modes and what is hidden."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.viewport.display import NEURAL_VIEWS, Display, Subject
from avatar_core.errors import AvatarError
from avatar_core.project import Change, FaceKind, Part
from avatar_core.render.scene import Blending, FaceView, HairView

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from app.viewport.view_bar import ViewBar


@dataclass(frozen=True, slots=True)
class _Switch:
    """What an action reads of the display, and what becomes of it."""

    is_on: Callable[[Display], bool]
    put: Callable[[Display, bool], Display]


_SWITCHES: dict[str, _Switch] = {
    "ellipsoids": _Switch(
        lambda now: now.hair_view == HairView.ELLIPSOIDS,
        lambda now, on: now.with_hair(HairView.ELLIPSOIDS if on else HairView.SOFT),
    ),
    "face_only": _Switch(
        lambda now: now.subject == Subject.FACE,
        lambda now, on: replace(now, subject=Subject.FACE if on else Subject.WHOLE),
    ),
    "hair_only": _Switch(
        lambda now: now.subject == Subject.HAIR,
        lambda now, on: replace(now, subject=Subject.HAIR if on else Subject.WHOLE),
    ),
    "exact": _Switch(
        lambda now: now.blending == Blending.EXACT,
        lambda now, on: replace(now, blending=Blending.EXACT if on else Blending.CLEAN),
    ),
    "wireframe": _Switch(
        lambda now: now.shows_wireframe, lambda now, on: replace(now, shows_wireframe=on)
    ),
    "depth": _Switch(lambda now: now.shows_depth, lambda now, on: replace(now, shows_depth=on)),
    "headlight": _Switch(
        lambda now: now.has_headlight, lambda now, on: replace(now, has_headlight=on)
    ),
    **{
        f"face_{face}": _Switch(
            # Over the depth picture no view of the face is to be seen.
            lambda now, face=face: now.face_view == face,  # type: ignore[misc]
            lambda now, _on, face=face: now.with_face(face),  # type: ignore[misc]
        )
        for face in FaceView
    },
}


class DisplayHandler(QObject):
    """Turns display actions into what the viewport shows, and says when that is not the usual.

    Display modes are kept beside the document, like the camera.
    """

    changed = Signal(object)
    """The `Display` that is shown now."""

    def __init__(self, context: StudioContext, view: AvatarView, bar: ViewBar) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._bar = bar
        actions = context.actions
        for name, switch in _SWITCHES.items():
            actions[f"view.{name}"].triggered.connect(
                lambda on, switch=switch: self.use(switch.put(view.display, on))
            )
        actions["view.display_reset"].triggered.connect(lambda: self.use(Display()))
        actions["view.display"].triggered.connect(bar.toggle_display)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def refresh(self) -> None:
        """Look at the project as it was last looked at."""
        self.use(Display.from_plain(self._context.session.view_state.get("display")))
        self._offer_views()

    # display

    def use(self, display: Display) -> None:
        """Look at the avatar in this way."""
        self._view.set_display(display)
        self._context.session.view_state["display"] = display.to_plain()
        for name, switch in _SWITCHES.items():
            self._context.actions[f"view.{name}"].setChecked(switch.is_on(display))
        self._context.actions["view.display_reset"].setEnabled(not display.is_plain)
        self._bar.show_notes(display.notes)
        self.changed.emit(display)

    def _changed(self, change: Change) -> None:
        if Part.AVATAR in change.parts:
            self._offer_views()

    def _offer_views(self) -> None:
        """Offer the parts of a neural face's texture where there is one."""
        try:
            is_neural = self._context.session.avatar.face.kind == FaceKind.NEURAL
        except AvatarError:
            is_neural = False
        for face in NEURAL_VIEWS:
            self._context.actions[f"view.face_{face}"].setEnabled(is_neural)
        if not is_neural and self._view.display.face_view in NEURAL_VIEWS:
            self.use(replace(self._view.display, face_view=FaceView.COLOUR))
