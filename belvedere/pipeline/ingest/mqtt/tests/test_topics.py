from __future__ import annotations

import pytest

from belvedere.pipeline.ingest.mqtt.topics import OwnTopics, is_valid_filter, matches


@pytest.mark.parametrize(
    ("pattern", "taken", "left"),
    [
        ("a", ["a"], ["a/b", "", "b", "ab", "/a"]),
        ("a/b", ["a/b"], ["a", "a/b/c", "a/c"]),
        ("+", ["a", ""], ["a/b", "/a"]),
        ("+/b", ["a/b", "/b"], ["a/b/c", "b"]),
        ("a/+", ["a/b", "a/"], ["a", "a/b/c"]),
        ("#", ["a", "a/b", ""], []),
        ("a/#", ["a", "a/b", "a/b/c"], ["b", "ab"]),
        ("+/#", ["a", "a/b/c"], []),
    ],
)
def test_a_filter_takes_what_the_standard_says_and_nothing_below_it(
    pattern: str, taken: list[str], left: list[str]
) -> None:
    assert is_valid_filter(pattern)
    assert [topic for topic in (*taken, *left) if matches(pattern, topic)] == taken


@pytest.mark.parametrize("text", ["a#", "#/a", "a/#/b", "a+", "+a/b", "a/b+"])
def test_a_wildcard_stands_alone_in_its_level(text: str) -> None:
    assert not is_valid_filter(text)


def test_a_device_owns_what_begins_with_its_whole_id() -> None:
    own = OwnTopics("d0")
    assert own.owns(b"belvedere/v1/d0/x")
    assert not own.owns(b"belvedere/v1/d0x/readings")
    assert own.strip_prefix("belvedere/v1/d0/#") == "#"
    assert own.strip_prefix("belvedere/v1/+/#") is None
