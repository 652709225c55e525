from __future__ import annotations

import pytest

from avatar_core import errors
from avatar_core.errors import AssetError, AvatarError, Cancelled, ShapeError


def test_message_and_hint_make_one_text() -> None:
    error = AssetError("a.ply is empty.", "Export it again.")
    assert str(error) == "a.ply is empty. Export it again."
    assert (error.message, error.hint) == ("a.ply is empty.", "Export it again.")


def test_hint_may_be_left_out() -> None:
    assert str(AvatarError("It broke.")) == "It broke."


@pytest.mark.parametrize(
    "name",
    [
        "ProjectFormatError", "AssetError", "FaceNotFoundError", "WeightsError", "DeviceError",
        "RenderError", "RecordingError",
    ],
)  # fmt: skip
def test_errors_for_the_user_share_one_kind(name: str) -> None:
    assert issubclass(getattr(errors, name), AvatarError)


def test_stopping_and_a_callers_mistake_are_not_for_the_user() -> None:
    assert not issubclass(Cancelled, AvatarError)
    assert not issubclass(ShapeError, AvatarError)
