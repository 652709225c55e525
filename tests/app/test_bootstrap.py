from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import app.bootstrap
from app.bootstrap import main, make_backends
from app.preferences import Preferences, PreferenceValues

_ROOT = Path(__file__).resolve().parents[2]
_HEAVY = ("torch", "cv2", "av", "scipy", "numba", "PySide6")


def _modules_after(code: str) -> set[str]:
    """All modules that a fresh interpreter holds after some lines of code."""
    code = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=_ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def _loaded_by(imported: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after an import."""
    return {name.partition(".")[0] for name in _modules_after(f"import {imported}")}


def test_the_entry_point_imports_nothing_heavy() -> None:
    assert _loaded_by("app.bootstrap").isdisjoint(_HEAVY)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_without_a_display_one_sentence_says_so() -> None:
    absent = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=_ROOT,
        env={key: value for key, value in os.environ.items() if key not in absent},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("There is no display here")
    assert done.stderr.count("\n") == 1


def test_the_window_is_built_without_torch_and_its_like() -> None:
    loaded = _loaded_by("app.main_window, app.workers.performance, avatar_core.session")
    assert loaded.isdisjoint({"torch", "av", "scipy", "numba", "pyqtgraph", "sounddevice"})


def test_the_demo_is_shown_before_what_only_desks_and_dialogs_need(tmp_path: Path) -> None:
    loaded = _modules_after(f"""
from pathlib import Path
from app.bootstrap import make_application, make_window
from app.preferences import Preferences
application = make_application()
window = make_window(Preferences(Path({str(tmp_path / "studio.ini")!r})))
window.windowing.restore_layout()
window.start_with(None)
assert window.events.session.title == "Demo"
window.shut_down()
""")
    assert "app.handlers.desks" in loaded
    late = re.compile(
        r"app\.(handlers|panels)\.((groom|hair|paint)_|training|losses|capture).*"
        r"|app\.(groom|paint)_actions"
        r"|app\.(viewport|workers)\.(portrait|crop_editor|driver_crop|clip_beside).*"
        r"|avatar_core\.emoportraits.*"
        r"|app\.handlers\.(mixing|range_session|latency|perform_desk)|app\.panels\.(mixer|driver_shares).*"
        r"|app\.dialogs\.(about|import_mega|preferences|range_wizard|latency)|app\.viewport\.tools\..*"
        r"|avatar_core\.(hair|texture)\.brushes.*|.*kernels.*|.*\.QtSvg"
        r"|torch|scipy\.spatial|numba|numpy\.random"
    )
    assert sorted(name for name in loaded if late.fullmatch(name)) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of glibc")
def test_all_threads_allocate_in_one_heap(tmp_path: Path) -> None:
    told = tmp_path / "heaps.xml"
    _modules_after(f"""
import ctypes, threading
from app.bootstrap import make_application
application = make_application()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.fopen.restype = ctypes.c_void_p, ctypes.c_void_p
threads = [threading.Thread(target=libc.malloc, args=(5000,)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
file = ctypes.c_void_p(libc.fopen({bytes(told)!r}, b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
""")
    assert told.read_text().count("<heap nr=") == 1


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    paths: list[Path | None] = []

    def run_studio(path: Path | None) -> int:
        paths.append(path)
        return 0

    monkeypatch.setattr(app.bootstrap, "run_studio", run_studio)
    return paths


def test_without_arguments_the_window_opens(opened: list[Path | None]) -> None:
    assert main([]) == 0
    assert opened == [None]


def test_a_lone_file_is_opened_in_the_window(opened: list[Path | None], tmp_path: Path) -> None:
    film = tmp_path / "face.mp4"
    film.touch()
    main([str(film)])
    main(["missing.studio"])  # the window says that it is missing
    assert opened == [film, Path("missing.studio")]


def test_anything_else_is_a_command(
    opened: list[Path | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from avatar_core import cli

    commands: list[list[str]] = []

    def run_command(arguments: list[str]) -> int:
        commands.append(arguments)
        return 3

    monkeypatch.setattr(cli, "main", run_command)
    assert main(["doctor"]) == 3
    assert main(["render", "--out", "clip.mp4"]) == 3
    assert commands == [["doctor"], ["render", "--out", "clip.mp4"]]
    assert opened == []


def test_camera_and_tracker_are_asked_for_what_the_preferences_say(
    preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    from avatar_core.driving import face_tracker, sources

    asked: dict[str, Any] = {}
    monkeypatch.setattr(
        sources, "CameraSource", lambda index, wanted: asked.update({index: wanted})
    )
    monkeypatch.setattr(face_tracker, "FaceTracker", lambda threads: asked.update(threads=threads))
    backends = make_backends(preferences)
    preferences.apply(
        PreferenceValues(camera_width_px=1280, camera_height_px=720, camera_fps=60, threads=3)
    )
    backends.open_source("camera:2")
    backends.make_tracker()
    assert asked == {2: sources.CameraFormat(1280, 720, 60), "threads": 3}


def test_portrait_models_run_as_the_preferences_say(
    preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    from avatar_core.exchange.portrait_engines import ModelWishes, PortraitEngines

    asked: list[ModelWishes] = []
    monkeypatch.setattr(PortraitEngines, "open", lambda self, *_given: asked.append(self.wishes))
    opener: Any = make_backends(preferences).open_performer
    opener(None, None, print)
    preferences.apply(PreferenceValues(portrait_detail="on", portrait_compiles=True))
    opener(None, None, print)
    assert asked == [ModelWishes(), ModelWishes(enhances=True, compiles=True)]
