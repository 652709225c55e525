"""The bundled project, and the script that makes it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from avatar_core.io.take_file import load_take
from avatar_core.project import DEMO_AVATAR, digest
from avatar_core.resources import resource_path
from avatar_core.session import Session

if TYPE_CHECKING:
    import pytest


def test_opens_on_the_demo_performance_without_a_warning() -> None:
    session = Session()
    session.open(resource_path("demo", "demo.studio"), as_copy=True)
    take = session.project.source_take
    assert session.title == "Demo"
    assert session.warnings == ()
    assert session.project.avatar == DEMO_AVATAR
    assert take is not None
    assert session.project.active_take == take.id
    assert digest(take) == digest(load_take(resource_path("demo", "performance.take")))


def test_is_what_the_script_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(resource_path("demo")))
    made = importlib.import_module("make_demo_project").make_project()
    session = Session()
    session.open(resource_path("demo", "demo.studio"))
    assert digest(session.project) == digest(made.project)
