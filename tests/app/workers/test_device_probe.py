from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.workers.device_probe import DeviceProbe

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize(
    ("question", "answer"),
    [("print(True)", True), ("print(False)", False), ("import no_such_module", False)],
)
def test_the_answer_is_told(qtbot: QtBot, question: str, answer: bool) -> None:
    probe = DeviceProbe(question=question)
    with qtbot.waitSignal(probe.answered, timeout=20_000) as told:
        probe.ask()
        probe.ask()  # nothing new
    assert told.args == [answer]
    probe.shutdown()
    probe.deleteLater()


def test_shutdown_does_not_wait_for_the_answer(qtbot: QtBot) -> None:
    probe = DeviceProbe(question="import time; time.sleep(60)")
    probe.ask()
    with qtbot.assertNotEmitted(probe.answered):
        probe.shutdown()
    probe.deleteLater()
