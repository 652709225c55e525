from __future__ import annotations

import threading

import numpy as np
import pytest

from avatar_core.recording.inbox import Inbox, Picture, Sound, Stop


def picture(number: int = 0) -> Picture:
    return Picture(np.full((1, 1, 3), number, np.uint8), float(number))


SOUND = Sound(np.zeros((4, 1), np.float32), None)


def test_everything_comes_out_in_order_and_the_end_is_last():
    inbox = Inbox(places=4)
    inbox.put_picture(picture(1), wait=False)
    inbox.put_sound(SOUND)
    inbox.put_picture(picture(2), wait=False)
    inbox.close(3.0)
    inbox.close(9.0)

    items = [inbox.get() for _ in range(4)]

    assert [type(item) for item in items] == [Picture, Sound, Picture, Stop]
    assert items[3] == Stop(3.0)


def test_pictures_have_places_and_sound_needs_none():
    inbox = Inbox(places=2)

    taken = [inbox.put_picture(picture(), wait=False) for _ in range(5)]

    assert taken == [True, True, False, False, False]
    assert inbox.refused == 3
    assert all(inbox.put_sound(SOUND) for _ in range(100))
    inbox.get()
    assert inbox.put_picture(picture(), wait=False)


@pytest.mark.parametrize("end", ["a place", "closing", "failure"])
def test_whoever_waits_is_let_go(end):
    inbox = Inbox(places=1)
    inbox.put_picture(picture(), wait=False)
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(inbox.put_picture(picture(), wait=True))
    )
    waiting.start()

    {"a place": inbox.get, "closing": lambda: inbox.close(None), "failure": inbox.refuse_all}[end]()
    waiting.join(timeout=10)

    assert answers == [end == "a place"]
    assert inbox.refused == 0


def test_nothing_is_taken_after_the_end():
    inbox = Inbox(places=3)
    inbox.close(None)

    assert not inbox.is_open
    assert not inbox.put_picture(picture(), wait=True)
    assert not inbox.put_sound(SOUND)
    assert inbox.get() == Stop(None)
