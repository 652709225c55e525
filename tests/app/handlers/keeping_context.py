"""A window with a session that writes a journal, as the studio has it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.qt_session import QtSession
from avatar_core.commands import RenameProject
from avatar_core.io.journal_places import JournalPlaces
from avatar_core.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.context import StudioContext


def with_journal(context: StudioContext, folder: Path) -> StudioContext:
    """The same window, for a session of its own."""
    session = Session(context.session.avatars, journals=JournalPlaces(folder / "journals"))
    return replace(context, events=QtSession(session, context.window))


def name(session: Session, *names: str) -> None:
    for each in names:
        session.push(RenameProject.of(session.project, each))


def crash(session: Session) -> None:
    """The program is gone; its journal stays."""
    assert session.journal is not None
    log = session.journal._log
    if log is not None and log.writer is not None:
        log.writer.close()
