"""One command or more of every kind, each made for the project of `full_project`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.commands import (
    AddBookmark,
    AddClip,
    AddDriver,
    AddHairLayer,
    AddPortrait,
    AddTake,
    ApplyMixerPreset,
    Command,
    EditHair,
    EditPaint,
    EditPaintLayers,
    EditTake,
    FileReference,
    MixerOption,
    MoveHairLayer,
    MovePaintLayer,
    PosePart,
    RelinkFiles,
    RemoveBookmark,
    RemoveClip,
    RemoveDriver,
    RemoveHairLayer,
    RemovePortrait,
    RemoveTake,
    RenameProject,
    RenameTake,
    ResetExpression,
    SceneOption,
    SetActiveHairLayer,
    SetActivePaintLayer,
    SetActiveTake,
    SetAvatar,
    SetBackground,
    SetBackgroundImage,
    SetBakedPaint,
    SetBlendshape,
    SetBookmark,
    SetClonedSkin,
    SetDriverProfile,
    SetExpression,
    SetHair,
    SetHairEdits,
    SetHairFlags,
    SetHairLayer,
    SetHairSelection,
    SetHeadPose,
    SetIdle,
    SetMixerGroup,
    SetMixerOption,
    SetPainting,
    SetPaintLayer,
    SetPortrait,
    SetSceneOption,
    SetSource,
    SetSpeechStyle,
    SetTakeCorrections,
    SetTakeMarkers,
    SetTakeTimecode,
)
from avatar_core.gaussians.cloud import HIDDEN
from avatar_core.motion import (
    NO_CORRECTIONS,
    ChannelGroup,
    DriverProfile,
    DriverShare,
    GroupSettings,
    IdleSettings,
    Marker,
    Mood,
    MotionFrame,
    SpeechStyle,
    Timecode,
)
from avatar_core.motion.take_edits import trimmed
from avatar_core.motion.take_filters import smoothed
from avatar_core.project import (
    Adjustment,
    Blend,
    CameraBookmark,
    Clip,
    CropBox,
    LayerKind,
    Painting,
    PaintLayer,
    PortraitSettings,
    Project,
    ProjectPortrait,
    TexturePart,
)
from avatar_core.texture.canvas import PaintTarget
from tests.avatar_core.commands.hair_examples import BASE_COUNT, combed, grown, weights
from tests.avatar_core.commands.paint_examples import erased, stroke

if TYPE_CHECKING:
    from collections.abc import Callable


TAKE = "take-one"
CLOSE = CameraBookmark("Close", (0.0, 1.5, 0.1), 0.5, 0.25, 0.5, 0.7)

EXAMPLES: dict[str, list[Callable[[Project], Command]]] = {
    "set_blendshape": [
        lambda project: SetBlendshape.of(project, "jawOpen", 0.3),
        lambda project: SetBlendshape.of(project, "tongueOut", 7.0),
    ],
    "set_head_pose": [
        lambda project: SetHeadPose.of(project, PosePart.ROTATION, (0.1, -0.2, 0.3)),
        lambda project: SetHeadPose.of(project, PosePart.TRANSLATION, np.ones(3)),
        lambda project: SetHeadPose.of(project, PosePart.GAZE, [0.1, -0.0]),
    ],
    "set_expression": [
        lambda project: SetExpression.of(
            project,
            replace(project.expression.with_weight("jawOpen", 1.0), gaze=np.ones(2, np.float32)),
            "Smile",
        )
    ],
    "reset_expression": [ResetExpression.of],
    "set_source": [lambda project: SetSource.of(project, "camera:0")],
    "set_mixer_group": [
        lambda project: SetMixerGroup.of(
            project, ChannelGroup.JAW, GroupSettings(1.5, 0.25, True, 0.1)
        ),
        lambda project: SetMixerGroup.of(
            project,
            ChannelGroup.LIPS,
            GroupSettings(drivers=(DriverShare("mic:", 0.5),), curve=-0.5, relative=0.25),
        ),
    ],
    "set_driver_profile": [
        lambda project: SetDriverProfile.of(
            project,
            "camera:1?fps=60",
            DriverProfile(
                MotionFrame.from_units(time_s=2.0, jawOpen=0.1),
                np.linspace(0, 4, 52, dtype=np.float32),
                np.eye(2, dtype=np.float32),
            ),
        ),
        lambda project: SetDriverProfile.of(project, "camera:0", None),
    ],
    "add_driver": [lambda project: AddDriver.of(project, "mic:")],
    "remove_driver": [lambda project: RemoveDriver.of(project, project.drivers[0])],
    "apply_mixer_preset": [
        lambda project: ApplyMixerPreset.of(project, "Phone"),
        lambda project: ApplyMixerPreset.of(project, "Calm"),
    ],
    "set_idle": [lambda project: SetIdle.of(project, IdleSettings(1.0, 9.0, 0.5))],
    "set_speech_style": [
        lambda project: SetSpeechStyle.of(project, SpeechStyle(0.5, 0.25, Mood.ANGRY, -1.0))
    ],
    "set_mixer_option": [
        lambda project: SetMixerOption.of(project, MixerOption.RELATIVE, 0.7),
        lambda project: SetMixerOption.of(project, MixerOption.MIRROR, False),
    ],
    "add_take": [
        lambda project: AddTake.of(project, project.takes[TAKE]),
        lambda project: AddTake.of(project, replace(project.takes["take-two"], id="three")),
    ],
    "remove_take": [
        lambda project: RemoveTake.of(project, TAKE),
        lambda project: RemoveTake.of(project, "take-two"),
    ],
    "rename_take": [
        lambda project: RenameTake.of(project, TAKE, "Better\none"),
        lambda project: RenameTake.of(project, "take-two", "Worse"),
    ],
    "set_active_take": [
        lambda project: SetActiveTake.of(project, None),
        lambda project: SetActiveTake.of(project, "take-two"),
    ],
    "edit_take": [
        lambda project: EditTake.of(project, trimmed(project.takes[TAKE], 0.1, 0.3), "Trim"),
        lambda project: EditTake.of(
            project, smoothed(project.takes["take-two"], {ChannelGroup.LIPS: 0.5}), "Smooth"
        ),
    ],
    "set_take_markers": [
        lambda project: SetTakeMarkers.of(project, TAKE, [Marker(2, "b\nc"), Marker(1, "")]),
        lambda project: SetTakeMarkers.of(project, TAKE, ()),
    ],
    "set_take_corrections": [
        lambda project: SetTakeCorrections.of(project, TAKE, NO_CORRECTIONS),
        lambda project: SetTakeCorrections.of(
            project, TAKE, replace(project.takes[TAKE].corrections, is_bypassed=True)
        ),
        lambda project: SetTakeCorrections.of(
            project, "take-two", NO_CORRECTIONS.with_bump("headYaw", 0.2, 0.1, 0.05)
        ),
    ],
    "set_take_timecode": [
        lambda project: SetTakeTimecode.of(project, TAKE, None),
        lambda project: SetTakeTimecode.of(project, TAKE, Timecode(7.25, 60)),
    ],
    "add_clip": [lambda project: AddClip.of(project, Clip("/a.mp4", TAKE, 64, 32, 24.0))],
    "remove_clip": [lambda project: RemoveClip.of(project, "clip-one")],
    "add_bookmark": [
        lambda project: AddBookmark.of(project, CLOSE),
        lambda project: AddBookmark.of(project, replace(CLOSE, name="")),
    ],
    "set_bookmark": [
        lambda project: SetBookmark.renamed(project, "mark-one", "Profile\nleft"),
        lambda project: SetBookmark.moved(project, "mark-two", CLOSE),
    ],
    "remove_bookmark": [lambda project: RemoveBookmark.of(project, "mark-one")],
    "add_portrait": [
        lambda project: AddPortrait.of(project, ProjectPortrait("demo:ann")),
        lambda project: AddPortrait.of(project, project.portraits["face-one"]),
    ],
    "set_portrait": [
        lambda project: SetPortrait.renamed(project, "face-one", "Ann\nleft"),
        lambda project: SetPortrait.shown(project, "face-one", True),
        lambda project: SetPortrait.performing(project, "face-two", PortraitSettings(blend=0.1)),
        lambda project: SetPortrait.cropped(project, "face-one", None),
        lambda project: SetPortrait.cropped(project, "face-two", CropBox(1, 2, 300)),
        lambda project: SetPortrait.found(project, "face-one", "/other.portrait", "ef" * 32),
    ],
    "remove_portrait": [lambda project: RemovePortrait.of(project, "face-one")],
    "set_avatar": [lambda project: SetAvatar.of(project, "/b.avatar", "cd" * 32)],
    "set_hair": [
        lambda project: SetHair.of(project, "/c.hair", "ef" * 32),
        lambda project: SetHair.of(project, ""),
    ],
    "edit_hair": [
        lambda project: EditHair.between(project, combed(project), "Comb"),
        lambda project: EditHair.between(project, combed(project, "1"), "Comb"),
        lambda project: EditHair.between(project, grown(project), "Grow"),
        lambda project: EditHair.between(project, grown(project, "2"), "Grow"),
    ],
    "set_hair_selection": [
        lambda project: SetHairSelection.of(project, weights(project), "Select lock"),
    ],
    "set_hair_flags": [
        lambda project: SetHairFlags.of(project, weights(project) & HIDDEN, "Hide selection"),
    ],
    "add_hair_layer": [
        lambda project: AddHairLayer.of(project, BASE_COUNT),
        lambda project: AddHairLayer.of(project, BASE_COUNT, "Fringe\nleft"),
    ],
    "remove_hair_layer": [
        lambda project: RemoveHairLayer.of(project, "1"),
        lambda project: RemoveHairLayer.of(project, "2"),
    ],
    "set_hair_layer": [
        lambda project: SetHairLayer.renamed(project, "1", "Fringe"),
        lambda project: SetHairLayer.shown(project, "2", False),
        lambda project: SetHairLayer.weighted(project, "1", 7.0),
    ],
    "move_hair_layer": [
        lambda project: MoveHairLayer.of(project, "1", 9),
        lambda project: MoveHairLayer.of(project, "2", -1),
    ],
    "set_active_hair_layer": [
        lambda project: SetActiveHairLayer.of(project, "1"),
        lambda project: SetActiveHairLayer.of(project, None),
    ],
    "set_hair_edits": [
        SetHairEdits.cleared,
        SetHairEdits.baked,
        lambda project: SetHairEdits.merged_down(project, "2"),
        lambda project: SetHairEdits.duplicated(project, "1"),
    ],
    "edit_paint": [
        lambda project: EditPaint.between(project, stroke(project), "Paint"),
        lambda project: EditPaint.between(project, stroke(project, "1"), "Paint"),
        lambda project: EditPaint.between(project, erased(project, "1", 9), "Erase"),
        lambda project: EditPaint.between(project, stroke(project, "2", PaintTarget.MASK), "Hide"),
        lambda project: EditPaint.between(project, stroke(project, "1", PaintTarget.MASK), "Hide"),
        lambda project: EditPaint.masked(project, "5", hides=True),
        lambda project: EditPaint.unmasked(project, "2"),
        lambda project: EditPaint.mask_inverted(project, "2"),
    ],
    "edit_paint_layers": [
        lambda project: EditPaintLayers.added(project, PaintLayer("")),
        lambda project: EditPaintLayers.added(project, PaintLayer("A\nb", LayerKind.FILL), "4"),
        lambda project: EditPaintLayers.removed(project, "4"),
        lambda project: EditPaintLayers.removed(project, "7"),
        lambda project: EditPaintLayers.duplicated(project, "2"),
        lambda project: EditPaintLayers.merged_down(project, "3"),
        lambda project: EditPaintLayers.flattened(project, "2"),
    ],
    "set_paint_layer": [
        lambda project: SetPaintLayer.renamed(project, "1", " Skin\ntone "),
        lambda project: SetPaintLayer.shown(project, "5", True),
        lambda project: SetPaintLayer.faded(project, "1", -3.0),
        lambda project: SetPaintLayer.blended(project, "1", Blend.HUE),
        lambda project: SetPaintLayer.assigned(project, "1", TexturePart.SCULPT),
        lambda project: SetPaintLayer.filled(project, "5", (2.0, 0.0, 1 / 3)),
        lambda project: SetPaintLayer.adjusted(project, "3", Adjustment(lightness=-0.5)),
        lambda project: SetPaintLayer.following(project, "6", ""),
    ],
    "move_paint_layer": [
        lambda project: MovePaintLayer.of(project, "1", None, 9),
        lambda project: MovePaintLayer.of(project, "1", "2", 1),
        lambda project: MovePaintLayer.of(project, "2", None, 0),
    ],
    "set_active_paint_layer": [
        lambda project: SetActivePaintLayer.of(project, "1"),
        lambda project: SetActivePaintLayer.of(project, None),
    ],
    "set_painting": [
        SetPainting.cleared,
        lambda project: SetPainting.resized(project, 1024),
        lambda project: SetPainting.to(project, Painting(), "Open\npainting"),
    ],
    "set_baked_paint": [
        lambda project: SetBakedPaint.of(project, None),
        lambda project: SetBakedPaint.of(project, replace(project.painting.baked, source="cd")),
    ],
    "set_cloned_skin": [
        lambda project: SetClonedSkin.of(project, project.painting.baked),
        lambda project: SetClonedSkin.of(project, replace(project.painting.baked, source="")),
    ],
    "set_background": [lambda project: SetBackground.of(project, (0.0, 0.5, 2.0))],
    "set_background_image": [
        lambda project: SetBackgroundImage.of(project, "/pictures/sea.png"),
        lambda project: SetBackgroundImage.of(project, ""),
    ],
    "relink_files": [
        lambda project: RelinkFiles.of(
            project,
            {
                "/films/me.mp4": FileReference("/elsewhere/me.mp4"),
                "/films/one.mp4": FileReference("/elsewhere/one.mp4"),
                "/sounds/ä.wav": FileReference("/elsewhere/ä.wav"),
                "/pictures/sky.jpg": FileReference("/elsewhere/sky.jpg"),
            },
        ),
        lambda project: RelinkFiles.of(
            project,
            {
                project.avatar: FileReference("/elsewhere/somebody.avatar", "ab" * 32),
                project.hair: FileReference("/elsewhere/bob.hair", "34" * 32),
                "/faces/ann.portrait": FileReference("/elsewhere/ann.portrait", "12" * 32),
            },
        ),
    ],
    "set_scene_option": [
        lambda project: SetSceneOption.of(project, SceneOption.GRID, True),
        lambda project: SetSceneOption.of(project, SceneOption.HAIR, True),
    ],
    "rename_project": [lambda project: RenameProject.of(project, "Another")],
}

ALL = [
    pytest.param(make, id=f"{kind}-{at}")
    for kind, makers in EXAMPLES.items()
    for at, make in enumerate(makers)
]
