"""Export of the avatar on the stage, done in the background."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avatar_core.exchange.formats import Format, Pose

if TYPE_CHECKING:
    from pathlib import Path

    from app.workers.tasks import TaskContext
    from avatar_core.exchange.export_report import ExportReport
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import UInt8
    from avatar_core.hair.edited import EditedHair
    from avatar_core.motion import MotionFrame, Take
    from avatar_core.project import AvatarAsset, Painting


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What the user chose.

    Args:
        format: of the file or the folder.
        out: the file, or a new folder.
        pose: at rest, a moment, every frame a file, or an animation.
        at_s: the moment of the take; None for the one that was shown.
        take: the take's id; empty where none is needed.
        frames: first and last frame of it.
        axes: "y-up", "y-down", or empty for what is usual.
        with_hair: write Gaussians beside the head of a `.glb`.
    """

    format: Format
    out: Path
    pose: Pose = Pose.REST
    at_s: float | None = None
    take: str = ""
    frames: tuple[int, int | None] = (0, None)
    axes: str = ""
    with_hair: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class ExportOrder:
    """A choice and the state of the document it is about.

    Args:
        choice: what the user chose.
        asset: the avatar in the hairstyle it wears.
        hair: its hair as edited, or None where it was not.
        painting: what was painted.
        frame: the moment that was shown, in the hairstyle without edits, or None.
        take: the one that was chosen, or None.
        sliders: what is added to it.
        picture: [H, W, 3] uint8 of the avatar for a hairstyle, or None.
    """

    choice: ExportChoice
    asset: AvatarAsset
    hair: EditedHair | None
    painting: Painting
    frame: AvatarFrame | None
    take: Take | None
    sliders: MotionFrame
    picture: UInt8 | None = None


def export_order(order: ExportOrder, task: TaskContext) -> ExportReport:
    """Write what was ordered.

    Raises:
        AvatarError: see `exchange.avatar_export.export_avatar`.
        Cancelled: the task was stopped; nothing is left of it.
    """
    task.step(0.0, "Getting ready")
    # torch comes along, which takes seconds.
    from avatar_core.exchange.avatar_export import ExportSubject, ExportWish, export_avatar
    from avatar_core.exchange.gaussian_export import Axes
    from avatar_core.recording.performance import performed_as_recorded

    choice = order.choice
    wish = ExportWish(
        choice.format, choice.out, choice.pose, frames=choice.frames,
        axes=Axes(choice.axes) if choice.axes else None, with_hair=choice.with_hair,
        picture=order.picture,
    )  # fmt: skip
    take = None if order.take is None else performed_as_recorded(order.take, order.sliders)
    if choice.pose is Pose.MOMENT:
        wish = replace(wish, frame=_moment(order, take))
    elif wish.needs_take:
        wish = replace(wish, take=take)
    subject = ExportSubject(order.asset, order.hair, order.painting)
    return export_avatar(subject, wish, task.step)


def _moment(order: ExportOrder, take: Take | None) -> AvatarFrame | None:
    if order.choice.at_s is None or take is None:
        return order.frame
    from avatar_core.mega import build

    return build(order.asset).evaluate(take.frame_at(order.choice.at_s))
