"""Desks: what workspaces add to the studio, built when it is first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from app.handlers.avatar_export import AvatarExporter
from app.workspaces import GROOM, PAINT, TRAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QDockWidget, QStackedWidget, QWidget

    from app.handlers.context import StudioContext
    from app.handlers.display import DisplayHandler
    from app.handlers.groom_desk import GroomDesk
    from app.handlers.paint_desk import PaintDesk
    from app.handlers.render_queue import RenderDesk
    from app.handlers.train_desk import TrainDesk
    from app.viewport.avatar_view import AvatarView
    from app.workspaces import Workspace


class Desk(Protocol):
    """Panels and handlers of a workspace, put together."""

    @property
    def docked(self) -> Mapping[str, QWidget]:
        """Its panels, by the names of their docks."""

    def set_open(self, is_open: bool) -> None:
        """Enter the workspace or leave it."""

    def refresh(self) -> None:
        """Show everything as it is now."""

    def shutdown(self) -> None:
        """End everything that runs in the background."""


DeskT = TypeVar("DeskT", bound=Desk)


class LateDesk(Generic[DeskT]):
    """A desk that the first picture can do without.

    Its docks are there from the start, so that layouts are restored, and stand empty until then.

    Args:
        build: makes it; its imports come along.
        docks: of the window, by name.
    """

    def __init__(self, build: Callable[[], DeskT], docks: Mapping[str, QDockWidget]) -> None:
        self._build = build
        self._docks = docks
        self._desk: DeskT | None = None

    @property
    def is_built(self) -> bool:
        return self._desk is not None

    def get(self) -> DeskT:
        """The desk; one that was not there before shows everything as it is now."""
        if self._desk is None:
            self._desk = self._build()
            for name, panel in self._desk.docked.items():
                self._docks[name].setWidget(panel)
            self._desk.refresh()
        return self._desk

    def set_open(self, is_open: bool) -> None:
        """Enter the workspace or leave it."""
        if is_open or self._desk is not None:
            self.get().set_open(is_open)

    def refresh(self) -> None:
        if self._desk is not None:
            self._desk.refresh()

    def shutdown(self) -> None:
        if self._desk is not None:
            self._desk.shutdown()


class Desks(QObject):
    """The desks of the window: built once the avatar is on the screen, or earlier if needed.

    To be made after whoever brings avatars into the viewport: these come without edits and paint.

    Args:
        context: the document.
        view: the viewport.
        display: says how the avatar is looked at.
        docks: of the window, by name.
        pages: the middle of the window.
    """

    hair_saved = Signal()
    """There is a hairstyle more."""
    avatar_delivered = Signal(object)
    """There is an avatar more: its `LibraryEntry`."""
    stage_requested = Signal(str)
    """The file of an avatar that the user wants on the stage."""

    def __init__(
        self,
        context: StudioContext,
        view: AvatarView,
        display: DisplayHandler,
        docks: Mapping[str, QDockWidget],
        pages: QStackedWidget,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._display = display
        self._pages = pages
        self._docks = docks
        self.exporter = AvatarExporter(context, view)
        self._groom = LateDesk(self._make_groom, docks)
        self._paint = LateDesk(self._make_paint, docks)
        self._train = LateDesk(self._make_train, docks)
        self._renders = LateDesk(self._make_renders, docks)
        self._all: list[tuple[str, LateDesk[Any]]] = [
            (GROOM.id, self._groom),
            (PAINT.id, self._paint),
            (TRAIN.id, self._train),
            ("", self._renders),
        ]
        self._timer = QTimer(self)  # pictures are drawn between one desk and the next
        self._timer.timeout.connect(self._build_next)
        view.first_painted.connect(lambda: self._timer.start())
        view.failed.connect(lambda _error: self._timer.start())
        context.events.replaced.connect(self._build_used)

    @property
    def groom(self) -> GroomDesk:
        return self._groom.get()

    @property
    def paint(self) -> PaintDesk:
        return self._paint.get()

    @property
    def train(self) -> TrainDesk:
        return self._train.get()

    @property
    def renders(self) -> RenderDesk:
        """The render queue, which belongs to no workspace."""
        return self._renders.get()

    def add(self, workspace: Workspace, build: Callable[[], DeskT]) -> LateDesk[DeskT]:
        """A desk of somebody else's making; a workspace may have several."""
        desk = LateDesk(build, self._docks)
        self._all.append((workspace.id, desk))
        return desk

    def prepare(self, workspace: Workspace) -> None:
        """Have panels ready for the docks of a workspace."""
        for name, desk in self._all:
            if name == workspace.id:
                desk.get()

    def open(self, workspace: Workspace) -> None:
        """Enter a workspace and leave all others."""
        # Who leaves gives the mouse back before the next one takes it.
        for name, desk in sorted(self._all, key=lambda each: each[0] == workspace.id):
            desk.set_open(name == workspace.id)

    def refresh(self) -> None:
        """Show everything as it is now."""
        for _name, desk in self._all:
            desk.refresh()
        self._build_used()

    def shutdown(self) -> None:
        self._timer.stop()
        self.exporter.shutdown()
        for _name, desk in self._all:
            desk.shutdown()

    def _make_groom(self) -> GroomDesk:
        from app.handlers.groom_desk import GroomDesk

        desk = GroomDesk(self._context, self._view)
        desk.swapping.hair_saved.connect(self.hair_saved)
        desk.hair_export_wanted.connect(
            lambda is_posed: self.exporter.open_for_hair(is_posed=is_posed)
        )
        return desk

    def _make_paint(self) -> PaintDesk:
        from app.handlers.paint_desk import PaintDesk

        return PaintDesk(self._context, self._view, self._display)

    def _make_train(self) -> TrainDesk:
        from app.handlers.train_desk import TrainDesk

        desk = TrainDesk(self._context, self._pages)
        desk.delivered.connect(self.avatar_delivered)
        desk.stage_requested.connect(self.stage_requested)
        return desk

    def _make_renders(self) -> RenderDesk:
        from app.handlers.render_queue import RenderDesk

        return RenderDesk(self._context, self._view, self._docks)

    def _build_used(self) -> None:
        """Build those without which the project does not look as it should."""
        project = self._context.project
        if not project.hair_edits.is_empty:
            self._groom.get()
        if not project.painting.is_empty or project.painting.baked is not None:
            self._paint.get()

    def _build_next(self) -> None:
        late = [desk for _name, desk in self._all if not desk.is_built]
        if late:
            late[0].get()
        else:
            self._timer.stop()
