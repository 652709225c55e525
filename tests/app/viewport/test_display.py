from __future__ import annotations

from dataclasses import fields, replace

import pytest

from app.viewport.display import FACE_WORDS, Display, Subject
from avatar_core.render.scene import Blending, FaceView, HairView, SceneOptions

STRANGE = Display(
    Blending.EXACT,
    FaceView.DYNAMIC,
    HairView.ELLIPSOIDS,
    Subject.FACE,
    True,
    True,
    True,
    view_strength=0.5,
    dynamic_strength=2.0,
)
SCENE = SceneOptions(background=(0.1, 0.2, 0.3), show_grid=False)


def test_the_plain_display_leaves_the_scene_alone() -> None:
    applied = Display().applied_to(SCENE)
    assert all(getattr(applied, each.name) == getattr(SCENE, each.name) for each in fields(SCENE))
    assert Display().is_plain
    assert Display().notes == ()


def test_everything_reaches_the_renderer() -> None:
    applied = STRANGE.applied_to(SCENE)
    assert applied.blending == Blending.EXACT
    assert applied.face_view == FaceView.DYNAMIC
    assert applied.hair_view == HairView.ELLIPSOIDS
    assert (applied.show_face, applied.show_hair) == (True, False)
    assert applied.shading > 0
    assert applied.show_depth
    assert applied.show_wireframe
    assert applied.background == SCENE.background


@pytest.mark.parametrize(
    ("subject", "document_hair", "shown"),
    [
        (Subject.WHOLE, True, (True, True)),
        (Subject.WHOLE, False, (True, False)),
        (Subject.FACE, True, (True, False)),
        (Subject.HAIR, True, (False, True)),
        (Subject.HAIR, False, (False, True)),
    ],
)
def test_face_and_hair_alone(
    subject: Subject, document_hair: bool, shown: tuple[bool, bool]
) -> None:
    applied = Display(subject=subject).applied_to(SceneOptions(show_hair=document_hair))
    assert (applied.show_face, applied.show_hair) == shown


def test_every_difference_has_words() -> None:
    for name in (each.name for each in fields(Display)):
        display = replace(Display(), **{name: getattr(STRANGE, name)})
        assert len(display.notes) == 1, name
        assert display.notes[0]
        assert not display.is_plain
    assert len(STRANGE.notes) == len(fields(Display))
    assert set(FACE_WORDS) == set(FaceView)


def test_parts_of_the_face_have_strengths() -> None:
    applied = Display(view_strength=0.5, dynamic_strength=2.0).applied_to(SceneOptions())
    assert applied.part_strengths == (0.5, 2.0)


def test_a_view_of_the_face_can_be_seen() -> None:
    hidden = Display(subject=Subject.HAIR, shows_depth=True)
    assert hidden.with_face(FaceView.UV) == Display(face_view=FaceView.UV)
    alone = Display(subject=Subject.FACE)
    assert alone.with_face(FaceView.UV).subject == Subject.FACE


def test_a_view_of_the_hair_can_be_seen() -> None:
    hidden = Display(subject=Subject.FACE, shows_depth=True)
    assert hidden.with_hair(HairView.ELLIPSOIDS) == Display(hair_view=HairView.ELLIPSOIDS)


def test_it_comes_back_from_plain_data() -> None:
    for display in (Display(), STRANGE, Display(face_view=FaceView.PARTS)):
        assert Display.from_plain(display.to_plain()) == display
    assert Display().to_plain() == {}
    assert Display(shows_depth=True).to_plain() == {"shows_depth": True}


@pytest.mark.parametrize(
    "kept",
    [
        None,
        "dynamic",
        [1],
        {"face_view": "inside", "shows_depth": 1, "subject": None, "blending": ["exact"]},
        {"nonsense": True, 3: 4},
        {"view_strength": True, "dynamic_strength": 2.5},
        {"view_strength": "1", "dynamic_strength": float("nan")},
    ],
)
def test_plain_data_that_makes_no_sense_is_left_out(kept: object) -> None:
    assert Display.from_plain(kept) == Display()
