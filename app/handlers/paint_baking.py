"""Baking: when it is done, how far it is, and what the viewport shows of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.panels.paint_bake import BakeState
from app.workers.face_atlas import PATIENCE_S
from app.workers.paint_baker import BakedFace, bake_painting, dressed_face
from app.workers.tasks import TaskRunner
from avatar_core.commands import SetBakedPaint
from avatar_core.project.asset import FaceKind
from avatar_core.project.paint import LayerKind, TexturePart
from avatar_core.texture.changes import looks
from avatar_core.texture.content import content_digest

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.paint_face import PaintFace
    from app.panels.paint_bake import PaintBakeBody
    from app.viewport.avatar_view import AvatarView
    from avatar_core.errors import AvatarError
    from avatar_core.project import AvatarAsset, FaceAsset, Painting

_PAUSE_MS = 3000
_KEPT = 3
_MOST_TAKES = 4
"""Of the newest, paint is made to look right in their expressions."""

_BY_ITSELF = "bake_paint"


class BakeHandler(QObject):
    """Makes paint part of the neural texture, and shows the face that has it.

    Layers are never touched, so a bake that is stopped, or that fails, costs nothing but itself.
    By itself it bakes only what is newest: never when that would cost steps that can be redone.

    Args:
        context: the document.
        face: the face on the stage.
        view: where it is seen.
        panel: the badge.
    """

    def __init__(
        self, context: StudioContext, face: PaintFace, view: AvatarView, panel: PaintBakeBody
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._face = face
        self._view = view
        self._panel = panel
        self._faces: list[BakedFace] = []
        self._shown: FaceAsset | None = None
        self._is_open = False
        self._named: AvatarAsset | None = None
        self._asset: AvatarAsset | None = None
        self._source = ""
        self._baker = TaskRunner("bake", self)
        self._baker.progressed.connect(
            lambda fraction, _words: panel.show_state(BakeState.BAKING, fraction)
        )
        self._baker.finished.connect(self._land)
        self._baker.failed.connect(self._tell)
        self._baker.cancelled.connect(self._show_state)
        self._dresser = TaskRunner("baked face", self)
        self._dresser.finished.connect(self._take)
        self._dresser.failed.connect(self._tell)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._bake_by_itself)
        actions = context.actions
        actions["paint.bake_auto"].setChecked(
            context.preferences.remembered(_BY_ITSELF) is not False
        )
        actions["paint.bake_auto"].triggered.connect(self._switch)
        actions["paint.bake"].triggered.connect(self.bake)
        actions["paint.unbake"].triggered.connect(
            lambda: context.push(SetBakedPaint.of(context.project, None))
        )
        face.edited.connect(self.refresh)
        face.atlas_ready.connect(self.refresh)

    @property
    def state(self) -> BakeState:
        """Where the paint of the document is."""
        if self._baker.is_running:
            return BakeState.BAKING
        baked = self._painting.baked
        if baked is not None and content_digest(self._painting) == baked.source:
            return BakeState.BAKED
        return BakeState.LIVE if baked is not None or self._has_colour else BakeState.NONE

    def set_open(self, is_open: bool) -> None:
        """Whether the actions may be offered at all: in the Paint workspace."""
        self._is_open = is_open
        self.refresh()

    def pause(self) -> None:
        """A stroke begins: it has the processor, and what is baked now would be stale after it."""
        self._pause.stop()
        self._baker.stop()

    def bake(self) -> None:
        """Bake in the background; the newest wish wins."""
        self._pause.stop()
        atlas, painting = self._face.atlas, self._painting
        if atlas is None or not self._can_bake:
            return
        if not self._has_colour:
            self._context.push(SetBakedPaint.of(self._context.project, None))
            return
        asset, self._source = atlas.asset, content_digest(painting)
        takes = tuple(self._context.project.takes.values())[-_MOST_TAKES:]
        self._baker.start(lambda task: bake_painting(asset, atlas, painting, task, takes))
        self._show_state()

    def refresh(self) -> None:
        """Follow the document: show the face that it says is baked, and offer what can be done."""
        if self._baker.is_running and content_digest(self._painting) != self._source:
            self._baker.stop()
        if not self._face.is_renewed:
            self._follow_avatar()
            self._wear()
        self._show_state()
        is_wanted = self._context.actions["paint.bake_auto"].isChecked() and self._is_open
        if is_wanted and self._can_bake and self.state is BakeState.LIVE:
            self._pause.start()
        else:
            self._pause.stop()

    def shutdown(self) -> None:
        self._pause.stop()
        self._baker.shutdown(PATIENCE_S)
        self._dresser.shutdown(PATIENCE_S)

    @property
    def _painting(self) -> Painting:
        return self._context.project.painting

    @property
    def _bare(self) -> AvatarAsset | None:
        """The avatar that paint is baked into: with skin that was copied, once that is known."""
        atlas = self._face.atlas
        return self._face.asset if atlas is None else atlas.asset

    @property
    def _can_bake(self) -> bool:
        asset = self._face.asset
        return asset is not None and asset.face.kind is FaceKind.NEURAL

    @property
    def _has_colour(self) -> bool:
        painting = self._painting
        return any(
            painting.layers[each].kind is not LayerKind.GROUP
            for each in looks(painting, TexturePart.COLOUR)
        )

    def _bake_by_itself(self) -> None:
        if not self._context.session.history.can_redo:
            self.bake()

    def _switch(self, is_on: bool) -> None:
        self._context.preferences.remember(_BY_ITSELF, is_on)
        self.refresh()

    def _follow_avatar(self) -> None:
        """Forget the faces of another avatar, or of one with other skin."""
        named = self._face.asset
        if named is None or self._named is None or named.face is not self._named.face:
            self._shown = None  # it was brought into the view as it is
        self._named = named
        asset = self._bare
        if asset is None or self._asset is None or asset.face is not self._asset.face:
            self._faces = []
        self._asset = asset

    def _wear(self) -> None:
        """Show the face that the document says is baked, as soon as there is one."""
        baked, asset = self._painting.baked, self._asset
        known = next((each for each in self._faces if each.baked is baked), None)
        if asset is None or not self._can_bake:
            return
        if baked is None or known is not None:
            self._show(known)
            return
        self._show(None)
        self._dresser.start(lambda task: dressed_face(asset, baked, task))

    def _land(self, made: BakedFace) -> None:
        """A bake is done: one step of the history, unless something was painted meanwhile."""
        if content_digest(self._painting) == made.baked.source:
            self._keep(made)
            self._context.push(SetBakedPaint.of(self._context.project, made.baked))
        self._show_state()

    def _take(self, made: BakedFace) -> None:
        if made.baked is self._painting.baked:
            self._keep(made)
            self._wear()
            self._show_state()

    def _keep(self, made: BakedFace) -> None:
        self._faces = [made, *self._faces][:_KEPT]

    def _show(self, wanted: BakedFace | None) -> None:
        asset = self._face.asset
        if asset is None or self._asset is None:
            return
        face = self._asset.face if wanted is None else wanted.asset.face
        if (self._shown or asset.face) is not face:
            self._shown = face
            self._view.set_face(replace(asset, face=face))  # the hair may be another by now
        self._face.wear(None if wanted is None else wanted.baked)

    def _show_state(self) -> None:
        state, actions = self.state, self._context.actions
        self._panel.show_state(state)
        is_offered = self._is_open and self._can_bake
        is_bakeable = is_offered and self._face.atlas is not None
        actions["paint.bake"].setEnabled(is_bakeable and state is BakeState.LIVE)
        actions["paint.bake_auto"].setEnabled(is_offered)
        actions["paint.unbake"].setEnabled(is_offered and self._painting.baked is not None)

    def _tell(self, error: AvatarError) -> None:
        self._show_state()
        self._context.toast.show_error(error.message, error.hint)
