"""The fast and the exact way of decoding give the same result, whatever the bytes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from belvedere.domain.reading import Reading
from belvedere.pipeline.ingest.decode import MAX_HTTP_BODY_BYTES, decode, decode_exactly
from belvedere.pipeline.ingest.judge import Decoded
from belvedere.pipeline.ingest.names import is_metric
from belvedere.pipeline.ingest.tests.test_decode import decoded, stamps

ANY_SPEED = settings(deadline=None)  # the machine may be busy
NOW_MS = 1_763_900_000_000


names = st.sampled_from(
    ["temperature", "a", "motion", "x1", "ts", "time", "unit", "values", "readings", "A", "", "é", '"', "a:b", "\\"]
)
numbers: st.SearchStrategy[Any] = st.one_of(
    st.floats(allow_nan=True), st.integers(), st.integers(-(10**16), 10**16), st.booleans(), st.sampled_from([0, -0.0])
)
times = st.one_of(
    st.integers(NOW_MS - 367 * 86_400_000, NOW_MS + 600_000),
    st.sampled_from(["2025-11-23T12:13:20Z", "2025-11-23T12:13:20", "1970-01-01T00:00:00Z", NOW_MS + 0.0, None, True]),
)
values = st.dictionaries(names, st.one_of(numbers, st.none(), st.text(max_size=3)), max_size=4)
items = st.one_of(
    st.fixed_dictionaries({"values": values}, optional={"ts": times}), values, st.lists(numbers, max_size=2), numbers
)
documents = st.one_of(
    values,
    values.flatmap(lambda v: times.map(lambda ts: {**v, "ts": ts})),
    items,
    st.fixed_dictionaries({"readings": st.lists(items, max_size=4)}, optional={"ts": times}),
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Bodies nearly right: JSON of about the right shape, in two spacings, with a few bytes repeated or changed."""
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]))
    body = json.dumps(draw(documents), separators=separators, ensure_ascii=draw(st.booleans())).encode()
    change = draw(st.sampled_from(["none", "none", "repeat", "cut", "replace"]))
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(len(body), start + 12)))
    if change == "repeat":
        return body[:end] + body[start:]
    if change == "cut":
        return body[:start] + body[end:]
    if change == "replace":
        return body[:start] + draw(st.binary(max_size=3)) + body[end:]
    return body


def comparable(got: Decoded) -> str:
    return repr((got.readings, got.rejected, got.claimed_ts_ms))  # repr tells -0.0 and 1 from 0.0 and 1.0


@settings(deadline=None, max_examples=400)
@given(bodies(), st.booleans())
def test_the_fast_way_and_the_exact_way_agree(body: bytes, believed: bool) -> None:
    fast = decode(body, NOW_MS, stamps(), MAX_HTTP_BODY_BYTES, lambda: believed)
    assert comparable(fast) == comparable(decode_exactly(body, NOW_MS, stamps(), lambda: believed))


@ANY_SPEED
@given(st.one_of(st.binary(max_size=200), st.text(alphabet='{}[]":,0123456789eE+-.aN tfrunl\\/u', max_size=60)))
def test_no_bytes_raise(body: bytes | str) -> None:
    got = decoded(body)
    assert got.readings or got.rejected
    json.dumps([rejection.detail for rejection in got.rejected]).encode()


@ANY_SPEED
@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True), st.floats(-1e15, 1e15), min_size=1))
def test_every_double_in_range_survives_unchanged(values: dict[str, float]) -> None:
    values = {name: value for name, value in values.items() if is_metric(name)} or {"a": 1.0}
    got = decoded(json.dumps({"ts": NOW_MS, "values": values}))
    assert got.readings == [Reading(NOW_MS, values)]
