"""Settings of STUN and TURN servers."""

from __future__ import annotations

import pytest

from belvedere.config.settings.env import ConfigurationError, load

STUN, TURN = "stun:turn.example:3478", "turn:turn.example:3478?transport=udp"
SECRET = "s3cret"


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"BELVEDERE_ICE_SERVERS": "http://turn.example"}, "stun:"),
        ({"BELVEDERE_ICE_SERVERS": "turn:user@turn.example"}, "stun:"),
        ({"BELVEDERE_ICE_SERVERS": "turn:turn.example:3478"}, "BELVEDERE_TURN_SECRET"),
    ],
)
def test_servers_that_cannot_be_used_stop_the_start_with_a_sentence(environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(environ)
    assert words in str(caught.value)


def test_a_stun_server_needs_no_secret_and_a_turn_server_has_one() -> None:
    assert load({"BELVEDERE_ICE_SERVERS": STUN}).ice_servers == (STUN,)
    env = load({"BELVEDERE_ICE_SERVERS": f"{STUN}, {TURN}", "BELVEDERE_TURN_SECRET": SECRET})
    assert env.ice_servers == (STUN, TURN)
    assert SECRET not in repr(env)
