"""RenderDesk: films of takes, queued as they are now and rendered in the background."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from app.handlers.bookmarks import bookmark_of
from app.panels.render_queue import RenderQueuePanel
from app.workers.render_queue import RenderQueue
from app.workers.tasks import TaskRunner
from avatar_core.batch.queue_store import SNAPSHOT, JobState, QueueStore
from avatar_core.errors import AvatarError, RecordingError
from avatar_core.motion.driver_address import PATH_SCHEMES, DriverAddress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QDockWidget, QWidget

    from app.dialogs.render_offer import RenderSource
    from app.dialogs.render_take import RenderTakeDialog
    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from avatar_core.batch.queue_store import QueuedJob
    from avatar_core.recording.render_job import RenderJob

_DOCK = "renders"
_KEEPING_S = 30.0
"""How long the window waits for a film that is being queued when it is closed."""

_NOTHING = RecordingError(
    "There is no take to render yet.",
    "Record or import one, or let the avatar be driven by a film or a sound.",
)


class RenderDesk(QObject):
    """The panel, the dialog, and what is at work.

    Args:
        context: the document.
        view: the viewport; its camera is the usual one.
        docks: of the window, by name.
        queue: what is rendered; the user's own when left out.
    """

    def __init__(
        self,
        context: StudioContext,
        view: AvatarView,
        docks: Mapping[str, QDockWidget],
        queue: RenderQueue | None = None,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._docks = docks
        self.queue = queue or RenderQueue(QueueStore(), self)
        self.panel = RenderQueuePanel(context.actions["file.render_take"])
        self._saver = TaskRunner("The render queue", self)
        self._saver.finished.connect(self._add)
        self._saver.failed.connect(context.errors.show)
        self._connect()
        self.queue.load()

    @property
    def docked(self) -> dict[str, QWidget]:
        """Its panel, by the name of its dock."""
        return {_DOCK: self.panel}

    def set_open(self, is_open: bool) -> None:
        """Nothing: films are rendered in all workspaces."""

    def refresh(self) -> None:
        """Nothing: the queue is no part of the document."""

    def shutdown(self) -> None:
        """Keep what was drawn; it is found paused the next time."""
        self._saver.shutdown(_KEEPING_S)
        self.queue.shutdown()

    def ask(self) -> RenderTakeDialog | None:
        """Ask what is to be rendered."""
        from app.dialogs.render_offer import RenderOffer
        from app.dialogs.render_take import RenderTakeDialog
        from avatar_core.recording.encoders import available_formats

        project = self._context.project
        sources = self._sources()
        if not sources:
            self._context.errors.show(_NOTHING)
            return None
        offer = RenderOffer(
            sources,
            replace(bookmark_of(self._view.rig.pose), name="View"),
            dict(project.bookmarks),
            bool(project.portraits),
            Path(self._context.preferences.values.recordings_folder),
            self._context.session.title,
            available_formats(),
            frozenset(
                film
                for job in self.queue.jobs
                if job.state is not JobState.DONE
                for film in job.films
            ),
        )
        dialog = RenderTakeDialog(offer, self._context.window)
        dialog.chosen.connect(self.enqueue)
        dialog.open()
        return dialog

    def enqueue(self, job: RenderJob, title: str) -> None:
        """Keep the document as it is now, in the background, and queue a film of it.

        Args:
            job: what is rendered, without a project.
            title: what the user calls it.
        """
        if self._saver.is_running:
            self._context.toast.show_note("Another film is just being queued.", "Try it again.")
            return
        project = self._context.project.copy()

        def save(_task: object) -> QueuedJob:
            from avatar_core.io.project_file import SavedProject, save_project

            folder = self.queue.new_folder()
            try:
                save_project(SavedProject(project), folder / SNAPSHOT)
                complete = replace(job, project=str(folder / SNAPSHOT))
                return self.queue.keep(folder, complete, title)
            except AvatarError:
                shutil.rmtree(folder, ignore_errors=True)
                raise

        self._saver.start(save)

    def show(self) -> None:
        """Bring the panel to the front."""
        dock = self._docks[_DOCK]
        dock.show()
        dock.raise_()

    def _sources(self) -> list[RenderSource]:
        """What can be rendered, the most likely one first."""
        from app.dialogs.render_offer import RenderSource

        project = self._context.project
        in_hand = project.active_take or (project.source_take.id if project.source_take else "")
        takes = sorted(project.takes.values(), key=lambda take: take.id != in_hand)
        sources = [RenderSource(take.name, take.id, take.duration_s, take.fps) for take in takes]
        if project.source.partition(":")[0] in PATH_SCHEMES:
            title = DriverAddress.parse(project.source).label
            driver = RenderSource(title, drive=project.source)
            sources.insert(0 if not in_hand else len(sources), driver)
        return sources

    def _connect(self) -> None:
        panel, queue = self.panel, self.queue
        self._context.actions["file.render_take"].triggered.connect(self.ask)
        panel.pause_requested.connect(queue.pause)
        panel.resume_requested.connect(queue.resume)
        panel.move_requested.connect(queue.move)
        panel.remove_requested.connect(queue.remove)
        panel.folder_requested.connect(self._show_folder)
        panel.resume_all_requested.connect(self._resume_all)
        panel.clear_requested.connect(self._clear)
        queue.changed.connect(self._show_jobs)
        queue.progressed.connect(self._show_share)
        queue.picture_made.connect(self._show_picture)
        queue.finished.connect(self._tell_finished)
        queue.failed.connect(self._tell_failed)
        queue.noticed.connect(lambda _id, said: self._context.toast.show_note(said))
        queue.broken.connect(self._context.errors.show)

    def _add(self, job: QueuedJob) -> None:
        self.queue.add(job)
        self.show()
        self._context.toast.show_note(
            f"{job.title} is in the render queue.", "It shows the project as it is now."
        )

    def _show_jobs(self) -> None:
        self.panel.show_jobs(self.queue.jobs)
        running = self.queue.running
        row = None if running is None else self.panel.row(running.id)
        if row is not None and self.queue.is_stopping:
            row.show_stopping()

    def _show_share(self, job_id: str, told: object) -> None:
        row = self.panel.row(job_id)
        if row is not None and not self.queue.is_stopping:
            row.show_share(told)  # type: ignore[arg-type]

    def _show_picture(self, job_id: str) -> None:
        row = self.panel.row(job_id)
        if row is not None:
            row.show_picture()

    def _tell_finished(self, job: QueuedJob) -> None:
        self._context.toast.show_note(f"{job.title} is rendered.", str(job.films[0].parent))

    def _tell_failed(self, job: QueuedJob) -> None:
        if job.error is not None:
            message = f"{job.title} could not be rendered. {job.error.message}"
            self._context.toast.show_error(message, job.error.hint)

    def _show_folder(self, job_id: str) -> None:
        for job in self.queue.jobs:
            if job.id == job_id:
                folder = job.films[0].parent
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _resume_all(self) -> None:
        for job in self.queue.jobs:
            if job.state is JobState.PAUSED:
                self.queue.resume(job.id)

    def _clear(self) -> None:
        for job in self.queue.jobs:
            if job.state is JobState.DONE:
                self.queue.remove(job.id)
