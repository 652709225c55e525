from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.io.project_file import SavedProject, save_project
from avatar_core.io.saved_state import saved_state

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import Project


def test_equal_documents_have_one_state_and_others_have_others(
    full_project: Project, tmp_path: Path
) -> None:
    one, same = tmp_path / "one.studio", tmp_path / "same.studio"
    save_project(SavedProject(full_project), one)
    save_project(SavedProject(full_project), same)
    states = {saved_state(one)}
    assert {saved_state(same)} == states
    save_project(SavedProject(full_project, history=b"steps"), same)
    states.add(saved_state(same))
    full_project.takes = dict(list(full_project.takes.items())[:1])
    save_project(SavedProject(full_project), same)
    states.add(saved_state(same))
    full_project.name = "Another"
    save_project(SavedProject(full_project), same)
    states.add(saved_state(same))
    assert len(states) == 4


def test_what_is_no_project_has_no_state(tmp_path: Path) -> None:
    path = tmp_path / "a.studio"
    with pytest.raises(AssetError):
        saved_state(path)
    path.write_bytes(b"nothing")
    with pytest.raises(ProjectFormatError):
        saved_state(path)
