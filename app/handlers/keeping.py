"""ProjectKeeping: what there is around a project's file, put together for the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.handlers.missing_files import MissingFilesHandler
from app.handlers.project_gate import ProjectGate
from app.handlers.project_travel import ProjectTravelHandler

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.documents import DocumentHandler


class ProjectKeeping:
    """Locks, packing, missing files.

    Args:
        context: the document.
        documents: opens and saves.
    """

    def __init__(self, context: StudioContext, documents: DocumentHandler) -> None:
        self.gate = ProjectGate(context, documents)
        self.travel = ProjectTravelHandler(context, documents)
        self.missing = MissingFilesHandler(context)
        self.travel.find_wanted.connect(self.missing.open)

    def shutdown(self) -> None:
        """Stop what runs, and give the project back."""
        self.missing.shutdown()
        self.travel.shutdown()
        self.gate.shutdown()
