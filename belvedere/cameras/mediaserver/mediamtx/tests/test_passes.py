"""A stream token opens one session of one stream."""

from __future__ import annotations

import pytest

from belvedere.cameras.mediaserver.mediamtx.passes import OPEN_SECONDS, Passes


def test_a_token_opens_one_session_only() -> None:
    passes = Passes()
    token = passes.issue("gate", "webrtc", 0.0)
    assert passes.redeem(token, "gate", "webrtc", "session-1", 1.0)
    assert not passes.redeem(token, "gate", "webrtc", "session-2", 1.0)
    assert not passes.redeem(token, "gate", "webrtc", "session-1", 1.0)


@pytest.mark.parametrize(
    ("path", "protocol", "session"),
    [("yard", "webrtc", "s"), ("gate/sub", "webrtc", "s"), ("gate", "hls", "s"), ("gate", "webrtc", "")],
)
def test_a_token_opens_nothing_but_what_it_was_issued_for(path: str, protocol: str, session: str) -> None:
    passes = Passes()
    assert not passes.redeem(passes.issue("gate", "webrtc", 0.0), path, protocol, session, 1.0)


def test_a_token_opens_nothing_after_a_minute() -> None:
    passes = Passes()
    token = passes.issue("gate", "hls", 0.0)
    assert not passes.redeem(token, "gate", "hls", "s", OPEN_SECONDS)
    assert passes.redeem(passes.issue("gate", "hls", 0.0), "gate", "hls", "s", OPEN_SECONDS - 1)
