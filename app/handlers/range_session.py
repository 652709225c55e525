"""One run of the range wizard: what the driver's person showed becomes gains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.dialogs.range_wizard import HOLD_S, RangeStep, RangeWizard
from avatar_core.motion.range_calibration import GESTURES, REST

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.workers.performance import PerformanceEngine
    from app.workers.status import PerformanceStatus
    from avatar_core.motion import MotionFrame

STEPS = (
    RangeStep(REST, "Relax your face", "Close your mouth, look at the camera, rest all muscles."),
    RangeStep("smile", "Smile as strongly as you can", "Both corners up, and hold it."),
    RangeStep("jaw", "Open your jaw as far as you can", "Straight down, lips relaxed."),
    RangeStep("brows", "Raise your brows as high as you can", "Look surprised, and hold it."),
)
"""What the person is asked for."""


class RangeSession(QObject):
    """Shows the wizard, watches the driver while a step lasts, and gives a profile at the end.

    Args:
        window: parent of the wizard.
        engine: knows what the driver gave lately.
        driver: its URI.
        title: what the window calls it.
    """

    measured = Signal(str, object)
    """URI of the driver and frames by step."""
    ended = Signal()

    def __init__(self, window: QWidget, engine: PerformanceEngine, driver: str, title: str) -> None:
        super().__init__(window)
        self._engine = engine
        self._driver = driver
        self.seen: dict[str, list[MotionFrame]] = {}
        self.wizard = RangeWizard(STEPS, title, window)
        self.wizard.watching.connect(self._watch)
        self.wizard.skipped.connect(lambda step: self.seen.pop(step, None))
        self.wizard.completed.connect(lambda: self.measured.emit(driver, self.seen))
        self.wizard.finished.connect(self.ended)
        self.wizard.show()

    def raise_(self) -> None:
        self.wizard.raise_()
        self.wizard.activateWindow()

    def show_status(self, status: PerformanceStatus) -> None:
        """How strongly the driver shows what is asked for."""
        state = next((each for each in status.drivers if each.uri == self._driver), None)
        motion = None if state is None else state.motion
        if motion is None or motion.confidence == 0:
            self.wizard.show_strength(None)
        else:
            self.wizard.show_strength(_strength(self.wizard.step.id, motion))

    def _watch(self, step: str, is_watching: bool) -> None:
        if not is_watching:
            self.seen[step] = self._engine.recent_motion(self._driver, HOLD_S)


def _strength(step: str, motion: MotionFrame) -> float:
    """How far a face is on the way to what is asked for, 0..1; at rest, how calm it is."""
    if step == REST:
        return 1.0 - max(_strength(each, motion) for each in GESTURES)
    return max(motion.weight(unit) for unit in GESTURES[step].units)
