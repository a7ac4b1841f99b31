"""What becomes of a body: every line of the corpus, and the two ways of decoding held together."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

import pytest
from hypothesis import settings

from belvedere.domain.details import read_detail
from belvedere.domain.metrics import METRICS
from belvedere.domain.reading import Reading, Reason
from belvedere.pipeline.ingest import names as names_module
from belvedere.pipeline.ingest.decode import MAX_HTTP_BODY_BYTES, MAX_MQTT_BODY_BYTES, decode
from belvedere.pipeline.ingest.judge import Decoded
from belvedere.pipeline.ingest.timestamps import EARLIEST_MS, LATEST_MS, parse_rfc3339
from tests.corpus import Case, reading_cases

ANY_SPEED = settings(deadline=None)  # the machine may be busy
NOW_MS = 1_763_900_000_000
LIMITS = {"mqtt": MAX_MQTT_BODY_BYTES, "http": MAX_HTTP_BODY_BYTES}


def stamps(now_ms: int = NOW_MS) -> Callable[[], int]:
    counter = itertools.count(now_ms)
    return lambda: next(counter)


def decoded(body: str | bytes, now_ms: int = NOW_MS) -> Decoded:
    raw = body.encode() if isinstance(body, str) else body
    return decode(raw, now_ms, stamps(now_ms), MAX_HTTP_BODY_BYTES)


def only_reason(body: str | bytes) -> Reason:
    (rejection,) = decoded(body).rejected
    return rejection.reason


CORPUS = [
    pytest.param(case, transport, id=f"{case.line['id']}-{transport}")
    for case in reading_cases(NOW_MS)
    for transport in ("mqtt", "http")
    if case.goes_by(transport) and not case.line.keys() & {"headers", "claim_bytes"}
]


@pytest.mark.parametrize(("case", "transport"), CORPUS)
def test_each_body_of_the_corpus_becomes_what_it_says(case: Case, transport: str) -> None:
    if len(case.body) > LIMITS[transport] and case.line.get("reason") != "too_large":
        pytest.skip("does not fit this transport")
    got = decode(case.body, case.now_ms, stamps(case.now_ms), LIMITS[transport])
    assert all(read_detail(one.detail) for one in got.rejected), "each sentence has a code for the page"
    if case.line["expect"] == "reject":
        assert not got.readings
        assert got.rejected[0].reason in case.reasons
    elif case.line["expect"] == "part":
        assert len(got.readings) == case.line["stored"]
        told = [(r.index, str(r.reason), r.metric) for r in got.rejected]
        assert told == case.rejected(told)
    else:
        assert not got.rejected
        unstamped = itertools.count(case.now_ms)
        expected = [(next(unstamped) if ts is None else ts, values) for ts, values in case.expected()]
        assert got.readings == expected
        kinds = {type(value) for reading in got.readings for name, value in reading.values.items() if name in METRICS}
        assert kinds <= {float}, "only for a metric that the house does not know a boolean stays what it is"
        assert "-0.0" not in repr(got.readings)


def test_of_several_faults_depth_is_told_first_then_what_is_not_finite() -> None:
    assert only_reason('{"a":NaN,"a":[[[[1]]]]') is Reason.TOO_DEEP
    assert only_reason('{"a":1,"a":2,"b":NaN') is Reason.NOT_FINITE
    assert only_reason('{"a":NaN,"a":2') is Reason.NOT_FINITE
    assert only_reason('{"a":1,"a":2') is Reason.BAD_JSON
    assert only_reason('{"a":[[[[1]]]],"a":2') is Reason.TOO_DEEP
    assert only_reason('{"a":1,}{"a":1,"a":1}') is Reason.BAD_JSON
    assert only_reason("[1e999]") is Reason.NOT_FINITE


def test_a_bracket_or_a_nan_inside_a_string_is_text() -> None:
    assert decoded('{"a":1,"note":"[[[[[[ nan inf"}').rejected[0].reason is Reason.BAD_VALUE
    assert decoded('{"a":1,"b\\"[[[[[[":2}').readings == [Reading(NOW_MS, {"a": 1.0})]
    assert only_reason('{"a":"[[[[[[') is Reason.BAD_JSON


def test_an_escaped_key_is_the_same_key() -> None:
    assert only_reason('{"a":1,"\\u0061":2}') is Reason.DUPLICATE_KEY


@pytest.mark.parametrize(
    "body",
    [
        '{"ts":%d,"values":{"a":1,"a" :2}}',
        '{"ts" :%d,"values":{"a":1,"a":2}}',
        '{"ts":%d,"ts":1763900000000,"values":{"a":1}}',
        '{"readings":[{"ts":%d,"values":{"a":1,"b":3,"a":2}}]}',
        '{"a":1,"ts":%d,"a":2}',
    ],
)
def test_a_key_that_stands_twice_is_found_in_every_form(body: str) -> None:
    assert only_reason(body % NOW_MS) is Reason.DUPLICATE_KEY


def test_a_time_is_an_integer_literal() -> None:
    for literal in ("1763900000000.0", "1.7639e12", "null", "true", "{}", "[]", '"1763900000000"', '""'):
        for form in ('{"ts":TS,"values":{"a":1}}', '{"a":1,"ts":TS}', '{"readings":[{"ts":TS,"values":{"a":1}}]}'):
            assert only_reason(form.replace("TS", literal)) is Reason.BAD_TS


def test_both_time_limits_are_inside() -> None:
    ahead, ago = 5 * 60 * 1000, 366 * 86_400_000
    for form in ('{"ts":%d,"values":{"a":1}}', '{"a":1,"ts":%d}', '{"readings":[{"ts":%d,"values":{"a":1}}]}'):
        assert decoded(form % (NOW_MS + ahead)).readings == [Reading(NOW_MS + ahead, {"a": 1.0})]
        assert decoded(form % (NOW_MS - ago)).readings == [Reading(NOW_MS - ago, {"a": 1.0})]
        assert only_reason(form % (NOW_MS + ahead + 1)) is Reason.FUTURE
        assert only_reason(form % (NOW_MS - ago - 1)) is Reason.TOO_OLD


@pytest.mark.parametrize(
    "form", ['{"ts":%d,"values":{"a":1}}', '{"a":1,"ts":%d}', '{"readings":[{"ts":%d,"values":{"a":1}}]}']
)
def test_a_server_whose_clock_is_in_doubt_takes_any_time_of_our_days(form: str) -> None:
    def in_doubt(ts: int) -> Decoded:
        return decode((form % ts).encode(), NOW_MS, stamps(), MAX_HTTP_BODY_BYTES, lambda: False)

    for ts in (EARLIEST_MS, NOW_MS - 400 * 86_400_000, NOW_MS + 400 * 86_400_000, LATEST_MS):
        assert in_doubt(ts).readings == [Reading(ts, {"a": 1.0})]
    for unit, ts in ((Reason.TOO_OLD, NOW_MS // 1000), (Reason.FUTURE, NOW_MS * 1000)):
        assert [r.reason for r in in_doubt(ts).rejected] == [unit]


def test_a_clock_in_the_first_year_of_unix_does_not_turn_a_bad_time_into_a_good_one() -> None:
    got = decoded('{"readings":[{"ts":"yesterday","values":{"a":1}}]}', now_ms=5)
    assert [r.reason for r in got.rejected] == [Reason.BAD_TS]


@pytest.mark.parametrize(
    "body",
    [
        '{"values":5}',
        '{"values":{"a":1},"b":2}',
        '{"readings":{}}',
        '{"readings":[{"values":{"a":1}}],"ts":5}',
        '{"readings":[{"temperature":21.5}]}',
        '{"readings":[{"values":null}]}',
    ],
)
def test_what_is_none_of_the_three_forms_has_a_bad_shape(body: str) -> None:
    assert only_reason(body) is Reason.BAD_SHAPE


def test_sixty_four_metrics_fit_and_one_more_does_not() -> None:
    names = [f"m{i}" for i in range(65)]
    assert len(decoded(json.dumps(dict.fromkeys(names[:64], 1))).readings) == 1
    assert only_reason(json.dumps(dict.fromkeys(names, 1))) is Reason.TOO_MANY_METRICS


def test_names_are_told_before_values_and_values_before_their_range() -> None:
    got = decoded('{"a":1e16,"b":"x","C":1,"d":NaN}')
    assert [(r.reason, r.metric) for r in got.rejected] == [
        (Reason.NOT_FINITE, "d"),
        (Reason.BAD_METRIC, "C"),
        (Reason.BAD_VALUE, "b"),
        (Reason.OUT_OF_RANGE, "a"),
    ]


BROKEN = ["null", "NaN", "nan", "-nan", "-inf", "Infinity", "1e999", '"35,1"', '""', "[1]", '{"v":1}', "1e16"]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("form", ['{"good":1,"broken":VALUE}', '{"values":{"broken":VALUE,"good":1}}'])
def test_a_broken_value_costs_its_reading_no_other(form: str, broken: str) -> None:
    got = decoded(form.replace("VALUE", broken))
    assert got.readings == [Reading(NOW_MS, {"good": 1.0})]
    assert [(r.index, r.metric, r.whole) for r in got.rejected] == [(0, "broken", False)]


def test_a_reading_of_broken_values_alone_is_refused_and_spoils_no_other() -> None:
    got = decoded('{"readings":[{"values":{"a":null,"b":NaN}},{"values":{"a":1}}]}')
    assert [reading.values for reading in got.readings] == [{"a": 1.0}]
    assert [(r.index, r.reason, r.metric, r.whole) for r in got.rejected] == [
        (0, Reason.NOT_FINITE, "b", True),
        (0, Reason.BAD_VALUE, "a", True),
    ]


def test_what_is_not_finite_costs_the_body_where_the_text_is_wrong_elsewhere_too() -> None:
    for body in ('{"a":NaN,"b":1', '{"a":NaN,"b":1,"b":2}', "[NaN]", "NaN", '{"readings":NaN}', '{"b":1,"a":[NaN],}'):
        (rejection,) = decoded(body).rejected
        assert (rejection.reason, rejection.metric) == (Reason.NOT_FINITE, None)


def test_a_metric_that_the_house_does_not_know_may_be_true_or_false() -> None:
    got = decoded('{"battery_low":true,"charging":false,"temperature":true,"smoke":true}')
    assert got.readings == [Reading(NOW_MS, {"battery_low": True, "charging": False, "smoke": 1.0})]
    assert type(got.readings[0].values["battery_low"]) is bool
    assert type(got.readings[0].values["smoke"]) is float
    assert [(r.reason, r.metric) for r in got.rejected] == [(Reason.BAD_VALUE, "temperature")]


@pytest.mark.parametrize("value", ["0.4", "-1", "2", "1.0000001"])
def test_a_binary_metric_of_the_house_is_nothing_between_or_beyond(value: str) -> None:
    for form in ('{"smoke":VALUE}', '{"values":{"smoke":VALUE}}'):
        assert only_reason(form.replace("VALUE", value)) is Reason.BAD_VALUE
        for right in ("0", "1", "1.0", "-0", "true", "false"):
            assert decoded(form.replace("VALUE", right)).readings


@pytest.mark.parametrize("unit", ["unit", "Units", "temperature_unit", "uom"])
def test_a_unit_beside_the_values_refuses_the_reading(unit: str) -> None:
    assert only_reason(f'{{"temperature":70,"{unit}":"F"}}') is Reason.BAD_VALUE
    assert decoded(f'{{"temperature":70,"{unit}":"F"}}').readings == []
    assert decoded('{"temperature":70,"unit":7}').readings[0].values == {"temperature": 70.0, "unit": 7.0}


@pytest.mark.parametrize("word", ["time", "timestamp", "datetime", "date", "Timestamp", "TIME", "@timestamp"])
def test_other_words_for_the_time_are_taken_as_one(word: str) -> None:
    for form in ('{"a":1,"WORD":%s}', '{"WORD":%s,"values":{"a":1}}', '{"values":{"a":1,"WORD":%s}}'):
        flat = form.replace("WORD", word)
        assert decoded(flat % (NOW_MS - 5)).readings == [Reading(NOW_MS - 5, {"a": 1.0})]
        assert decoded(flat % '"2025-11-23T12:13:20Z"').readings == [Reading(NOW_MS, {"a": 1.0})]
        assert decoded(flat % (NOW_MS - 5)).claimed_ts_ms == NOW_MS - 5
        for no_time in ('"12:30"', "35.5", "true", "null"):
            (rejection,) = decoded(flat % no_time).rejected
            assert (rejection.reason, rejection.metric) == (Reason.BAD_TS, None)
            assert f"`{word}` is read as the time of the reading" in rejection.detail


def test_a_second_time_beside_ts_is_refused_by_its_name() -> None:
    got = decoded(f'{{"a":1,"ts":{NOW_MS},"time":{NOW_MS - 9}}}')
    assert got.readings == [Reading(NOW_MS, {"a": 1.0})]
    assert [(r.reason, r.metric) for r in got.rejected] == [(Reason.BAD_METRIC, "time")]


@pytest.mark.parametrize(
    ("ts", "reason", "hint"),
    [
        ("1763900000", "too_old", "It looks like seconds: send milliseconds."),
        ("1763900000.25", "bad_ts", "It looks like seconds: send milliseconds."),
        ("1763900000000000", "future", "It looks like microseconds: send milliseconds."),
        ("1763900000000000000", "future", "It looks like nanoseconds: send milliseconds."),
        ("1763900000000.0", "bad_ts", "Send it without a fraction."),
        ('"1763900000"', "bad_ts", "It looks like a number in quotes: send it without them."),
        ('"2025-11-23T12:13:20"', "bad_ts", "It has no zone: add Z, or one like +07:00."),
        ('"2025-11-23 12:13:20"', "bad_ts", "It has no zone: add Z, or one like +07:00."),
        ("5", "too_old", ""),
        ("true", "bad_ts", ""),
    ],
)
def test_a_refused_time_is_named_as_what_it_plainly_is(ts: str, reason: str, hint: str) -> None:
    for form in ('{"ts":TS,"values":{"a":1}}', '{"a":1,"timestamp":TS}'):
        (rejection,) = decoded(form.replace("TS", ts)).rejected
        assert rejection.reason == reason
        assert rejection.detail.endswith(hint)
        assert ("looks" in rejection.detail) == ("looks" in hint)


def test_a_name_is_shown_as_it_is_but_cannot_turn_the_sentence_around() -> None:
    (rejection,) = decoded('{"Nhiệt độ":21.5}').rejected
    assert rejection.detail == '"Nhiệt độ" is not a name like air_temperature2.'
    assert rejection.metric == "Nhiệt độ"
    (rejection,) = decoded(rb'{"a\u202eb\u0000\ud800\n":1}').rejected
    assert rejection.metric == r"a\u202eb\x00\ud800\n"
    assert rejection.detail.isprintable()
    (rejection,) = decoded('{"%s":1}' % ("X" * 5000)).rejected
    assert len(rejection.detail) < 150
    (rejection,) = decoded('{"Độ":1,"Độ":2}').rejected
    assert '"Độ" stands twice' in rejection.detail


def test_the_claimed_time_is_told_also_where_it_was_refused() -> None:
    assert decoded('{"ts":5,"values":{"a":1}}').claimed_ts_ms == 5
    assert decoded('{"a":1}').claimed_ts_ms is None
    batch = '{"readings":[{"ts":%d,"values":{"a":1}},{"values":{"a":1}},{"ts":%d,"values":{"a":1}}]}'
    assert decoded(batch % (NOW_MS - 1, NOW_MS - 2)).claimed_ts_ms == NOW_MS - 1


def test_a_refused_reading_uses_up_a_stamp_so_that_the_others_have_theirs_also_the_second_time() -> None:
    got = decoded('{"readings":[{"values":{"a":1}},{"values":{"A":1}},{"values":{"a":2}}]}')
    assert [r.ts_ms for r in got.readings] == [NOW_MS, NOW_MS + 2]


def test_invented_names_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_module, "MOST_KNOWN_NUMBERS", 10)
    for index in range(50):
        assert decoded(json.dumps({f"invented_{index}": 1})).readings
    assert len(names_module.known_numbers) <= 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t01:00:00.9999+01:00", 999),
        ("0000-02-29T00:00:00Z", -62162121600000),
        ("9999-12-31T23:59:59-23:59", 253402387139000),
        ("2026-01-01T00:00:00.1Z", 1767225600100),
        ("2026-01-01 00:00:00Z", None),
        ("2026-01-01T24:00:00Z", None),
        ("2026-01-01T00:00:00+24:00", None),
        ("2026-01-01T00:00:00.Z", None),
        ("2026-01-01T00:00:00Z\n", None),
        ("２026-01-01T00:00:00Z", None),
    ],
)
def test_rfc_3339(text: str, expected: int | None) -> None:
    assert parse_rfc3339(text) == expected
