from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.handlers.display import DisplayHandler
from app.viewport.display import NEURAL_VIEWS, Display, Subject
from avatar_core.commands import SetAvatar
from avatar_core.project import FaceAsset, FaceKind
from avatar_core.render.scene import Blending, FaceView, HairView

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.context import StudioContext
    from app.viewport.view_bar import ViewBar


@pytest.fixture
def handler(context: StudioContext, view: Any, bar: ViewBar) -> DisplayHandler:
    made = DisplayHandler(context, view, bar)
    made.refresh()
    return made


@pytest.mark.usefixtures("handler")
@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("face_dynamic", Display(face_view=FaceView.DYNAMIC)),
        ("face_uv", Display(face_view=FaceView.UV)),
        ("ellipsoids", Display(hair_view=HairView.ELLIPSOIDS)),
        ("exact", Display(blending=Blending.EXACT)),
        ("face_only", Display(subject=Subject.FACE)),
        ("hair_only", Display(subject=Subject.HAIR)),
        ("wireframe", Display(shows_wireframe=True)),
        ("depth", Display(shows_depth=True)),
        ("headlight", Display(has_headlight=True)),
    ],
)
def test_actions_reach_the_viewport_the_bar_and_one_click_is_the_way_back(
    context: StudioContext, view: Any, bar: ViewBar, action: str, expected: Display
) -> None:
    reset = context.actions["view.display_reset"]
    assert not reset.isEnabled()
    context.actions[f"view.{action}"].trigger()
    assert view.display == expected
    assert context.actions[f"view.{action}"].isChecked()
    assert bar.text == expected.notes[0]
    reset.trigger()
    assert view.display == Display()
    assert bar.text == "Display"
    assert context.actions["view.face_colour"].isChecked()
    is_on = context.actions[f"view.{action}"].isChecked()
    assert not is_on
    assert not context.session.dirty  # nothing of it is an edit


@pytest.mark.usefixtures("handler")
def test_one_view_of_the_face_at_a_time(context: StudioContext, view: Any) -> None:
    for name in ("uv", "parts", "parts"):
        context.actions[f"view.face_{name}"].trigger()
    ticked = [face for face in FaceView if context.actions[f"view.face_{face}"].isChecked()]
    assert ticked == [FaceView.PARTS]
    assert view.display.face_view == FaceView.PARTS


@pytest.mark.usefixtures("handler")
def test_face_alone_and_hair_alone_exclude_one_another(context: StudioContext, view: Any) -> None:
    context.actions["view.face_only"].trigger()
    context.actions["view.hair_only"].trigger()
    assert not context.actions["view.face_only"].isChecked()
    assert view.display.subject == Subject.HAIR
    context.actions["view.hair_only"].trigger()
    assert view.display == Display()


@pytest.mark.usefixtures("handler")
def test_the_bar_counts_what_it_has_no_room_for(context: StudioContext, bar: ViewBar) -> None:
    for name in ("wireframe", "headlight", "face_parts"):
        context.actions[f"view.{name}"].trigger()
    assert bar.text == "Parts  +2"


def test_the_display_is_kept_with_the_project_as_the_camera_is(
    context: StudioContext, view: Any, handler: DisplayHandler, tmp_path: Path
) -> None:
    context.actions["view.face_parts"].trigger()
    context.session.save(tmp_path / "seen.studio")
    context.session.new()
    assert view.display == Display()
    context.session.open(tmp_path / "seen.studio")
    assert view.display == Display(face_view=FaceView.PARTS)


def test_parts_of_a_neural_texture_are_offered_where_there_is_one(
    context: StudioContext,
    view: Any,
    handler: DisplayHandler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asset = context.session.avatar
    neural = replace(asset, face=replace(asset.face, kind=FaceKind.NEURAL))
    plain = replace(asset, face=FaceAsset(FaceKind.PLAIN, asset.face.texture))
    worn = neural
    monkeypatch.setattr(type(context.session), "avatar", property(lambda _self: worn))
    context.push(SetAvatar.of(context.project, "/neural.avatar"))
    assert all(context.actions[f"view.face_{face}"].isEnabled() for face in NEURAL_VIEWS)
    context.actions["view.face_dynamic"].trigger()
    worn = plain
    context.push(SetAvatar.of(context.project, "/plain.avatar"))
    assert not any(context.actions[f"view.face_{face}"].isEnabled() for face in NEURAL_VIEWS)
    assert context.actions["view.face_uv"].isEnabled()
    assert view.display == Display()


def test_its_popover_opens_and_closes(
    context: StudioContext, bar: ViewBar, handler: DisplayHandler
) -> None:
    context.actions["view.display"].trigger()
    assert bar.display_popover.isVisible()
    context.actions["view.display"].trigger()
    assert not bar.display_popover.isVisible()
