from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import ProjectFormatError
from avatar_core.project import Project, digest
from avatar_core.project.mixer_values import pack_mixer, unpack_mixer
from avatar_core.project.motion_values import pack_motion, unpack_motion
from avatar_core.project.plain import Arrays, Fields
from avatar_core.project.take_values import pack_take, unpack_take
from avatar_core.project.values import (
    pack_bookmark,
    pack_clip,
    pack_expression,
    pack_scene,
    unpack_bookmark,
    unpack_clip,
    unpack_expression,
    unpack_scene,
)

if TYPE_CHECKING:
    from avatar_core.motion import Take


def through_json(data: Any) -> Fields:
    return Fields(json.loads(json.dumps(data, allow_nan=False)), "test")


def test_expression_round_trip(full_project: Project) -> None:
    arrays: dict[str, np.ndarray] = {}
    pack_expression(full_project.expression, arrays, "e")
    assert digest(unpack_expression(Arrays(arrays, "test"), "e")) == digest(full_project.expression)


def test_mixer_round_trip(full_project: Project) -> None:
    for mixer in (full_project.mixer, Project().mixer):
        arrays: dict[str, np.ndarray] = {}
        fields = through_json(pack_mixer(mixer, arrays, "m"))
        assert digest(unpack_mixer(fields, Arrays(arrays, "test"))) == digest(mixer)


def test_motion_round_trip_with_and_without_the_optional_parts(full_project: Project) -> None:
    full = full_project.mixer.profile("camera:0").neutral
    assert full is not None
    for frame in (full, replace(full, gaze=None), replace(full, expression_latent=None)):
        arrays: dict[str, np.ndarray] = {}
        fields = through_json(pack_motion(frame, arrays, "f"))
        assert digest(unpack_motion(fields, Arrays(arrays, "test"), "f")) == digest(frame)


def test_scene_clip_and_bookmark_round_trip(full_project: Project) -> None:
    scene = full_project.scene
    assert digest(unpack_scene(through_json(pack_scene(scene)))) == digest(scene)
    for clip in full_project.clips.values():
        assert digest(unpack_clip(through_json(pack_clip(clip)))) == digest(clip)
    for mark in full_project.bookmarks.values():
        assert digest(unpack_bookmark(through_json(pack_bookmark(mark)))) == digest(mark)


def test_take_round_trip(full_project: Project) -> None:
    for take in full_project.takes.values():
        arrays: dict[str, np.ndarray] = {}
        fields = through_json(pack_take(take, arrays, "t"))
        assert digest(unpack_take(fields, Arrays(arrays, "test"), "t")) == digest(take)


def test_takes_that_do_not_hold_together_are_refused(some_take: Take) -> None:
    arrays: dict[str, np.ndarray] = {}
    data = pack_take(some_take, arrays, "t")
    for name, bad in (
        ("t.times_s", some_take.times_s[::-1].copy()),
        ("t.times_s", some_take.times_s[:3]),
        ("t.confidence", some_take.confidence + 1),
        ("t.audio", np.full((10, 2), np.nan, np.float32)),
    ):
        with pytest.raises(ProjectFormatError, match="damaged"):
            unpack_take(Fields(data, "take"), Arrays({**arrays, name: bad}, "take"), "t")


def test_unknown_mixer_groups_are_refused(full_project: Project) -> None:
    arrays: dict[str, np.ndarray] = {}
    data = pack_mixer(full_project.mixer, arrays, "m")
    data["groups"]["tentacles"] = data["groups"]["jaw"]
    with pytest.raises(ProjectFormatError, match="tentacles"):
        unpack_mixer(Fields(data, "mixer"), Arrays(arrays, "test"))
