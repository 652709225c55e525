from __future__ import annotations

import io
import threading

import pytest

from avatar_core.stop_word import listen


@pytest.mark.parametrize("text", ["stop\n", "hello\n stop \nmore\n", "", "never said\n"])
def test_it_listens_for_stop_and_for_the_end(text: str) -> None:
    heard = threading.Event()
    listen(io.StringIO(text), heard.set).join(5)
    assert heard.is_set()


def test_other_words_do_not_end_anything() -> None:
    heard = threading.Event()
    lines = iter(["stopping\n", "don't stop\n"])

    class Open(io.StringIO):
        def __next__(self) -> str:
            line = next(lines, None)
            assert heard.is_set() is False
            if line is None:
                raise StopIteration
            return line

    listen(Open(), heard.set).join(5)
    assert heard.is_set()
