from __future__ import annotations

import pytest

from avatar_core.driving.phones import PROTOCOLS, open_phone
from avatar_core.errors import DeviceError


def test_ports_are_those_the_apps_send_to() -> None:
    assert {scheme: protocol.port for scheme, protocol in PROTOCOLS.items()} == {
        "livelink": 11111,
        "ifacialmocap": 49983,
        "vmc": 39539,
        "openseeface": 11573,
    }


def test_a_receiver_tells_its_address_in_full() -> None:
    receiver = open_phone("livelink:0?open=1&angles=degrees")
    try:
        assert receiver.uri == "livelink:0?open=1&angles=degrees"
    finally:
        receiver.close()


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("camera:0", "No phone or app"),
        ("nonsense", "No phone or app"),
        ("livelink:port", "port 'port'"),
        ("livelink:-1", "port '-1'"),
        ("livelink:65536", "port '65536'"),
        ("vmc:" + "9" * 5000, "port '9"),
        ("vmc:00000070000", "port '00000070000'"),
        ("vmc:²", "port"),
        ("vmc:0?loud=1", "no option 'loud'"),
        ("vmc:0?phone=192.168.1.7", "no option 'phone'"),
        ("livelink:0?angles=gons", "options"),
        ("ifacialmocap:0?phone=my-phone", "'my-phone' is not the address"),
        ("ifacialmocap:0?phone=", "not the address"),
        ("ifacialmocap:0?phone=0.0.0.0", "not the address"),
        ("ifacialmocap:0?phone=224.0.0.1", "not the address"),
        ("ifacialmocap:0?phone=255.255.255.255", "not the address"),
        ("ifacialmocap:0?phone=192.168.1.7:port", "port 'port'"),
    ],
)
def test_wrong_addresses_are_explained(uri: str, words: str) -> None:
    with pytest.raises(DeviceError, match=words) as caught:
        open_phone(uri)
    assert caught.value.hint
