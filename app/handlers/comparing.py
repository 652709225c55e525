"""Before and after: the avatar as it was loaded, beside what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from app.viewport.comparison import BeforeAvatar, Compare
from app.workers.backends import build_avatar
from app.workers.driving import DrivenMotion
from app.workers.inference import InferenceLoop
from app.workers.latest import Latest
from avatar_core.mega import neutral_frame
from avatar_core.project import Change, Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from avatar_core.errors import AvatarError
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Camera
    from avatar_core.mega import Avatar
    from avatar_core.project import AvatarAsset

_SHUTDOWN_S = 15.0
"""A model that is loading cannot be stopped."""


class CompareHandler(QObject):
    """Shows the avatar before the project's edits, beside it or instead of it.

    It is evaluated on a thread of its own, and only while it is to be seen.

    Args:
        context: the document.
        view: where both are shown.
        build: makes the avatar of an asset, on the thread.
    """

    _failed = Signal(object)

    def __init__(
        self,
        context: StudioContext,
        view: AvatarView,
        build: Callable[[AvatarAsset], Avatar] = build_avatar,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._build = build
        self._asset: AvatarAsset | None = None
        self._loop: InferenceLoop | None = None
        self._ending: list[InferenceLoop] = []
        self._failed.connect(self._give_up, Qt.ConnectionType.QueuedConnection)
        self._split, self._only = (context.actions[f"view.{name}"] for name in ("split", "before"))
        # Elsewhere Tab leads from one field to the next.
        self._only.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        view.addAction(self._only)
        for action in (self._split, self._only):
            action.toggled.connect(self._show)
        view.camera_changed.connect(self._pass_camera)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def refresh(self) -> None:
        """Offer a comparison where there is something to compare."""
        project = self._context.project
        is_edited = project.hair != "" or bool(project.hair_edits.layers)
        for action in (self._split, self._only):
            action.setEnabled(is_edited)
            if not is_edited:
                action.setChecked(False)
        self._show()

    def shutdown(self) -> None:
        self._stop()
        for loop in self._ending:
            loop.join(_SHUTDOWN_S)

    def _changed(self, change: Change) -> None:
        if {Part.AVATAR, Part.HAIR} & change.parts:
            self.refresh()

    def _show(self) -> None:
        mode = Compare.SPLIT if self._split.isChecked() else Compare.AFTER
        mode = Compare.BEFORE if self._only.isChecked() else mode
        if mode is Compare.AFTER:
            self._stop()
        else:
            self._context.errors.attempt(self._start)
        self._view.show_comparison(mode if self._loop is not None else Compare.AFTER)

    def _start(self) -> None:
        asset = self._context.session.avatars.load(self._context.project.avatar)
        if asset is self._asset:
            return
        self._stop()
        frames: Latest[AvatarFrame] = Latest()
        loop = InferenceLoop(frames, self._build, self._failed.emit)
        loop.set_avatar(asset)
        loop.cameras.put(self._view.camera())
        loop.start()
        self._asset, self._loop = asset, loop

        def request(frame: AvatarFrame) -> None:
            loop.motions.put(DrivenMotion(frame.motion))

        self._view.compare_with(BeforeAvatar(asset, neutral_frame(asset), frames, request))

    def _stop(self) -> None:
        loop, self._loop, self._asset = self._loop, None, None
        if loop is not None:
            loop.stop()
            self._ending = [*(each for each in self._ending if each.is_alive), loop]
            self._view.compare_with(None)

    def _pass_camera(self, camera: Camera) -> None:
        if self._loop is not None:
            self._loop.cameras.put(camera)

    def _give_up(self, error: AvatarError) -> None:
        for action in (self._split, self._only):
            action.setChecked(False)
        self._context.toast.show_error(error.message, error.hint)
