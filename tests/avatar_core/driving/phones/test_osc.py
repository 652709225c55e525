from __future__ import annotations

import struct

import pytest

from avatar_core.driving.phones import PacketError
from avatar_core.driving.phones.osc import OscMessage, osc_messages
from tests.avatar_core.driving.phones.senders import osc, osc_bundle


def test_a_message_written_by_hand_is_read() -> None:
    data = b"/oscillator/4/frequency\0,f\0\0\x43\xdc\0\0"  # the specification's own example
    assert osc_messages(data) == [OscMessage("/oscillator/4/frequency", (440.0,))]


def test_every_kind_of_argument_is_read() -> None:
    data = (
        b"/all\0\0\0\0" b",ifsbhdtTFNI[c]rmS\0\0"
        + struct.pack(">if", -3, 0.5) + b"abc\0"
        + struct.pack(">i", 5) + b"12345\0\0\0"
        + struct.pack(">qdQ", -(1 << 40), 2.5, 7)
        + struct.pack(">III", 65, 1, 2) + b"four\0\0\0\0"
    )  # fmt: skip
    (message,) = osc_messages(data)
    assert message.arguments == (
        -3, 0.5, "abc", b"12345", -(1 << 40), 2.5, 7, True, False, None, None, 65, 1, 2, "four",
    )  # fmt: skip


def test_texts_of_all_lengths_end_where_they_should() -> None:
    for length in range(9):
        text = "x" * length
        assert osc_messages(osc("/t", text, 7))[0].arguments == (text, 7)


def test_bundles_in_bundles_come_in_order() -> None:
    inner = osc_bundle(osc("/b"), osc("/c", 1))
    messages = osc_messages(osc_bundle(osc("/a"), inner, osc("/d")))
    assert [message.address for message in messages] == ["/a", "/b", "/c", "/d"]


def test_a_message_without_types_has_no_arguments() -> None:
    assert osc_messages(b"/old\0\0\0\0") == [OscMessage("/old", ())]


def test_an_empty_bundle_holds_nothing() -> None:
    assert osc_messages(osc_bundle()) == []


def nested(depth: int) -> bytes:
    data = osc("/deep")
    for _ in range(depth):
        data = osc_bundle(data)
    return data


def test_nesting_is_bounded() -> None:
    assert len(osc_messages(nested(4))) == 1
    for depth in (5, 50, 400):
        with pytest.raises(PacketError, match="nested"):
            osc_messages(nested(depth))


def test_the_number_of_messages_is_bounded() -> None:
    with pytest.raises(PacketError, match="too many"):
        osc_messages(osc_bundle(*[b"/\0\0\0"] * 5000))


@pytest.mark.parametrize("size", [0, -4, 3, 1 << 30, -(1 << 31), 12])
def test_impossible_lengths_are_refused(size: int) -> None:
    with pytest.raises(PacketError, match="impossible length"):
        osc_messages(b"#bundle\0" + bytes(8) + struct.pack(">i", size) + b"/a\0\0,\0\0\0")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"/no end",
        b"/a\0\0no types\0\0\0\0",
        b"/a\0\0,i\0\0\0\0",
        b"/a\0\0,s\0\0abc",
        b"/a\0\0,b\0\0" + struct.pack(">i", 100) + b"abcd",
        b"/a\0\0,b\0\0" + struct.pack(">i", -1),
        b"/a\0\0,b\0\0\0",
        b"/a\0\0,Z\0\0",
        b"#bundle\0",
        b"#bundle\0" + bytes(8) + b"\0\0",
    ],
)
def test_what_is_cut_off_or_unknown_is_refused(data: bytes) -> None:
    with pytest.raises(PacketError):
        osc_messages(data)
