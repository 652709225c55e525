"""Commands, their records, and the history; importing this makes every kind known."""

from avatar_core.commands.bookmarks import AddBookmark, RemoveBookmark, SetBookmark
from avatar_core.commands.clips import AddClip, RemoveClip
from avatar_core.commands.command import Command, command_from_record, register, registered
from avatar_core.commands.drivers import AddDriver, RemoveDriver, SetDriverProfile, SetSource
from avatar_core.commands.hair import EditHair
from avatar_core.commands.hair_edits import SetHairEdits
from avatar_core.commands.hair_layers import (
    AddHairLayer,
    HairLayerOption,
    MoveHairLayer,
    RemoveHairLayer,
    SetActiveHairLayer,
    SetHairLayer,
)
from avatar_core.commands.hair_selection import SetHairFlags, SetHairSelection
from avatar_core.commands.history import History, Step
from avatar_core.commands.mixer import (
    MixerOption,
    SetIdle,
    SetMixerGroup,
    SetMixerOption,
    SetSpeechStyle,
)
from avatar_core.commands.mixer_preset import ApplyMixerPreset
from avatar_core.commands.motion import (
    PosePart,
    ResetExpression,
    SetBlendshape,
    SetExpression,
    SetHeadPose,
)
from avatar_core.commands.paint import EditPaint
from avatar_core.commands.paint_bake import SetBakedPaint, SetClonedSkin
from avatar_core.commands.paint_layers import (
    MovePaintLayer,
    PaintLayerOption,
    SetActivePaintLayer,
    SetPaintLayer,
)
from avatar_core.commands.paint_stack import EditPaintLayers, SetPainting
from avatar_core.commands.portraits import AddPortrait, RemovePortrait, SetPortrait
from avatar_core.commands.records import Record, record_from_bytes, record_to_bytes
from avatar_core.commands.relinking import FileReference, RelinkFiles
from avatar_core.commands.scene import (
    RenameProject,
    SceneOption,
    SetAvatar,
    SetBackground,
    SetBackgroundImage,
    SetHair,
    SetSceneOption,
)
from avatar_core.commands.take_edits import (
    EditTake,
    SetTakeCorrections,
    SetTakeMarkers,
    SetTakeTimecode,
)
from avatar_core.commands.takes import AddTake, RemoveTake, RenameTake, SetActiveTake

__all__ = [
    "AddBookmark",
    "AddClip",
    "AddDriver",
    "AddHairLayer",
    "AddPortrait",
    "AddTake",
    "ApplyMixerPreset",
    "Command",
    "EditHair",
    "EditPaint",
    "EditPaintLayers",
    "EditTake",
    "FileReference",
    "HairLayerOption",
    "History",
    "MixerOption",
    "MoveHairLayer",
    "MovePaintLayer",
    "PaintLayerOption",
    "PosePart",
    "Record",
    "RelinkFiles",
    "RemoveBookmark",
    "RemoveClip",
    "RemoveDriver",
    "RemoveHairLayer",
    "RemovePortrait",
    "RemoveTake",
    "RenameProject",
    "RenameTake",
    "ResetExpression",
    "SceneOption",
    "SetActiveHairLayer",
    "SetActivePaintLayer",
    "SetActiveTake",
    "SetAvatar",
    "SetBackground",
    "SetBackgroundImage",
    "SetBakedPaint",
    "SetBlendshape",
    "SetBookmark",
    "SetClonedSkin",
    "SetDriverProfile",
    "SetExpression",
    "SetHair",
    "SetHairEdits",
    "SetHairFlags",
    "SetHairLayer",
    "SetHairSelection",
    "SetHeadPose",
    "SetIdle",
    "SetMixerGroup",
    "SetMixerOption",
    "SetPaintLayer",
    "SetPainting",
    "SetPortrait",
    "SetSceneOption",
    "SetSource",
    "SetSpeechStyle",
    "SetTakeCorrections",
    "SetTakeMarkers",
    "SetTakeTimecode",
    "Step",
    "command_from_record",
    "record_from_bytes",
    "record_to_bytes",
    "register",
    "registered",
]
