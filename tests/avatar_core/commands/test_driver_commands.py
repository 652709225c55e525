from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.commands import (
    AddDriver,
    Command,
    RemoveDriver,
    SetDriverProfile,
    SetMixerGroup,
    SetSource,
)
from avatar_core.motion import (
    ChannelGroup,
    DriverProfile,
    DriverShare,
    GroupSettings,
    MotionFrame,
)
from avatar_core.project import Change, Part, Project

if TYPE_CHECKING:
    from collections.abc import Callable


def test_source_touches_driving() -> None:
    project = Project()
    assert SetSource.of(project, "camera:1").do(project) == Change.of(Part.DRIVING)
    assert project.source == "camera:1"


def test_drivers_are_added_at_the_end_and_come_back_to_their_place() -> None:
    project = Project()
    for driver in ("mic:", "livelink:11111", "vmc:39539"):
        assert AddDriver.of(project, driver).do(project) == Change.of(Part.DRIVING)
    remove = RemoveDriver.of(project, "livelink:11111")
    remove.do(project)
    assert project.drivers == ("mic:", "vmc:39539")
    remove.undo(project)
    assert project.drivers == ("mic:", "livelink:11111", "vmc:39539")
    assert (AddDriver.of(project, "mic:Blue").label, remove.label) == (
        "Add Blue",
        "Remove Live Link Face",
    )


def test_drivers_that_cannot_be_added_or_removed_are_refused() -> None:
    project = Project(drivers=("mic:",))
    with pytest.raises(ValueError, match="driver"):
        AddDriver.of(project, "mic:")
    with pytest.raises(ValueError, match="not in"):
        RemoveDriver.of(project, "camera:0")
    crowded = Project(drivers=tuple(f"camera:{at}" for at in range(64)))
    with pytest.raises(ValueError, match="driver"):
        AddDriver.of(crowded, "mic:")


@pytest.mark.parametrize("driver", ["", "sound:\0", "x" * 50_000])
@pytest.mark.parametrize(
    "make",
    [
        SetSource.of,
        AddDriver.of,
        lambda project, driver: SetDriverProfile(driver, None, None),
        lambda project, driver: SetMixerGroup.of(
            project, ChannelGroup.JAW, GroupSettings(drivers=(DriverShare(driver),))
        ),
    ],
)
def test_addresses_that_a_file_could_not_hold_are_refused(
    make: Callable[[Project, str], Command], driver: str
) -> None:
    with pytest.raises(ValueError, match="driver"):
        make(Project(), driver)


def test_calibration_is_set_and_cleared() -> None:
    project = Project()
    rest = DriverProfile(MotionFrame.from_units(jawOpen=0.2))
    command = SetDriverProfile.of(project, "camera:0?fps=60", rest)
    assert command.do(project) == Change.of(Part.MIXER)
    assert project.mixer.profile("camera:0") is rest
    assert project.mixer.profile("camera:1") == DriverProfile()
    clear = SetDriverProfile.of(project, "camera:0", DriverProfile())
    assert clear.after is None
    assert (command.label, clear.label) == ("Calibrate", "Clear calibration")
    assert SetDriverProfile.of(project, "camera:0", rest).changes_nothing
    clear.do(project)
    assert not project.mixer.profiles


@pytest.mark.parametrize(
    "rest",
    [
        MotionFrame(weights=np.full(52, np.nan, np.float32)),
        MotionFrame(head_rotation=np.zeros(3)),  # float64, which no file keeps
        MotionFrame(confidence=1.5),
        MotionFrame(time_s=float("inf")),
    ],
)
def test_calibration_that_a_file_could_not_hold_is_refused(rest: MotionFrame) -> None:
    with pytest.raises(ValueError, match="neutral"):
        SetDriverProfile.of(Project(), "camera:0", DriverProfile(rest))
