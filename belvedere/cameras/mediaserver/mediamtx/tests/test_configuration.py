"""What our own MediaMTX is told, and which versions of it are used."""

from __future__ import annotations

import json
from typing import Any

import pytest

from belvedere.cameras.mediaserver.mediamtx.configuration import Listeners, write_configuration
from belvedere.cameras.mediaserver.mediamtx.version import OLDEST, Unfit, Version, check_version

LISTENERS = Listeners("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:8554", "127.0.0.1:8189")
AUTH = "http://127.0.0.1:4/internal/media/auth"


def read(version: Version = OLDEST, media: str = "127.0.0.1:8189", hosts: tuple[str, ...] = ()) -> dict[str, Any]:
    listeners = Listeners(*(LISTENERS.api, LISTENERS.hls, LISTENERS.whep, LISTENERS.rtsp, media))
    settings: dict[str, Any] = json.loads(write_configuration(listeners, AUTH, version, hosts))
    return settings


def test_nobody_is_let_in_without_a_question_and_nothing_runs_on_an_event() -> None:
    settings = read()
    assert (settings["authMethod"], settings["authHTTPAddress"], settings["authHTTPExclude"]) == ("http", AUTH, [])
    assert [name for name in [*settings, *settings["pathDefaults"]] if name.startswith("runOn")] == []


@pytest.mark.parametrize("version", [OLDEST, Version(1, 20, 1)])
def test_all_that_is_not_used_is_off(version: Version) -> None:
    settings = read(version)
    unused = [name for name in ("rtmp", "srt", "moq", "metrics", "pprof", "playback") if name in settings]
    assert [settings[name] for name in unused] == [False] * len(unused)
    assert ("moq" in unused) == (version >= Version(1, 19, 0))


def test_browsers_are_told_the_addresses_at_which_its_media_listens() -> None:
    here, everywhere = read(), read(media="0.0.0.0:8189", hosts=("cameras.example",))
    assert (here["webrtcIPsFromInterfaces"], here["webrtcAdditionalHosts"]) == (False, ["127.0.0.1"])
    assert (everywhere["webrtcIPsFromInterfaces"], everywhere["webrtcAdditionalHosts"]) == (True, ["cameras.example"])


@pytest.mark.parametrize("text", ["v1.18.0\n", "v1.20.1", "v2.0.0"])
def test_versions_from_1_18_on_are_used(text: str) -> None:
    assert check_version(text) >= OLDEST


@pytest.mark.parametrize(
    ("text", "said"), [("v1.17.9", "too old"), ("v0.23.8", "too old"), ("curl 8.1", "no MediaMTX")]
)
def test_an_older_version_and_another_program_are_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(Unfit, match=said):
        check_version(text)
