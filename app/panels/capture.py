"""The capture: its folder, what is in it, where its cameras stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import COLOURS, GRID_PX, ROW_PX
from app.widgets.buttons import icon_button
from app.widgets.camera_map import CameraMap, MappedCamera
from app.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avatar_core.training.capture_summary import SeriesSummary

_NAME, _PICTURES, _CAMERAS, _MATTES, _LABELS, _DEPTHS = range(6)
_SERIES = Qt.ItemDataRole.UserRole
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_EMPTY = (
    "An avatar is learnt from a capture: pictures of one person from many sides, with cameras,"
    " mattes and head poses.\n\nChoose the folder of a capture, or drop it onto the window."
    "\n\nThe studio's own captures and those of NeRSemble, as VHAP and MeGA export them, are read."
)
_ROW_SPARE_PX = 12


class CapturePanel(Panel):
    """Shows a capture; a click on a series or a camera asks for its pictures."""

    choose_requested = Signal()
    recent_requested = Signal(object)
    """Path of a capture that was open before."""
    series_chosen = Signal(str)
    camera_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choose = QPushButton(icon("folder"), "Choose capture …")
        self._choose.setToolTip("Choose the folder of one person's capture (Ctrl+Shift+C)")
        self._choose.clicked.connect(self.choose_requested)
        self._recent = icon_button("recent", "Captures that were open lately")
        self._recent.setFixedWidth(ROW_PX + 16)  # the arrow of its menu stands beside the icon
        self._recent.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._recent)
        self._recent.setMenu(self._menu)
        self.map = CameraMap()
        self.map.camera_chosen.connect(self.camera_chosen)
        self._pages = QStackedWidget()
        self._pages.addWidget(_empty_words())
        self._pages.addWidget(self._build_contents())
        top = QHBoxLayout()
        top.setSpacing(GRID_PX // 2)
        top.addWidget(self._choose, stretch=1)
        top.addWidget(self._recent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(top)
        layout.addWidget(self._pages, stretch=1)
        self.show_recent([])

    # showing

    def show_recent(self, folders: Sequence[Path]) -> None:
        """Offer captures that were open before."""
        self._menu.clear()
        for folder in folders:
            entry = self._menu.addAction(icon("folder", COLOURS.text_dim), folder.name)
            entry.setToolTip(str(folder))
            entry.triggered.connect(
                lambda _checked=False, folder=folder: self.recent_requested.emit(folder)
            )
        self._menu.setToolTipsVisible(True)
        self._recent.setEnabled(bool(folders))

    def show_opening(self, folder: Path) -> None:
        """The capture is being read."""
        self._title.setText(folder.name)
        self._words.setText("Reading …")
        self._show_folder(folder)
        self._table.clear()
        self.map.show_cameras(())
        self._pages.setCurrentIndex(1)

    def show_capture(
        self,
        folder: Path,
        series: Sequence[SeriesSummary],
        cameras: tuple[MappedCamera, ...],
        centre: tuple[float, float, float],
    ) -> None:
        """Show what is in a capture."""
        self._title.setText(folder.name)
        self._show_folder(folder)
        pictures = sum(each.pictures for each in series)
        width, height = series[0].size_px if series else (0, 0)
        self._words.setText(f"{pictures:,} pictures of {width} x {height}, {len(cameras)} cameras")
        with QSignalBlocker(self._table):
            self._table.clear()
            for each in series:
                self._table.addTopLevelItem(_row(each))
        rows = self._table.topLevelItemCount() + 1
        self._table.setFixedHeight(rows * (ROW_PX + 1) + _ROW_SPARE_PX)
        self.map.show_cameras(cameras, centre)
        self._pages.setCurrentIndex(1)

    def show_failure(self, folder: Path, message: str) -> None:
        """The capture could not be read."""
        self.show_opening(folder)
        self._words.setText(message)

    def mark_series(self, name: str) -> None:
        """Mark the series whose pictures are shown."""
        with QSignalBlocker(self._table):
            for row in range(self._table.topLevelItemCount()):
                item = self._table.topLevelItem(row)
                if item is not None and item.data(_NAME, _SERIES) == name:
                    self._table.setCurrentItem(item)

    @property
    def words(self) -> str:
        """What is said about the capture."""
        return self._words.text()

    @property
    def rows(self) -> list[list[str]]:
        """The table's cells, row by row."""
        items = [self._table.topLevelItem(n) for n in range(self._table.topLevelItemCount())]
        return [
            [item.text(column) or item.toolTip(column) for column in range(6)]
            for item in items
            if item is not None
        ]

    @property
    def recent_menu(self) -> QMenu:
        return self._menu

    @property
    def table(self) -> QTreeWidget:
        return self._table

    # building

    def _build_contents(self) -> QWidget:
        page = QWidget()
        self._title, self._path, self._words = QLabel(), QLabel(), QLabel()
        self._title.setProperty("role", "title")
        self._path.setProperty("role", "dim")
        for label in (self._title, self._path, self._words):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._table = self._build_table()
        cameras = QLabel("Cameras")
        cameras.setProperty("role", "heading")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        for part in (self._title, self._path, self._words):
            layout.addWidget(part)
        layout.addSpacing(GRID_PX // 2)
        layout.addWidget(self._table)
        layout.addSpacing(GRID_PX)
        layout.addWidget(cameras)
        layout.addWidget(self.map)
        layout.addStretch(1)
        return page

    def _build_table(self) -> QTreeWidget:
        table = QTreeWidget()
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setHeaderLabels(["Series", "Pictures", "Cams", "", "", ""])
        head = table.headerItem()
        for column, name, words in (
            (_MATTES, "matte", "Mattes"), (_LABELS, "labels", "Labels"), (_DEPTHS, "depth", "Depth")
        ):  # fmt: skip
            head.setIcon(column, icon(name, COLOURS.text_dim))
            head.setToolTip(column, words)
        for column in (_PICTURES, _CAMERAS):
            head.setTextAlignment(column, _RIGHT)
        header = table.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(3 * GRID_PX)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        for column in range(_PICTURES, _DEPTHS + 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        for column, width in ((_PICTURES, 64), (_CAMERAS, 48)):
            header.resizeSection(column, width)
        for column in (_MATTES, _LABELS, _DEPTHS):
            header.resizeSection(column, 28)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.currentItemChanged.connect(self._chosen)
        return table

    def _show_folder(self, folder: Path) -> None:
        metrics = self._path.fontMetrics()
        width = max(self.width() - 2 * GRID_PX, 24 * GRID_PX)
        shown = metrics.elidedText(str(folder), Qt.TextElideMode.ElideLeft, width)
        self._path.setText(shown)
        self._path.setToolTip(str(folder))

    def _chosen(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.series_chosen.emit(str(item.data(_NAME, _SERIES)))


def _row(series: SeriesSummary) -> QTreeWidgetItem:
    item = QTreeWidgetItem([series.name, f"{series.pictures:,}", str(series.cameras)])
    item.setData(_NAME, _SERIES, series.name)
    item.setToolTip(_NAME, f"{series.name}: {series.role}; {series.expressions} expressions")
    for column in (_PICTURES, _CAMERAS):
        item.setTextAlignment(column, _RIGHT)
    parts = (
        (_MATTES, series.mattes, "mattes"),
        (_LABELS, series.labels, "label pictures"),
        (_DEPTHS, series.depths, "depth pictures"),
    )
    for column, count, words in parts:
        item.setToolTip(column, f"{count} of {series.pictures} {words}")
        if count == series.pictures:
            item.setIcon(column, icon("found", COLOURS.good))
        elif count:
            item.setIcon(column, icon("warning", COLOURS.warning))
        else:
            item.setIcon(column, icon("optional", COLOURS.text_off))
    return item


def _empty_words() -> QLabel:
    label = QLabel(_EMPTY, alignment=Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    label.setProperty("role", "dim")
    label.setContentsMargins(GRID_PX * 2, 0, GRID_PX * 2, 0)
    return label
