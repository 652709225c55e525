from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QFileDialog

from app.handlers.drivers import DriverListHandler
from app.panels.driver_kinds import DriverKind
from app.panels.driving import DrivingPanel
from app.workers.status import DriverState, PerformanceStatus
from avatar_core.commands import AddTake, SetMixerGroup
from avatar_core.motion import ChannelGroup, DriverShare, GroupSettings, Take

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext

CAMERA, MICROPHONE, PHONE = "camera:0", "mic:", "livelink:11111"


@pytest.fixture
def panel(qtbot: QtBot) -> DrivingPanel:
    widget = DrivingPanel()
    qtbot.addWidget(widget)
    widget.show()
    return widget


@pytest.fixture
def drivers(
    context: StudioContext, engine: Any, panel: DrivingPanel
) -> Iterator[DriverListHandler]:
    handler = DriverListHandler(context, engine, panel)
    handler.refresh()
    yield handler
    handler.shutdown()


@pytest.fixture
def three(drivers: DriverListHandler) -> DriverListHandler:
    """A list with a main driver and two beside it."""
    for uri in (CAMERA, MICROPHONE, PHONE):
        drivers.add(uri)
    return drivers


class TestTheList:
    def test_the_first_becomes_the_main_driver_the_others_listen_beside_it(
        self, context: StudioContext, panel: DrivingPanel, three: DriverListHandler
    ) -> None:
        project = context.project
        assert (project.source, project.drivers) == (CAMERA, (MICROPHONE, PHONE))
        assert panel.list.uris == [CAMERA, MICROPHONE, PHONE]
        assert three.chosen == PHONE
        context.session.undo()
        assert panel.list.uris == [CAMERA, MICROPHONE]

    def test_a_driver_that_the_mixer_ignores_says_so(
        self, context: StudioContext, panel: DrivingPanel, three: DriverListHandler
    ) -> None:
        words = panel.list.line(MICROPHONE).words
        assert words.text().startswith("Not in the mixer yet.")
        settings = GroupSettings(drivers=(DriverShare(MICROPHONE),))
        context.push(SetMixerGroup.of(context.project, ChannelGroup.JAW, settings))
        assert not words.text().startswith("Not in the mixer yet.")

    def test_a_device_comes_into_the_list_once(
        self, context: StudioContext, engine: Any, three: DriverListHandler
    ) -> None:
        three.add("mic:?gain=6")
        assert context.project.drivers == (MICROPHONE, PHONE)
        assert three.chosen == MICROPHONE
        assert engine.asked("retry") == [(MICROPHONE,)]

    def test_the_main_driver_changes_places_in_one_step(
        self, context: StudioContext, three: DriverListHandler
    ) -> None:
        steps = len(context.session.history.steps)
        three.set_main(PHONE)
        project = context.project
        assert (project.source, project.drivers) == (PHONE, (MICROPHONE, CAMERA))
        assert len(context.session.history.steps) == steps + 1
        context.session.undo()
        assert (project.source, project.drivers) == (CAMERA, (MICROPHONE, PHONE))

    def test_no_driver_is_missing_while_places_are_changed(
        self, context: StudioContext, three: DriverListHandler
    ) -> None:
        seen: list[set[str]] = []
        context.events.changed.connect(
            lambda _change: seen.append({context.project.source, *context.project.drivers})
        )
        three.set_main(PHONE)
        assert seen
        assert all(each == {CAMERA, MICROPHONE, PHONE} for each in seen)

    def test_a_film_takes_the_place_of_the_main_driver(
        self, context: StudioContext, three: DriverListHandler, tmp_path: Path
    ) -> None:
        three.drive_from(tmp_path / "face.mp4")
        assert context.project.source == f"file:{tmp_path / 'face.mp4'}"
        assert context.project.drivers == (MICROPHONE, PHONE)

    def test_without_the_main_driver_the_next_one_leads(
        self, context: StudioContext, three: DriverListHandler
    ) -> None:
        three.remove(CAMERA)
        assert (context.project.source, context.project.drivers) == (MICROPHONE, (PHONE,))
        three.remove(PHONE)
        three.remove(MICROPHONE)
        assert (context.project.source, context.project.drivers) == ("sliders", ())
        context.session.undo()
        assert context.project.source == MICROPHONE

    def test_takes_are_offered_by_their_names(
        self, context: StudioContext, panel: DrivingPanel, drivers: DriverListHandler, take: Take
    ) -> None:
        context.push(AddTake.of(context.project, take))
        (offered,) = panel.add_menu.takes.actions()
        assert offered.text() == "Monologue"
        drivers.add("take:first")
        assert panel.list.line("take:first").title.text() == "Monologue"

    def test_a_full_list_says_so(
        self, context: StudioContext, three: DriverListHandler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.handlers.drivers.MOST_DRIVERS", 2)
        three.add("camera:1")
        assert context.project.drivers == (MICROPHONE, PHONE)
        assert "holds 2 drivers beside the main one already" in context.toast.text


class TestSettings:
    def test_a_camera_with_another_size_stays_where_it_was(
        self, context: StudioContext, panel: DrivingPanel, three: DriverListHandler
    ) -> None:
        panel.settings.address_edited.emit(CAMERA, "camera:0?size=1280x720")
        assert context.project.source == "camera:0?size=1280x720"
        assert three.chosen == "camera:0?size=1280x720"

    def test_shares_follow_a_driver_that_is_set_up_anew(
        self, context: StudioContext, panel: DrivingPanel, three: DriverListHandler
    ) -> None:
        settings = GroupSettings(drivers=(DriverShare(CAMERA), DriverShare(MICROPHONE, 0.5)))
        context.push(SetMixerGroup.of(context.project, ChannelGroup.JAW, settings))
        steps = len(context.session.history.steps)
        panel.settings.address_edited.emit(MICROPHONE, "mic:?gain=6")
        assert context.project.drivers == ("mic:?gain=6", PHONE)
        shares = context.project.mixer.groups[ChannelGroup.JAW].drivers
        assert shares == (DriverShare(CAMERA), DriverShare("mic:?gain=6", 0.5))
        assert len(context.session.history.steps) == steps + 1
        context.session.undo()
        assert context.project.drivers == (MICROPHONE, PHONE)

    def test_what_was_just_set_is_kept_when_another_driver_is_chosen(
        self, context: StudioContext, panel: DrivingPanel, three: DriverListHandler
    ) -> None:
        three.choose(MICROPHONE)
        panel.settings.number("gain").value_edited.emit(6.0)
        three.choose(CAMERA)
        assert context.project.drivers == ("mic:?gain=6", PHONE)
        assert three.chosen == panel.settings.uri == CAMERA

    def test_settings_of_a_driver_that_has_gone_meanwhile_change_nothing(
        self, context: StudioContext, panel: DrivingPanel, three: DriverListHandler
    ) -> None:
        steps = len(context.session.history.steps)
        panel.settings.address_edited.emit("camera:7", "camera:7?fps=60")
        assert len(context.session.history.steps) == steps


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        (DriverKind.FILE, "file:{}"),
        (DriverKind.SOUND, "sound:{}"),
        (DriverKind.SEQUENCE, "sequence:{}"),
    ],
)
@pytest.mark.usefixtures("drivers")
def test_files_are_asked_for(
    context: StudioContext, panel: DrivingPanel, tmp_path: Path, kind: DriverKind, uri: str
) -> None:
    panel.add_menu.file_wanted.emit(kind)
    dialog = context.window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    assert context.project.source == uri.format(tmp_path)


def test_devices_are_listed_in_the_background(
    qtbot: QtBot,
    drivers: DriverListHandler,
    panel: DrivingPanel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from avatar_core.driving import camera, microphone

    cameras = [camera.CameraInfo(0, "Webcam"), camera.CameraInfo(2, "Phone & tablet")]
    monkeypatch.setattr(camera, "list_cameras", lambda: cameras)
    monkeypatch.setattr(
        microphone, "list_microphones", lambda: [microphone.MicrophoneInfo("USB Audio")]
    )
    drivers.list_devices()
    qtbot.waitUntil(lambda: len(panel.add_menu.cameras.actions()) == 2)
    assert [each.text() for each in panel.add_menu.cameras.actions()] == [
        "Webcam", "Phone && tablet",
    ]  # fmt: skip
    assert [each.text() for each in panel.add_menu.microphones.actions()] == [
        "Microphone of the system", "USB Audio",
    ]  # fmt: skip
    drivers.add("camera:2")
    assert panel.list.line("camera:2").title.text() == "Phone & tablet"


def test_what_drivers_do_reaches_the_list(panel: DrivingPanel, three: DriverListHandler) -> None:
    three.choose(MICROPHONE)
    states = (
        DriverState(CAMERA, "live", 30.0, 20.0),
        DriverState(MICROPHONE, "live", level=0.5),
    )
    three.show_status(PerformanceStatus(drivers=states))
    assert panel.settings.meter is not None
    assert panel.settings.meter.level == 0.5
    for _ in range(2):
        three.show_status(PerformanceStatus(drivers=states))
    assert panel.list.line(CAMERA).numbers.text() == "30 fps  20 ms"


@pytest.mark.parametrize(
    ("source", "words"),
    [("take:first", "The take plays"), (CAMERA, "Waits while a take plays; Stop ends it")],
)
def test_the_list_says_what_a_take_does_to_the_main_driver(
    context: StudioContext,
    panel: DrivingPanel,
    drivers: DriverListHandler,
    take: Take,
    source: str,
    words: str,
) -> None:
    context.push(AddTake.of(context.project, take))
    drivers.add(source)
    for _ in range(3):
        drivers.show_status(PerformanceStatus(take_id="first", is_playing=True))
    assert panel.list.line(source).words.text() == words
