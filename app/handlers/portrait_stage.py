"""The portraits on the stage: their view beside the avatar's, and who performs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.handlers.remembered import number_of
from avatar_core.project import Change, Part

if TYPE_CHECKING:
    from PySide6.QtWidgets import QSplitter

    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from app.viewport.portrait_view import PortraitView
    from app.viewport.portrait_wall import ShownPortrait
    from app.workers.performance import PerformanceEngine
    from avatar_core.errors import AvatarError
    from avatar_core.project import Portrait, ProjectPortrait

_SHARE = 0.5
_LEAST_SHARE, _MOST_SHARE = 0.1, 0.9


class PortraitStage(QObject):
    """Brings the project's portraits into a view of their own, and lets them perform.

    Until a portrait is shown, or the user opens the view, it is not built and costs nothing.

    Args:
        context: the document.
        engine: who performs.
        view: the avatar's; portraits begin once that shows its first picture.
        middle: of the window; the portraits' view becomes its last part.
    """

    view_made = Signal(object)
    """The `PortraitView` is there from now on."""
    open_changed = Signal(bool)
    """Whether the view is to be seen."""

    def __init__(
        self,
        context: StudioContext,
        engine: PerformanceEngine,
        view: AvatarView,
        middle: QSplitter,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._engine = engine
        self._middle = middle
        self._view: PortraitView | None = None
        self._read: dict[str, tuple[ProjectPortrait, Portrait | None]] = {}
        self._is_ready = False
        self._is_wanted = False
        self._is_page = True
        view.first_painted.connect(self._begin)
        view.failed.connect(self._begin)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self._start_anew)

    @property
    def view(self) -> PortraitView:
        """The view, built now if it is not there yet."""
        if self._view is None:
            self._view = self._make()
            self.view_made.emit(self._view)
        return self._view

    @property
    def has_view(self) -> bool:
        """Whether the view is there already."""
        return self._view is not None

    @property
    def is_open(self) -> bool:
        """Whether the view belongs on the screen."""
        return bool(self._shown) or self._is_wanted

    @property
    def has_portraits(self) -> bool:
        """Whether there is anything to film."""
        return bool(self._shown)

    def set_open(self, is_open: bool) -> None:
        """Open the view though nobody is in it yet; closed, it stays for those who are shown."""
        self._is_wanted = is_open
        self.refresh()

    def set_page(self, is_page: bool) -> None:
        """Whether the window shows the stage at all, or something else in its place."""
        self._is_page = is_page
        self.refresh()

    def renew_engines(self) -> None:
        """Let what makes portraits move be chosen anew: there is another model than before."""
        self._engine.renew_portrait_engines()
        self.refresh()

    def refresh(self) -> None:
        """Show the project's portraits, and let them perform."""
        if not self._is_ready:
            return
        shown = self._shown
        self._engine.set_portraits([(each.id, each.portrait, each.settings) for each in shown])
        is_seen = self._is_page and (bool(shown) or self._is_wanted)
        if self._view is None and not is_seen:
            return
        view = self.view
        view.show_portraits(shown)
        if view.isHidden() is is_seen:
            self._show_view(is_seen)

    def shutdown(self) -> None:
        self._keep_share()

    def _begin(self) -> None:
        """The avatar is on the screen, or never will be."""
        if not self._is_ready:
            self._is_ready = True
            self.refresh()

    def _changed(self, change: Change) -> None:
        if Part.PORTRAITS in change.parts:
            self.refresh()

    def _start_anew(self) -> None:
        """Another project: its files are read, whatever was known of their names."""
        self._read.clear()
        self.refresh()

    @property
    def _shown(self) -> list[ShownPortrait]:
        """Those of the project that are shown and can be read."""
        entries = self._context.project.portraits
        if not entries:
            return []
        from app.viewport.portrait_wall import ShownPortrait

        shown = []
        for portrait_id, entry in entries.items():
            portrait = self._portrait(portrait_id, entry) if entry.is_shown else None
            if portrait is not None:
                shown.append(ShownPortrait(portrait_id, entry.name, portrait, entry.settings))
        return shown

    def _portrait(self, portrait_id: str, entry: ProjectPortrait) -> Portrait | None:
        """Read once for each file and crop: what cannot be read is said once, too."""
        known, portrait = self._read.get(portrait_id, (None, None))
        if known is None or (known.reference, known.sha256, known.box) != (
            entry.reference, entry.sha256, entry.box,
        ):  # fmt: skip
            portrait = self._context.session.portrait(portrait_id)
            self._read[portrait_id] = entry, portrait
        return portrait

    def _make(self) -> PortraitView:
        from app.viewport.portrait_view import PortraitView

        view = PortraitView()
        view.hide()
        view.connect_performance(self._engine.latest_portraits)
        view.failed.connect(self._tell)
        readings = self._context.actions["view.hud"]
        readings.toggled.connect(view.captions.set_readings_visible)
        view.captions.set_readings_visible(readings.isChecked())
        self._middle.addWidget(view)
        return view

    def _show_view(self, is_seen: bool) -> None:
        if is_seen:
            self.view.show()
            share = number_of(
                self._context.preferences.remembered("portrait_share"),
                _LEAST_SHARE, _MOST_SHARE, _SHARE,
            )  # fmt: skip
            width = self._middle.width()
            self._middle.setSizes([round((1 - share) * width), round(share * width)])
        else:
            self._keep_share()
            self.view.hide()
        self.open_changed.emit(is_seen)

    def _keep_share(self) -> None:
        if self._view is None or self._view.isHidden():
            return
        sizes = self._middle.sizes()
        self._context.preferences.remember("portrait_share", sizes[-1] / max(sum(sizes), 1))

    def _tell(self, error: AvatarError) -> None:
        self._context.toast.show_error(error.message, error.hint)
