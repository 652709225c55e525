"""A session at random: plays, edits, records, saves; loses devices; is held against its files."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from avatar_core.commands import (
    RemoveTake,
    RenameProject,
    SceneOption,
    SetBackground,
    SetSceneOption,
)
from avatar_core.errors import AvatarError
from avatar_core.io.project_file import load_project
from avatar_core.motion import ARKIT_UNITS
from avatar_core.project import digest
from tests.soak.devices import full_disk
from tests.soak.measures import Measures, measure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.soak.studio import Studio

_MOST_TAKES = 6
_STROKE = 8
_FAULT_EVERY = 4


@dataclass(slots=True)
class SoakReport:
    """How a soak went."""

    seed: int
    seconds: float = 0.0
    actions: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    saves_checked: int = 0
    looks: list[Measures] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)

    def plain(self) -> dict[str, Any]:
        """As JSON says it."""
        return {
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
            "actions": sum(self.actions.values()),
            "actions_by_name": dict(self.actions.most_common()),
            "faults": sum(self.faults.values()),
            "faults_by_name": dict(self.faults.most_common()),
            "saves_checked": self.saves_checked,
            "looks": [asdict(look) for look in self.looks],
            "findings": self.findings,
            "told": dict(self.told.most_common(30)),
        }


class Soak:
    """Acts on a studio by the roll of dice; the same seed rolls the same.

    Args:
        studio: the window.
        seed: of the dice.
        film: a film to follow.
    """

    def __init__(self, studio: Studio, seed: int, film: Path) -> None:
        self.studio, self.report = studio, SoakReport(seed)
        self._dice = random.Random(seed)
        self._film = studio.folder / "film.mp4"
        self._original = film
        shutil.copyfile(film, self._film)
        self._path = studio.folder / "projects" / "soak.studio"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._saved = self._begun = ""
        self._actions: list[tuple[Callable[[], object], int]] = [
            (self._slide, 8), (self._undo, 4), (self._redo, 3), (self._play, 4), (self._stop, 2),
            (self._seek, 3), (self._record_take, 3), (self._record_clip, 2), (self._orbit, 4),
            (self._change_workspace, 3), (self._stroke, 8), (self._rename, 2), (self._light, 2),
            (self._remove_take, 2), (self._drive, 4), (self._edit_take, 3), (self._toggle_view, 3),
            (self._save, 3), (self._wait, 3),
        ]  # fmt: skip
        self._faults = [
            self._lose_camera, self._lose_microphone, self._lose_graphics, self._fill_disk_on_save,
            self._fill_disk_on_clip, self._run_out_of_memory, self._delete_film,
        ]  # fmt: skip

    def run(self, seconds: float, cycle_s: float = 60.0) -> SoakReport:
        """Act for so long; after each cycle the demo is opened anew and measures are taken."""
        works, weights = zip(*self._actions, strict=True)
        self._warm_up()
        self._begin_anew()
        start_s = time.monotonic()  # a slow machine takes half a minute to be here
        while time.monotonic() - start_s < seconds:
            end_s = min(time.monotonic() + cycle_s, start_s + seconds)
            count = 0
            while time.monotonic() < end_s:
                count += 1
                self._do(self._dice.choices(works, weights)[0], self.report.actions)
                if count % _FAULT_EVERY == 0:
                    self._do(self._dice.choice(self._faults), self.report.faults)
            self._begin_anew()
        self.report.seconds = time.monotonic() - start_s
        self.report.told.update(text[:100] for text in self.studio.told)
        return self.report

    def _warm_up(self) -> None:
        """Use everything once: what is loaded at its first use is no growth."""
        for workspace in ("view.groom", "view.paint", "view.perform"):
            self.studio.act(workspace)
            self.studio.idle(0.5)
            self._stroke()
        self._record_clip()
        self._record_take()
        for source in ("camera:0", f"file:{self._film}", "mic:"):
            self.studio.window.drive.list.choose(source)
            self.studio.idle(0.5)
        self.studio.answer_dialogs()

    def _do(self, work: Callable[[], object], counts: Counter[str]) -> None:
        name = work.__name__.removeprefix("_")
        counts[name] += 1
        try:
            work()
        except AvatarError as error:
            self.studio.told.append(f"{name}: {error}")
        except Exception as error:  # noqa: BLE001 whatever comes is what is looked for
            self.report.findings.append(f"{name}: {type(error).__name__}: {error}")
        self.studio.idle(0.05)
        self.studio.answer_dialogs()
        self._collect(name)

    def _collect(self, name: str) -> None:
        """Make findings of what the window did not expect since the last time."""
        self.report.findings += [f"after {name}: {fault}" for fault in self.studio.faults]
        self.studio.faults.clear()

    def _begin_anew(self) -> None:
        """The demo as it is at the start, everything off: measures of then can be compared."""
        studio = self.studio
        self._record_off()
        studio.act("perform.stop")
        self._save()
        studio.act("view.perform")
        studio.window.drive.list.choose("sliders")
        studio.window.documents.open_demo()
        studio.idle(1.0)
        studio.answer_dialogs()
        for old in (studio.folder / "recordings").glob("*"):
            old.unlink()
        self._collect("opening the demo anew")
        self.report.looks.append(measure())

    # what an artist does

    def _slide(self) -> None:
        unit = self._dice.choice(ARKIT_UNITS)
        row = self.studio.window.expression.unit_slider(unit)
        for _ in range(self._dice.randrange(1, 5)):
            row.value_edited.emit(self._dice.random())

    def _undo(self) -> None:
        for _ in range(self._dice.randrange(1, 4)):
            self.studio.act("edit.undo")

    def _redo(self) -> None:
        self.studio.act("edit.redo")

    def _play(self) -> None:
        self.studio.act("perform.play")
        self.studio.idle(0.3)

    def _stop(self) -> None:
        self.studio.act("perform.stop")

    def _seek(self) -> None:
        self.studio.engine.seek(self._dice.uniform(-1, 5))

    def _record_take(self) -> None:
        self.studio.act("perform.record_take")
        self.studio.idle(0.5)
        self._record_off()

    def _record_clip(self) -> None:
        self.studio.act("perform.record_clip")
        self.studio.idle(0.8)
        self._record_off()

    def _record_off(self) -> None:
        """End what is being recorded, as its button does."""
        for name in ("perform.record_take", "perform.record_clip"):
            action = self.studio.window.actions_table[name]
            if action.isChecked():
                action.trigger()
        self.studio.wait_until(
            lambda: self.studio.engine.status().recording is None, "the end of a recording"
        )

    def _orbit(self) -> None:
        view = self.studio.window.view
        start = self._point()
        QTest.mousePress(view, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, start)
        for _ in range(4):
            QTest.mouseMove(view, self._point())
        QTest.mouseRelease(view, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, start)

    def _change_workspace(self) -> None:
        self.studio.act(self._dice.choice(("view.perform", "view.groom", "view.paint")))
        self.studio.idle(0.2)

    def _stroke(self) -> None:
        """With the left button: a brush in Groom and Paint, the camera elsewhere."""
        view, left = self.studio.window.view, Qt.MouseButton.LeftButton
        no_keys = Qt.KeyboardModifier.NoModifier
        QTest.mousePress(view, left, no_keys, self._point())
        for _ in range(_STROKE):
            QTest.mouseMove(view, self._point())
            self.studio.idle(0.01)
        QTest.mouseRelease(view, left, no_keys, self._point())

    def _rename(self) -> None:
        project = self.studio.session.project
        self.studio.session.push(RenameProject.of(project, f"Soak {self._dice.random():.6f} ✓"))

    def _light(self) -> None:
        session = self.studio.session
        colour = tuple(self._dice.random() for _ in range(3))
        session.push(SetBackground.of(session.project, colour))
        option = self._dice.choice(list(SceneOption))
        session.push(SetSceneOption.of(session.project, option, self._dice.random() < 0.5))

    def _remove_take(self) -> None:
        session = self.studio.session
        if len(session.project.takes) > _MOST_TAKES:
            take_id = self._dice.choice(list(session.project.takes))
            session.push(RemoveTake.of(session.project, take_id))

    def _drive(self) -> None:
        sources = ("sliders", "camera:0", f"file:{self._film}", "mic:")
        self.studio.window.drive.list.choose(self._dice.choice(sources))
        self.studio.idle(0.4)

    def _edit_take(self) -> None:
        self.studio.act(self._dice.choice(("take.marker", "take.bypass", "take.duplicate")))

    def _toggle_view(self) -> None:
        self.studio.act(self._dice.choice(("view.grid", "view.hair", "view.hud", "perform.mirror")))

    def _wait(self) -> None:
        self.studio.idle(self._dice.uniform(0.1, 1.0))

    def _save(self) -> None:
        """Save, and hold the file against the document bit for bit."""
        self._save_now()
        session = self.studio.session
        # A recording that ended just before may add its take meanwhile; that is unsaved, rightly.
        if session.dirty != (digest(session.project) != self._begun):
            self.report.findings.append(f"right after a save, unsaved changes: {session.dirty}")
        self._saved = self._begun
        self._check_file("after a save")
        self.report.saves_checked += 1

    def _save_now(self) -> None:
        documents = self.studio.window.documents
        self._record_off()
        self._begun = digest(self.studio.session.project)
        documents._save(self._path, None)
        self.studio.wait_until(lambda: not documents.is_saving, "a save")

    def _check_file(self, when: str) -> None:
        try:
            held = digest(load_project(self._path).project)
        except AvatarError as error:
            self.report.findings.append(f"the file cannot be read {when}: {error}")
        else:
            if held != self._saved:
                self.report.findings.append(f"the file holds another document {when}")
        left = [path.name for path in self._path.parent.glob(".*.tmp")]
        if left:
            self.report.findings.append(f"left behind {when}: {left}")

    def _point(self) -> QPoint:
        view = self.studio.window.view
        x = view.width() * self._dice.uniform(0.35, 0.65)
        return QPoint(round(x), round(view.height() * self._dice.uniform(0.15, 0.75)))

    # what goes wrong

    def _lose_camera(self) -> None:
        self.studio.window.drive.list.choose("camera:0")
        self.studio.idle(0.5)
        self.studio.devices.has_camera = False
        self.studio.idle(1.0)
        self.studio.devices.has_camera = True
        self.studio.idle(0.3)

    def _lose_microphone(self) -> None:
        self.studio.window.drive.list.choose("mic:")
        self.studio.idle(0.5)
        self.studio.devices.has_microphone = False
        self.studio.idle(1.0)
        self.studio.devices.has_microphone = True

    def _lose_graphics(self) -> None:
        """Qt takes the view's context away and makes another one, as for a new screen."""
        window = self.studio.window
        view, pages = window.view, window.pages
        shown = pages.currentWidget()
        pages.removeWidget(view)
        view.setParent(None)
        view.show()
        self.studio.idle(0.2)
        pages.insertWidget(0, view)
        pages.setCurrentWidget(shown)
        self.studio.idle(0.3)
        if shown is view and not view.isValid():
            self.report.findings.append("the view has no context after its loss")
        if shown is view and np.ptp(_pixels(view)) < 10:
            self.report.findings.append("the view is empty after its loss")

    def _fill_disk_on_save(self) -> None:
        self._save()
        self._rename()
        with full_disk():
            self._save_now()
            self.studio.answer_dialogs()
        if not self.studio.session.dirty:
            self.report.findings.append("a save on a full disk passed for one")
        self._check_file("after a save on a full disk")

    def _fill_disk_on_clip(self) -> None:
        self.studio.act("perform.record_clip")
        self.studio.idle(0.3)
        with full_disk():
            self.studio.idle(0.7)
            self._record_off()
        self.studio.answer_dialogs()

    def _run_out_of_memory(self) -> None:
        self.studio.devices.memory_is_out = True
        self._slide()
        self.studio.idle(1.0)
        self.studio.devices.memory_is_out = False
        self.studio.window.stage.use_avatar("demo:rosa")
        stopped = self.studio.window.view.base_frame
        self.studio.wait_until(
            lambda: self.studio.window.view.base_frame is not stopped, "the avatar's return"
        )

    def _delete_film(self) -> None:
        self.studio.window.drive.list.choose(f"file:{self._film}")
        self.studio.idle(0.5)
        self._film.unlink()
        self.studio.idle(1.0)
        shutil.copyfile(self._original, self._film)


def _pixels(view: Any) -> np.ndarray:
    image = view.grabFramebuffer().convertToFormat(QImage.Format.Format_RGB888)
    return np.frombuffer(image.constBits(), np.uint8).copy()  # the image ends with this function
