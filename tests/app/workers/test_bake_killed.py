"""Killed in the middle of a bake, or of a save meanwhile, a project loses nothing but the bake."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.project import Project
from avatar_core.project.digest import digest
from avatar_core.project.paint import LayerKind, Painting, PaintLayer
from avatar_core.texture.tiles import raster_from

ROOT = Path(__file__).resolve().parents[3]

SCRIPT = """
import os, sys, threading, time

from app.workers.face_atlas import face_atlas
from app.workers.paint_baker import bake_painting
from avatar_core.commands import SetBakedPaint, SetPaintLayer
from avatar_core.session import Session

path, moment = sys.argv[1:]
is_half_way = threading.Event()


def say(word):
    print(word, flush=True)
    time.sleep(600)


class Task:
    def step(self, share, words):
        if words == "Baking" and share > 0.5:
            is_half_way.set()


def bake():
    painting = session.project.painting
    made = bake_painting(atlas.asset, atlas, painting, Task())
    session.push(SetBakedPaint.of(session.project, made.baked))
    session.save()
    say("baked")


session = Session()
session.open(path)
atlas = face_atlas(session.avatar, session.project.painting, Task())
threading.Thread(target=bake, daemon=True).start()
assert is_half_way.wait(120)
if moment == "baking":
    say("baking")

syncs = []
os.fsync = lambda _: syncs.append(None) or (len(syncs) == wanted and say(moment))
wanted = {"writing": 1, "written": 2}[moment]
session.push(SetPaintLayer.renamed(session.project, "1", "Rouge"))
session.save()
"""


def painted() -> Project:
    """Two layers, of which nothing is baked."""
    picture = np.zeros((512, 512, 4), np.float32)
    picture[100:400, 100:400] = (0.3, 0.1, 0.1, 0.5)
    layers = {
        "1": PaintLayer("Blush", raster=raster_from(picture)),
        "2": PaintLayer("Glaze", LayerKind.FILL, opacity=0.2, colour=(0.6, 0.4, 0.3)),
    }
    project = Project(name="Painted")
    project.painting = Painting(512, layers, active="1")
    return project


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("moment", ["baking", "writing", "written"])
def test_a_kill_loses_nothing_but_the_bake(moment: str, tmp_path: Path) -> None:
    path = tmp_path / "face.studio"
    project = painted()
    save_project(SavedProject(project), path)
    before = path.read_bytes()
    command = [sys.executable, "-c", SCRIPT, str(path), moment]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as studio:
        assert studio.stdout is not None
        assert studio.stdout.readline().strip() == moment
        studio.send_signal(signal.SIGKILL)
    assert studio.returncode == -signal.SIGKILL

    wanted = project.painting
    if moment == "written":
        wanted = wanted.with_layer("1", replace(wanted.layers["1"], name="Rouge"))
    else:
        assert path.read_bytes() == before
    found = load_project(path).project
    assert found.painting.baked is None
    assert digest(found.painting) == digest(wanted)
    assert found.name == "Painted"
