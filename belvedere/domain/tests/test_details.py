"""The server's sentences, read back as codes."""

from __future__ import annotations

import pytest

from belvedere.domain.details import Said, read_detail


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ('"Nhiệt độ" is not a name like air_temperature2.', [Said("bad_name", {"name": "Nhiệt độ"})]),
        (
            "temp is not a number. Also: hum, co2.",
            [Said("not_a_number", {"name": "temp"}), Said("also", {"names": "hum, co2"})],
        ),
        (
            "1758000000 s before the server's clock. It looks like seconds: send milliseconds.",
            [Said("behind", {"seconds": "1758000000"}), Said("hint_unit", {"unit": "seconds"})],
        ),
        (
            "`ts` is Unix milliseconds as an integer, or RFC 3339 with its zone."
            " It has no zone: add Z, or one like +07:00.",
            [Said("bad_ts", {}), Said("hint_zone", {})],
        ),
        ("`time` is not a finite number.", [Said("time_not_finite", {"name": "time"})]),
        ("m: a device has at most 200 series.", [Said("too_many_series", {"name": "m", "most": "200"})]),
        ('"belvedere/v1/d1/readings"', [Said("quoted", {"text": "belvedere/v1/d1/readings"})]),
        (
            "The server's process ended 6 times while it processed this message.",
            [Said("process_ended", {"count": "6"})],
        ),
        ("An error of the server; its log has it.", [Said("server_error", {})]),
        ("From 192.168.1.33.", [Said("from_host", {"host": "192.168.1.33"})]),
        ("CONNECT comes first, and once.", []),
    ],
)
def test_a_sentence_is_read_with_its_parameters(detail: str, said: list[Said]) -> None:
    assert read_detail(detail) == said
