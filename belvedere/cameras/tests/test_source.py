"""Every line of the corpus of camera URLs."""

from __future__ import annotations

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


def test_a_slash_in_a_password_is_not_taken_for_the_host() -> None:
    with pytest.raises(SourceError):
        parse_source("rtsp://admin:12/34@192.168.1.20/stream")


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "64:ff9b:1::7f00:1",
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


def test_the_password_is_for_one_server_only() -> None:
    source = parse_source("rtsp://admin:secret@camera.example/a")
    assert source.same_host(parse_source("rtsp://camera.example/b"))
    assert not source.same_host(parse_source("rtsp://camera.example:555/a"))
    assert not source.same_host(parse_source("rtsp://other.example/a"))
