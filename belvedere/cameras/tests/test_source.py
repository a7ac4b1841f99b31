"""Every line of the corpus of camera URLs."""

from __future__ import annotations

import contextlib
import ipaddress
import json
from pathlib import Path
from typing import Any

import pytest

from belvedere.cameras.source import Source, SourceError, check_addresses, parse_source

CORPUS = Path(__file__).resolve().parents[3] / "tests" / "corpus" / "camera-urls.jsonl"
CASES = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def judge(url: str, case: dict[str, Any]) -> Source:
    source = parse_source(url)
    names = [str(source.address)] if source.address else case.get("resolves", ["192.168.1.99"])
    allow = [ipaddress.ip_network(text) for text in case.get("allow", ())]
    check_addresses(source, [ipaddress.ip_address(name) for name in names], allow, case.get("own", ()))
    return source


def judge_all(case: dict[str, Any]) -> None:
    """The URL, where it redirects to, and what a second look-up says: each is judged before a connection."""
    judge(case["url"], case)
    judge(case.get("redirects_to", case["url"]), case)
    if "resolves_later" in case:
        judge(case["url"], case | {"resolves": case["resolves_later"]})


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_camera_url_is_judged_as_the_corpus_says(case: dict[str, Any]) -> None:
    if case["expect"] == "accept":
        judge_all(case)
        return
    with pytest.raises(SourceError) as caught:
        judge_all(case)
    assert caught.value.reason in (case["reason"], *case.get("also", ()))


def test_credentials_leave_the_url_decoded() -> None:
    source = parse_source("rtsp://admin:%40%3A%2F%25@192.168.1.20:554/stream1?a=1")
    assert (source.username, source.password) == ("admin", "@:/%")
    assert source.url == "rtsp://192.168.1.20/stream1?a=1"


@pytest.mark.parametrize(
    "text",
    [
        " rtsp://192.168.1.20/stream1\n",
        "rtsp://192.168.1.20/stream1#backchannel=0",
        "rtsp://192.168.1.20/stream1#backchannel=0#timeout=30#media=video",
    ],
)
def test_space_around_a_url_and_options_of_other_programs_behind_it_are_left_out(text: str) -> None:
    assert parse_source(text).url == "rtsp://192.168.1.20/stream1"


@pytest.mark.parametrize(
    ("url", "character", "escape"),
    [
        ("rtsp://192.168.1.20/a b", " ", "%20"),
        ("rtsp://admin:pa#ss@192.168.1.20/s", "#", "%23"),
        ("rtsp://admin:pa#b=1@192.168.1.20/s#backchannel=0", "#", "%23"),
        ("rtsp://192.168.1.20/s#<b>", "#", "%23"),
        ("rtsp://192.168.1.20/{id}", "{", "%7B"),
        ("rtsp://192.168.1.20/100%", "%", "%25"),
    ],
)
def test_a_wrong_character_is_named_with_its_escape(url: str, character: str, escape: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_source(url)
    assert (caught.value.reason, caught.value.character) == ("bad_character", character)
    assert escape in str(caught.value)


def test_a_slash_in_a_password_is_not_taken_for_the_host() -> None:
    with pytest.raises(SourceError):
        parse_source("rtsp://admin:12/34@192.168.1.20/stream")


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "64:ff9b:1::7f00:1",
        "64:ff9b:1:7f00:0:100::",  # NAT64 with 48 bits of prefix
        "64:ff9b:1:127f:0:1::",  # with 56
        "64:ff9b:1:1234:7f:0:100:0",  # with 64
        "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo: the client is 127.0.0.1
        "2001:0:7f00:1:8000:63bf:3fff:fdd2",  # its server is
        "fd12::5efe:7f00:1",  # ISATAP
        "fd12::200:5efe:a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "fec0::1",
        "240.0.0.1",
        "168.63.129.16",
        "fd20:ce::254",
    ],
)
def test_an_address_in_disguise_is_still_forbidden(address: str) -> None:
    source = parse_source("rtsp://camera.example/")
    with pytest.raises(SourceError):
        check_addresses(source, [ipaddress.ip_address(address)])


def test_the_allow_list_opens_one_address_and_not_its_neighbour() -> None:
    source = parse_source("rtsp://camera.example/")
    allow = [ipaddress.ip_network("127.0.0.1/32")]
    check_addresses(source, [ipaddress.ip_address("127.0.0.1")], allow)
    with pytest.raises(SourceError):
        check_addresses(source, [ipaddress.ip_address("127.0.0.2")], allow)


@pytest.mark.parametrize(
    "address", ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "fd12::5efe:c0a8:114", "64:ff9b::192.168.1.20"]
)
def test_a_notation_of_a_camera_in_the_house_is_no_disguise(address: str) -> None:
    check_addresses(parse_source("rtsp://camera.example/"), [ipaddress.ip_address(address)])


def test_what_is_allowed_in_one_meaning_is_not_allowed_in_another() -> None:
    source, both = parse_source("rtsp://camera.example/"), ipaddress.ip_address("2001:0:7f00:1:8000:63bf:80ff:fffd")
    for networks, right in ((["127.0.0.1/32"], False), (["127.0.0.2/32"], False), (["127.0.0.0/30"], True)):
        allow = [ipaddress.ip_network(text) for text in networks]
        with contextlib.nullcontext() if right else pytest.raises(SourceError):
            check_addresses(source, [both], allow)
    check_addresses(source, [ipaddress.ip_address("::1")], [ipaddress.ip_network("::1/128")])


LOCAL = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", "farm.example"])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::ffff:127.0.0.1", "2002:7f00:1::"])
def test_a_server_that_listens_everywhere_has_every_address_of_its_machine(host: str, address: str) -> None:
    source = parse_source("rtsp://camera.example:8554/")
    with pytest.raises(SourceError) as caught:
        check_addresses(source, [ipaddress.ip_address(address)], LOCAL, [f"{host}:8554"])
    assert caught.value.reason == "own_address"
    check_addresses(source, [ipaddress.ip_address(address)], LOCAL, [f"{host}:8555"])
    check_addresses(source, [ipaddress.ip_address("192.0.2.20")], LOCAL, [f"{host}:8554"])


def test_the_own_address_is_noticed_in_every_notation() -> None:
    source, own = parse_source("rtsp://camera.example:8554/"), ["192.168.1.10:8554", "[fd12::10]:8554"]
    for address in ("192.168.1.10", "::ffff:192.168.1.10", "64:ff9b::c0a8:10a", "fd12::10"):
        with pytest.raises(SourceError) as caught:
            check_addresses(source, [ipaddress.ip_address(address)], (), own)
        assert caught.value.reason == "own_address"
    check_addresses(source, [ipaddress.ip_address("192.168.1.11")], (), own)


def test_the_password_is_for_one_server_only() -> None:
    source = parse_source("rtsp://admin:secret@camera.example/a")
    assert source.same_host(parse_source("rtsp://camera.example/b"))
    assert not source.same_host(parse_source("rtsp://camera.example:555/a"))
    assert not source.same_host(parse_source("rtsp://other.example/a"))
    assert not source.same_host(parse_source("rtsps://camera.example:554/a"))
