from __future__ import annotations

import copy

import pytest

from avatar_core.errors import ProjectFormatError
from avatar_core.io.migrations import PROJECT, Manifest, Migrations


@pytest.fixture
def steps() -> Migrations:
    """A format in its third version."""
    migrations = Migrations("test-format", "a test", newest=3, suffix=".test")

    @migrations.step(from_version=1)
    def _name_is_called_title(manifest: Manifest) -> Manifest:
        rest = {key: value for key, value in manifest.items() if key != "name"}
        return {**rest, "title": manifest["name"]}

    @migrations.step(from_version=2)
    def _add_camera(manifest: Manifest) -> Manifest:
        return {**manifest, "camera": {"fov_y_rad": 0.35}}

    return migrations


def test_steps_run_in_order_up_to_the_newest(steps: Migrations) -> None:
    first = {"format": "test-format", "version": 1, "name": "Ada"}
    assert steps.upgraded(first, "a.test") == {
        "format": "test-format",
        "version": 3,
        "title": "Ada",
        "camera": {"fov_y_rad": 0.35},
    }


def test_steps_before_the_file_s_version_do_not_run(steps: Migrations) -> None:
    second = {"format": "test-format", "version": 2, "title": "Ada"}
    assert steps.upgraded(second, "a.test")["title"] == "Ada"


def test_the_given_manifest_stays_as_it_is(steps: Migrations) -> None:
    first = {"format": "test-format", "version": 1, "name": "Ada"}
    before = copy.deepcopy(first)
    steps.upgraded(first, "a.test")
    assert first == before


def test_the_newest_comes_back_as_it_is(steps: Migrations) -> None:
    newest = {**steps.header(), "title": "Ada"}
    assert steps.upgraded(newest, "a.test") == newest


def test_a_newer_version_is_refused_in_words(steps: Migrations) -> None:
    newer = {"format": "test-format", "version": 4}
    with pytest.raises(ProjectFormatError, match=r"newer release .* 4, .* up to 3") as e:
        steps.upgraded(newer, "a.test")
    assert "Update" in e.value.hint


@pytest.mark.parametrize("version", [None, 0, -1, "2", 2.0, True, [2]])
def test_a_version_that_is_none_is_refused(version: object, steps: Migrations) -> None:
    with pytest.raises(ProjectFormatError, match="which version"):
        steps.upgraded({"format": "test-format", "version": version}, "a.test")


@pytest.mark.parametrize("name", [None, "another", 3, ["test-format"]])
def test_another_format_is_refused(name: object, steps: Migrations) -> None:
    with pytest.raises(ProjectFormatError, match=r"a\.test is not a test"):
        steps.upgraded({"format": name, "version": 1}, "a.test")


def test_a_step_that_cannot_work_with_the_contents_says_so(steps: Migrations) -> None:
    with pytest.raises(ProjectFormatError, match="from file version 1 to 2"):
        steps.upgraded({"format": "test-format", "version": 1}, "a.test")


@pytest.mark.parametrize("from_version", [0, 1, 3])
def test_steps_have_one_place_each(from_version: int, steps: Migrations) -> None:
    with pytest.raises(ValueError, match="no place"):
        steps.step(from_version)(lambda manifest: manifest)


def test_projects_have_a_step_for_every_older_version() -> None:
    assert sorted(PROJECT._steps) == list(range(1, PROJECT.header()["version"]))
