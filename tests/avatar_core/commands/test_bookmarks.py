from __future__ import annotations

from dataclasses import replace

import pytest

from avatar_core.commands import AddBookmark, RemoveBookmark, SetBookmark
from avatar_core.commands.bookmarks import free_name
from avatar_core.project import CameraBookmark, Change, Part, Project

CLOSE = CameraBookmark("Close", (0.0, 1.5, 0.1), 0.5, 0.25, 0.5, 0.7)


def test_views_join_at_the_end_under_a_new_id(full_project: Project) -> None:
    command = AddBookmark.of(full_project, CLOSE)
    assert command.do(full_project) == Change.of(Part.BOOKMARKS)
    assert list(full_project.bookmarks) == ["mark-one", "mark-two", command.entry_id]
    assert AddBookmark.of(full_project, CLOSE).entry_id != command.entry_id


def test_a_view_without_a_name_gets_the_first_free_one() -> None:
    project = Project()
    for expected in ("View 1", "View 2"):
        AddBookmark.of(project, replace(CLOSE, name=" ")).do(project)
        assert [each.name for each in project.bookmarks.values()][-1] == expected
    RemoveBookmark.of(project, next(iter(project.bookmarks))).do(project)
    assert free_name(project) == "View 1"


def test_renaming_keeps_the_view_and_moving_keeps_the_name(full_project: Project) -> None:
    before = full_project.bookmarks["mark-one"]
    rename = SetBookmark.renamed(full_project, "mark-one", "  Left\nside ")
    rename.do(full_project)
    assert full_project.bookmarks["mark-one"] == replace(before, name="Left side")
    move = SetBookmark.moved(full_project, "mark-one", CLOSE)
    move.do(full_project)
    assert full_project.bookmarks["mark-one"] == replace(CLOSE, name="Left side")
    assert (rename.label, move.label) == ("Rename to Left side", "Move Left side")
    assert list(full_project.bookmarks) == ["mark-one", "mark-two"]


def test_an_empty_name_changes_nothing(full_project: Project) -> None:
    assert SetBookmark.renamed(full_project, "mark-one", " ").changes_nothing


def test_a_removed_view_comes_back_in_its_place(full_project: Project) -> None:
    command = RemoveBookmark.of(full_project, "mark-one")
    command.do(full_project)
    assert list(full_project.bookmarks) == ["mark-two"]
    command.undo(full_project)
    assert list(full_project.bookmarks) == ["mark-one", "mark-two"]


def test_views_that_are_not_there_are_refused(full_project: Project) -> None:
    for ask in (
        lambda: RemoveBookmark.of(full_project, "gone"),
        lambda: SetBookmark.renamed(full_project, "gone", "Name"),
        lambda: SetBookmark.moved(full_project, "gone", CLOSE),
    ):
        with pytest.raises(ValueError, match="gone"):
            ask()
