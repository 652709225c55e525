"""Stage: a render job with everything it names found, read and checked, ready to be drawn."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from avatar_core.batch import subjects
from avatar_core.batch.cameras import camera_for
from avatar_core.errors import RecordingError
from avatar_core.io.asset_references import AVATARS, HAIRSTYLES, PORTRAITS
from avatar_core.io.reading import reading
from avatar_core.motion.driver_address import PATH_SCHEMES, DriverAddress, place_path
from avatar_core.project import HairEdits, PortraitBackground, PortraitSettings, Project
from avatar_core.recording.progress import Progress, unheard
from avatar_core.recording.render_job import RenderJob, Shown

if TYPE_CHECKING:
    from avatar_core.batch.subjects import Notice
    from avatar_core.geometry import Camera, UInt8
    from avatar_core.heads.flame_sequence import FlameSequence
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset, Portrait
    from avatar_core.recording.camera_path import CameraAt
    from avatar_core.recording.offline import AvatarPainter, RenderSettings
    from avatar_core.recording.portrait_film import PortraitPainter
    from avatar_core.render.scene import SceneOptions

_logged: Notice = logging.getLogger(__name__).warning


class Painter(Protocol):
    """Draws pictures [H, W, 3 or 4] at times of a take; belongs to the thread that made it."""

    def draw(self, time_s: float) -> UInt8: ...
    def close(self) -> None: ...


@dataclass(eq=False)
class Stage:
    """One film of a job: what performs what, how many frames, and who draws them.

    Args:
        job: of a single film, see `RenderJob.films`.
        project: what the job shows of its project, with the job's own choices put in.
        take: the performance.
        poses: of a FLAME head, where they are known.
        notice: hears of what is drawn otherwise than asked for.
    """

    job: RenderJob
    project: Project
    take: Take
    poses: FlameSequence | None = None
    notice: Notice = _logged

    @property
    def fps(self) -> float:
        return self.take.fps if self.job.fps is None else self.job.fps

    @property
    def frames(self) -> range:
        """Numbers of the frames, counted from 0 at the rate of the film.

        Raises:
            RecordingError: the take has not got them all.
        """
        from avatar_core.recording.offline import frame_range

        return frame_range(self.take, self.film_settings)

    @cached_property
    def film_settings(self) -> RenderSettings:
        """Of the whole film: both halves, where two stand side by side."""
        return replace(self._settings(), width=self.job.film_width)

    @property
    def channels(self) -> int:
        """Of its pictures: 4 where they are transparent, else 3."""
        return 4 if self.job.is_transparent else 3

    @property
    def picture_bytes(self) -> int:
        """Of a picture as it is drawn."""
        settings = self.film_settings
        return settings.width * settings.height * self.channels

    def time_s(self, frame: int) -> float:
        """The moment of the take that a frame shows."""
        return frame / self.fps

    def painter(self) -> Painter:
        """Load everything and get ready to draw.

        Raises:
            AvatarError: something cannot be read, or this machine cannot draw.
        """
        from avatar_core.recording.portrait_film import PairPainter

        if self.job.shown is Shown.AVATAR:
            return self._avatar_painter()
        if self.job.shown is Shown.PORTRAIT:
            return self._portrait_painter()
        left = self._avatar_painter()
        try:
            return PairPainter(left, self._portrait_painter())
        except BaseException:
            left.close()
            raise

    @cached_property
    def digest(self) -> str:
        """A name of 16 letters for the job and the content of all files that it is made of.

        Raises:
            AssetError: one of them cannot be read.
        """
        files = {}
        for path in self.input_files():
            with reading(path), path.open("rb") as file:
                files[str(path)] = hashlib.file_digest(file, "sha256").hexdigest()
        text = json.dumps([self.job.record(), list(files.values())], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def input_files(self) -> list[Path]:
        """All files that what is drawn depends on."""
        job, project = self.job, self.project
        named = [subjects.project_path(each) for each in (job.project, job.paint) if each]
        if job.shown is not Shown.PORTRAIT:
            named.append(AVATARS.path(project.avatar))
            named += [HAIRSTYLES.path(project.hair)] if project.hair else []
        if job.shown is not Shown.AVATAR:
            portrait = self._portrait_source
            is_file = subjects.is_portrait_file(portrait)
            named.append(PORTRAITS.path(portrait) if is_file else Path(portrait))
        if project.scene.background_image:
            named.append(Path(project.scene.background_image))
        return list(dict.fromkeys([*named, *self._driving_files()]))

    def _driving_files(self) -> list[Path]:
        """Of what is performed, where that is no take of the project."""
        drive = self.job.drive or ("" if self.job.take else self.project.source)
        driver = DriverAddress.parse(drive)
        if drive in ("", subjects.DEMO) or driver.scheme not in PATH_SCHEMES:
            return []
        place = place_path(driver.place)
        found = sorted(place.iterdir()) if place.is_dir() else [place]
        return [path for path in found if path.is_file()]

    # what is drawn

    @cached_property
    def _asset(self) -> AvatarAsset:
        return subjects.dressed_avatar(self.project)

    @cached_property
    def _portrait_source(self) -> str:
        if self.job.portrait:
            return subjects.portrait_reference(self.job.portrait)
        for portrait in self.project.portraits.values():
            return portrait.reference
        raise RecordingError(
            "There is no portrait to render.",
            "Name one with 'portrait', or add one to the project.",
        )

    def _avatar_painter(self) -> AvatarPainter:
        from avatar_core.recording.offline import AvatarPainter

        hair = subjects.groomed_hair(self.project, self._asset, self.notice)
        asset, paint = subjects.painted_face(self.project, self._asset, self.notice)
        settings = replace(self._settings(), camera=self._camera())
        return AvatarPainter(asset, self.take, settings, hair, paint, self.poses)

    def _portrait_painter(self) -> PortraitPainter:
        from avatar_core.exchange.portrait_engines import PortraitEngines
        from avatar_core.recording.portrait_film import PortraitFilm, PortraitPainter

        portrait, settings = self._portrait()
        performer = PortraitEngines(self.notice).open(portrait, settings)
        return PortraitPainter(PortraitFilm(performer, settings), self.take, self._settings())

    def _portrait(self) -> tuple[Portrait, PortraitSettings]:
        portrait, settings = subjects.open_portrait(self._portrait_source), PortraitSettings()
        if not self.job.portrait:
            kept = next(iter(self.project.portraits.values()))
            portrait, settings = kept.cropped(portrait), kept.settings
        if self.job.background:  # is seen round the person alone
            settings = replace(settings, background=PortraitBackground.TRANSPARENT)
        return portrait, settings

    # how it is drawn

    def _settings(self) -> RenderSettings:
        from avatar_core.recording.offline import RenderSettings

        job = self.job
        return RenderSettings(
            width=job.width,
            height=job.height,
            fps=job.fps,
            first_frame=job.first_frame,
            last_frame=job.last_frame,
            scene=self._scene,
            supersample=job.supersample,
            format=job.film_format,
        )

    @cached_property
    def _scene(self) -> SceneOptions:
        from avatar_core.io.backdrop import read_backdrop
        from avatar_core.render.scene import Blending, SceneOptions

        job, scene = self.job, self.project.scene
        options = SceneOptions(
            background=scene.background,
            show_grid=bool(job.project) and scene.show_grid and not job.background,
            show_hair=scene.show_hair,
            transparent=job.is_transparent,
            blending=Blending(job.look),
        )
        if scene.background_image and not job.is_transparent:
            picture = read_backdrop(Path(scene.background_image))
            options = replace(options, background_image=picture)
        return options

    def _camera(self) -> Camera | CameraAt:
        job = self.job
        size = (job.width, job.height)
        return camera_for(job.camera, self._asset, self.project.bookmarks, size)


def staged(
    job: RenderJob,
    notice: Notice = _logged,
    progress: Progress = unheard,
    performed: Take | None = None,
) -> Stage:
    """Find what one film of a job is made of.

    Args:
        job: of a single film, see `RenderJob.films`.
        notice: hears of what is drawn otherwise than asked for.
        progress: hears the pictures of a film being tracked.
        performed: the performance, where somebody has read it already; without poses.

    Raises:
        AvatarError: something is missing or damaged.
    """
    project = _project(job)
    if performed is not None and not _is_posed(job):
        return Stage(job, project, performed, None, notice)
    mixing = project if job.project else None
    if job.take:
        take, poses = _take_of(job, project), None
    elif job.shown is Shown.PORTRAIT:
        take, poses = subjects.posed_performance(job.drive, mixing, None, progress)
    else:
        asset = subjects.dressed_avatar(project)
        take, poses = subjects.posed_performance(job.drive, mixing, asset, progress)
    return Stage(job, project, take, poses, notice)


def _is_posed(job: RenderJob) -> bool:
    """Whether a performance may say more than a take holds."""
    from avatar_core.io.flame_sequence import is_flame_sequence

    return bool(job.drive) and is_flame_sequence(place_path(job.drive.removeprefix("file:")))


def _project(job: RenderJob) -> Project:
    """The project of a job, or an empty one, with the job's own choices put in."""
    project = subjects.open_project(job.project) if job.project else Project()
    if job.avatar:
        project.avatar = subjects.avatar_reference(job.avatar)
    if job.avatar or job.hair:
        project.hair = job.hair
    if job.hair:
        project.hair_edits = HairEdits()
    if job.paint:
        project.painting = subjects.open_project(job.paint).painting
    colour = job.colour
    if colour is not None:
        project.scene = replace(project.scene, background=colour, background_image="")
    elif job.background and not job.is_transparent:
        project.scene = replace(project.scene, background_image=job.background)
    return project


def _take_of(job: RenderJob, project: Project) -> Take:
    from avatar_core.recording.performance import Direction, performed_as_recorded

    if job.drive:
        raise RecordingError(
            "A job has both a take and something else that drives it.", "Leave one of them out."
        )
    take = subjects.named_take(project, job.take)
    return performed_as_recorded(take, Direction.of_project(project).sliders)
