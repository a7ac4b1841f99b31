import pytest

from belvedere.rules.conditions import Above, ConditionError, IsTrue, parse_condition, to_json


def test_every_kind_is_told_apart_by_its_kind() -> None:
    assert parse_condition({"kind": "above", "level": 35, "clear": 34, "for_seconds": 0}) == Above(35.0, 34.0, 0)
    assert parse_condition({"kind": "is_true"}) == IsTrue(0)


def test_the_json_form_spells_out_every_default() -> None:
    plain = to_json(parse_condition({"kind": "above", "level": 35}))
    assert plain == {"kind": "above", "level": 35.0, "clear": 35.0, "for_seconds": 0}
    for condition in ({"kind": "rate", "per_minute": 2}, {"kind": "outside", "low": 1, "high": 2}, {"kind": "is_true"}):
        assert parse_condition(to_json(parse_condition(condition))) == parse_condition(condition)


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        ({"kind": "above"}, "level"),
        ({"kind": "hotter", "level": 1}, "kind"),
        ({"level": 1}, "kind"),
        ([], ""),
        ("above", ""),
        ({"kind": "above", "level": "35"}, "level"),
        ({"kind": "above", "level": True}, "level"),
        ({"kind": "above", "level": float("nan")}, "level"),
        ({"kind": "above", "level": 1e16}, "level"),
        ({"kind": "above", "level": 35, "clear": 35.5}, "clear"),
        ({"kind": "below", "level": 2, "clear": 1.5}, "clear"),
        ({"kind": "above", "level": 35, "for_seconds": -1}, "for_seconds"),
        ({"kind": "above", "level": 35, "for_seconds": 86_401}, "for_seconds"),
        ({"kind": "above", "level": 35, "surprise": 1}, "surprise"),
        ({"kind": "outside", "low": 5, "high": 5}, "high"),
        ({"kind": "outside", "low": 1, "high": 3, "clear": 1.1}, "clear"),
        ({"kind": "outside", "low": 1, "high": 3, "clear": -1}, "clear"),
        ({"kind": "rate", "per_minute": 0}, "per_minute"),
        ({"kind": "rate", "per_minute": 1, "direction": "sideways"}, "direction"),
        ({"kind": "rate", "per_minute": 1, "window_seconds": 0}, "window_seconds"),
        ({"kind": "no_data"}, "for_seconds"),
        ({"kind": "no_data", "for_seconds": 0}, "for_seconds"),
    ],
)
def test_what_cannot_be_used_names_the_field_and_says_why(condition: object, field: str) -> None:
    with pytest.raises(ConditionError) as error:
        parse_condition(condition)
    assert error.value.field == field
    assert str(error.value).endswith(".")
