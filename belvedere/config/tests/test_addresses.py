"""Which addresses are offered to a person who connects a board."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import Any

import pytest
from rest_framework.test import APIClient

from belvedere.cameras.media_address import MediaAddress, write_media_address
from belvedere.config import addresses
from belvedere.config.addresses import list_reachable
from belvedere.config.listening import Addresses, find_media_address, media_address
from belvedere.config.listening import addresses as provided
from belvedere.config.settings.env import ConfigurationError, load


@pytest.mark.parametrize("bound", ["127.0.0.1", "localhost", "::1", "127.0.0.53"])
def test_nobody_else_reaches_what_listens_on_loopback(bound: str) -> None:
    assert list_reachable(bound) == []


def test_one_address_is_offered_as_it_is() -> None:
    assert list_reachable("192.168.1.20") == ["192.168.1.20"]


@pytest.mark.parametrize("bound", ["0.0.0.0", "::"])
def test_all_addresses_of_the_host_are_offered_but_loopback(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in list_reachable(bound):
        assert not ipaddress.ip_address(address).is_loopback
    monkeypatch.setattr(addresses, "_list_ipv4", lambda: ["127.0.0.1", "192.168.1.20", "10.0.0.2", "10.0.0.2"])
    monkeypatch.setattr(addresses, "_list_ipv6", lambda: ["::1", "fe80::1", "2001:db8::5"])
    assert list_reachable(bound)[:2] == ["192.168.1.20", "10.0.0.2"]
    assert list_reachable(bound)[2:] == (["2001:db8::5"] if bound == "::" else [])


@pytest.mark.django_db
def test_the_page_hears_where_devices_can_connect(charlie_api: APIClient) -> None:
    provided.bind(Addresses("0.0.0.0", 8000, "192.168.1.20", 2883))
    answer = charlie_api.get("/api/v1/server").json()
    assert answer["mqtt"] == {"port": 2883, "tls": False, "hosts": ["192.168.1.20"]}
    assert answer["http"]["port"] == 8000
    provided.bind(Addresses())
    assert charlie_api.get("/api/v1/server").json()["mqtt"]["hosts"] == []


@pytest.mark.django_db
def test_behind_a_balancer_the_page_tells_devices_of_its_address(charlie_api: APIClient) -> None:
    behind = Addresses("0.0.0.0", 8000, "0.0.0.0", 1883, mqtt_public="mqtts://iot.example.org:8883")
    provided.bind(behind)
    answer = charlie_api.get("/api/v1/server").json()
    assert answer["mqtt"] == {"port": 8883, "tls": True, "hosts": ["iot.example.org"]}
    assert "iot.example.org:8883" in behind.listening(), "no camera is asked for there"


@pytest.mark.parametrize("address", ["iot.example.org:8883", "http://a:1", "mqtts://a", "mqtt://a:0", "mqtt://u@a:1"])
def test_an_address_for_devices_that_none_could_use_stops_the_start(address: str) -> None:
    with pytest.raises(ConfigurationError, match="mqtts://host:8883"):
        load({"BELVEDERE_MQTT_PUBLIC": address})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "said"),
    [("gateway", "gateway"), ("mediamtx", "mediamtx"), ("http://user:password@media:9997", "foreign")],
)
def test_the_page_hears_who_serves_pictures_and_no_log_in(
    charlie_api: APIClient, settings: Any, setting: str, said: str
) -> None:
    settings.ENV = replace(settings.ENV, media_server=setting)
    provided.bind(Addresses(rtsp="127.0.0.1:8554" if said == "mediamtx" else ""))
    answer = charlie_api.get("/api/v1/server")
    assert b"password" not in answer.content
    assert answer.json()["media_server"] == said
    assert answer.json()["rtsp"] == ({"port": 8554, "hosts": []} if said == "mediamtx" else None)


@pytest.mark.django_db
def test_a_process_without_cameras_says_what_the_one_with_them_serves(charlie_api: APIClient) -> None:
    media_address.bind(find_media_address)
    assert charlie_api.get("/api/v1/server").json()["media_server"] == "gateway"
    for address in ("127.0.0.1:8554", "127.0.0.1:9554"):
        write_media_address(MediaAddress("mediamtx", address))
    answer = charlie_api.get("/api/v1/server").json()
    assert (answer["media_server"], answer["rtsp"]) == ("mediamtx", {"port": 9554, "hosts": []})
