"""Who gets a picture: the media app in front of a media server that is a script."""

from __future__ import annotations

from typing import Any

import pytest

from belvedere.cameras.media import MAX_OFFER_BYTES
from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.port import Refused, Viewer
from belvedere.cameras.tests.media import House, IncompleteError, code_of


@pytest.fixture
def house() -> House:
    return House()


async def test_an_offer_is_passed_on_and_the_session_is_at_our_own_origin(house: House) -> None:
    status, headers, body = await house.ask("POST", "/media/gate/whep", b"offer")
    assert (status, body, headers["location"]) == (201, b"answer", "/media/gate/whep/s1")
    assert house.server.asked == [("offer", "gate", "offer")]
    assert house.server.viewers == [Viewer("3", "192.168.1.50")]


async def test_further_candidates_are_passed_on(house: House) -> None:
    status, _, body = await house.ask("PATCH", "/media/gate/whep/s1", b"a=candidate:1")
    assert (status, body, house.server.asked) == (204, b"", [("trickle", "gate", "s1", "a=candidate:1")])


async def test_a_file_comes_with_its_type_and_is_kept_as_long_as_the_server_says(house: House) -> None:
    status, headers, body = await house.ask("GET", "/media/gate/hls/segment-1.m4s")
    assert (status, body, headers["content-type"], headers["content-length"]) == (200, b"file", "video/mp4", "4")
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("POST", "/media/gate/whep", {"cookie": "mallory"}, (401, "not_authenticated")),
        ("GET", "/media/gate/hls/index.m3u8", {"cookie": ""}, (401, "not_authenticated")),
        ("POST", "/media/vault/whep", {}, (404, "not_found")),
        ("GET", "/media/vault/hls/index.m3u8", {}, (404, "not_found")),
        ("GET", "/media/nothing/hls/index.m3u8", {}, (404, "not_found")),
        ("GET", "/media/gate/hls/../../status", {}, (404, "not_found")),
        ("GET", "/media/gate/whep", {}, (405, "method_not_allowed")),
        ("PUT", "/media/gate/hls/index.m3u8", {}, (405, "method_not_allowed")),
        ("POST", "/media/gate/whep", {"origin": "http://evil.example"}, (403, "bad_origin")),
        ("POST", "/media/gate/whep", {"origin": ""}, (403, "bad_origin")),
        ("POST", "/media/gate/whep", {"origin": "null"}, (403, "bad_origin")),
        ("DELETE", "/media/gate/whep/s1", {"origin": "http://evil.example"}, (403, "bad_origin")),
        ("POST", "/media/gate/whep", {"origin": "http://evil", "host": "evil"}, (403, "bad_origin")),
    ],
)
async def test_who_may_not_is_told_why_and_the_server_is_not_asked(
    house: House, method: str, path: str, headers: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert await code_of(house, method, path, **headers) == expected
    assert house.server.asked == []


async def test_a_program_with_a_token_needs_no_origin(house: House) -> None:
    status, *_ = await house.ask("POST", "/media/gate/whep", cookie="", origin="", authorization="Bearer charlie")
    assert status == 201


async def test_a_refusal_keeps_its_code(house: House) -> None:
    house.server.refused = Refused(refusals.H265)
    assert await code_of(house, "POST", "/media/gate/whep") == (409, "h265")


async def test_a_server_that_is_down_says_when_to_come_back(house: House) -> None:
    house.server.refused = Refused(refusals.SERVER_DOWN, "it does not answer")
    status, headers, _ = await house.ask("GET", "/media/gate/hls/index.m3u8")
    assert (status, headers["retry-after"]) == (503, "2")


async def test_an_offer_without_end_is_cut_off(house: House) -> None:
    assert await code_of(house, "POST", "/media/gate/whep", b"x" * (MAX_OFFER_BYTES + 1)) == (413, "too_large")


PUBLISHER = {"authorization": "Bearer good-secret", "cookie": "", "origin": ""}


async def test_a_camera_publishes_with_its_secret_and_ends_that_itself(house: House) -> None:
    status, headers, body = await house.ask("POST", "/media/camera_yard/whip", b"offer", **PUBLISHER)
    assert (status, body, headers["location"]) == (201, b"answer", "/media/camera_yard/whip/p1")
    assert (await house.ask("DELETE", "/media/camera_yard/whip/p1", b"", **PUBLISHER))[0] == 204
    assert house.server.asked == [
        ("publish", "camera_yard", "offer", "good-secret"),
        ("end_publishing", "camera_yard", "p1"),
    ]


async def test_nobody_publishes_without_the_secret_of_that_camera(house: House) -> None:
    for sent in ({}, {"authorization": "Bearer guessed"}, PUBLISHER):
        for method, path in (("POST", "/media/gate/whip"), ("DELETE", "/media/gate/whip/p1")):
            assert await code_of(house, method, path, b"offer", **sent) == (401, "not_authenticated")
    assert await code_of(house, "GET", "/media/gate/whip", b"", **PUBLISHER) == (405, "method_not_allowed")
    assert await code_of(house, "POST", "/media/camera_yard/sub/whip", b"offer", **PUBLISHER) == (404, "not_found")
    assert house.server.asked == []


async def test_a_body_that_breaks_off_is_not_ended_as_if_it_were_whole(house: House) -> None:
    house.server.breaks_off = True
    with pytest.raises(IncompleteError):
        await house.ask("GET", "/media/gate/hls/segment-1.m4s")


async def test_the_query_of_a_playlist_is_passed_on(house: House) -> None:
    await house.ask("GET", "/media/gate/hls/video.m3u8?_HLS_msn=7")
    assert house.server.asked == [("file", "gate", "video.m3u8", "_HLS_msn=7")]


async def test_the_manifest_of_dash_is_a_file_beside_those_of_hls_and_the_only_one_of_its_folder(house: House) -> None:
    await house.ask("GET", "/media/gate/dash/manifest.mpd")
    assert house.server.asked == [("file", "gate", "manifest.mpd", "")]
    assert await code_of(house, "GET", "/media/gate/dash/segment-1.m4s") == (404, "not_found")
    assert await code_of(house, "GET", "/media/vault/dash/manifest.mpd") == (404, "not_found")


async def test_a_single_picture_has_an_address_of_its_own_with_the_same_rights(house: House) -> None:
    await house.ask("GET", "/media/gate/snapshot.jpg")
    await house.ask("GET", "/media/gate/sub/snapshot.jpg")
    assert house.server.asked == [("file", "gate", "snapshot.jpg", ""), ("file", "gate", "snapshot.jpg", "", "sub")]
    assert await code_of(house, "GET", "/media/vault/snapshot.jpg") == (404, "not_found")
    assert await code_of(house, "GET", "/media/gate/snapshot.jpg/x") == (404, "not_found")
    assert await code_of(house, "POST", "/media/gate/snapshot.jpg") == (405, "method_not_allowed")


async def test_a_camera_that_another_process_has_just_made_is_looked_for_before_it_is_refused(house: House) -> None:
    house.just_made = {"yard": "farm", "cellar": "elsewhere"}
    status, _, body = await house.ask("GET", "/media/yard/snapshot.jpg")
    assert (status, body) == (200, b"file")
    assert await code_of(house, "GET", "/media/cellar/snapshot.jpg") == (404, "not_found")


async def test_a_proxy_may_ask_whether_somebody_may_watch(house: House) -> None:
    assert (await house.ask("GET", "/media/gate/rights"))[0] == 204
    assert await code_of(house, "GET", "/media/vault/rights") == (403, "forbidden")
    assert await code_of(house, "GET", "/media/gate/rights", cookie="mallory") == (401, "not_authenticated")
    assert house.server.asked == []


async def test_the_sub_stream_has_paths_of_its_own_with_the_same_rights(house: House) -> None:
    status, headers, _ = await house.ask("POST", "/media/gate/sub/whep", b"offer")
    assert (status, headers["location"]) == (201, "/media/gate/whep/s1")
    await house.ask("GET", "/media/gate/sub/hls/index.m3u8")
    assert house.server.asked == [("offer", "gate", "offer", "sub"), ("file", "gate", "index.m3u8", "", "sub")]
    assert await code_of(house, "POST", "/media/vault/sub/whep") == (404, "not_found")
    assert await code_of(house, "POST", "/media/gate/other/whep") == (404, "not_found")
