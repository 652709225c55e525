from __future__ import annotations

from typing import TYPE_CHECKING

from app.qt_session import QtSession
from avatar_core.commands import SetBlendshape
from avatar_core.project import Part
from avatar_core.session import Session

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_the_cores_signals_become_qt_signals(qtbot: QtBot) -> None:
    session = Session()
    events = QtSession(session)
    with qtbot.waitSignal(events.changed) as changed:
        session.push(SetBlendshape.of(session.project, "jawOpen", 0.5))
    assert Part.EXPRESSION in changed.args[0].parts
    with qtbot.waitSignal(events.replaced):
        session.new()


def test_it_can_stop_listening(qtbot: QtBot) -> None:
    session = Session()
    events = QtSession(session)
    events.close()
    with qtbot.assertNotEmitted(events.changed), qtbot.assertNotEmitted(events.replaced):
        session.push(SetBlendshape.of(session.project, "jawOpen", 0.5))
        session.new()
