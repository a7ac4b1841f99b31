"""The shapes of rules over REST."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from belvedere.rules.models import Applies, Rule, Severity
from belvedere.rules.names import READY_NAMES
from belvedere.rules.schedules import CLOCK_TIME, DAYS, ScheduleJson
from belvedere.rules.selectors import Watched, describe_watched

METRIC = r"^[a-z][a-z0-9_]{0,63}\Z"


class _Condition(serializers.Serializer[Any]):
    """for_seconds: how long it must hold before an alert opens; 0 = at once."""

    for_seconds = serializers.IntegerField(min_value=0, max_value=86_400, default=0)


class AboveConditionSerializer(_Condition):
    """Raises above level, clears at or below clear (default: level)."""

    kind = serializers.ChoiceField(["above"])
    level = serializers.FloatField()
    clear = serializers.FloatField(required=False)


class BelowConditionSerializer(_Condition):
    """Raises below level, clears at or above clear (default: level)."""

    kind = serializers.ChoiceField(["below"])
    level = serializers.FloatField()
    clear = serializers.FloatField(required=False)


class OutsideConditionSerializer(_Condition):
    """Raises outside low..high, clears once it is `clear` inside again."""

    kind = serializers.ChoiceField(["outside"])
    low = serializers.FloatField()
    high = serializers.FloatField()
    clear = serializers.FloatField(min_value=0, default=0)


class RateConditionSerializer(_Condition):
    """Raises when the value moves by more than per_minute, over the window."""

    kind = serializers.ChoiceField(["rate"])
    per_minute = serializers.FloatField()
    direction = serializers.ChoiceField(["up", "down", "any"], default="any")
    window_seconds = serializers.IntegerField(min_value=1, max_value=86_400, default=300)


class NoDataConditionSerializer(_Condition):
    """Raises when nothing arrived for for_seconds."""

    kind = serializers.ChoiceField(["no_data"])
    for_seconds = serializers.IntegerField(min_value=1, max_value=86_400)


class IsTrueConditionSerializer(_Condition):
    """Raises on 1: motion, smoke, a leak, an open door."""

    kind = serializers.ChoiceField(["is_true"])


KINDS: Final[dict[str, serializers.Serializer[Any] | type[serializers.Serializer[Any]]]] = {
    "above": AboveConditionSerializer,
    "below": BelowConditionSerializer,
    "outside": OutsideConditionSerializer,
    "rate": RateConditionSerializer,
    "no_data": NoDataConditionSerializer,
    "is_true": IsTrueConditionSerializer,
}


@extend_schema_field(
    PolymorphicProxySerializer(component_name="Condition", serializers=KINDS, resource_type_field_name="kind")
)
class ConditionField(serializers.JSONField):
    """JSON that rules/conditions.py checks; described to clients as one shape a kind."""


class ScheduleSerializer(serializers.Serializer[Any]):
    """By the clock of the site. An end that is not after the start is one of the next day."""

    days = serializers.ListField(child=serializers.ChoiceField(DAYS), allow_empty=False, max_length=len(DAYS))
    start = serializers.RegexField(CLOCK_TIME, help_text="HH:MM of each of the days.")
    end = serializers.RegexField(CLOCK_TIME)

    def validate_days(self, days: list[str]) -> list[str]:
        """Each once, in the order of the week."""
        return [day for day in DAYS if day in days]

    def validate(self, schedule: dict[str, Any]) -> dict[str, Any]:
        """A schedule is replaced as a whole, also by a PATCH, within which nothing is required otherwise."""
        missing = {name: ["This field is required."] for name in ScheduleJson.__annotations__ if name not in schedule}
        if missing:
            raise serializers.ValidationError(missing)
        return schedule


class WatchedSerializer(serializers.Serializer[Any]):
    """What a rule watches today: how many series, the unit of most, where ("" for the whole site)."""

    series_count = serializers.IntegerField()
    unit = serializers.CharField()
    place = serializers.CharField()


class RuleSerializer(serializers.ModelSerializer[Rule]):
    """A rule as it is. Lists give `watched` in the context, made for all of them at once."""

    site = serializers.CharField(source="site.slug")
    name_code = serializers.ChoiceField(
        list(READY_NAMES), allow_blank=True, help_text='The ready name that it still has; "" once somebody named it.'
    )
    device = serializers.CharField(source="device_id", allow_null=True)
    series = serializers.IntegerField(source="series_id", allow_null=True)
    severity = serializers.ChoiceField(Severity.choices)
    condition = ConditionField()
    schedule = ScheduleSerializer(allow_null=True)
    applies = serializers.ChoiceField(Applies.choices)
    watched = serializers.SerializerMethodField()

    class Meta:
        model = Rule
        fields = (
            "id",
            "site",
            "name",
            "name_code",
            "metric",
            "device",
            "series",
            "severity",
            "condition",
            "schedule",
            "applies",
            "enabled",
            "template",
            "watched",
            "version",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(WatchedSerializer)
    def get_watched(self, rule: Rule) -> dict[str, Any]:
        """As the registry stands."""
        known: dict[int, Watched] = self.context.get("watched") or describe_watched([rule])
        return known[rule.pk]._asdict()


class RuleChangeSerializer(serializers.Serializer[Any]):
    """What of a rule can be changed. Another name than it has takes its `name_code` away."""

    name = serializers.CharField(max_length=120)
    metric = serializers.RegexField(METRIC, required=False, max_length=64)
    device = serializers.CharField(max_length=64, source="device_id", allow_null=True, required=False)
    series = serializers.IntegerField(source="series_id", allow_null=True, required=False)
    severity = serializers.ChoiceField(Severity.choices, default=Severity.WARNING)
    condition = ConditionField()
    schedule = ScheduleSerializer(allow_null=True, default=None, help_text="null: at all hours.")
    applies = serializers.ChoiceField(
        Applies.choices, default=Applies.ALWAYS, help_text="Whether the away switch of the site matters."
    )
    enabled = serializers.BooleanField(default=True)


class NewRuleSerializer(RuleChangeSerializer):
    """A new rule: with `series` for one series, else `metric` of one `device`, else of the whole site."""

    site = serializers.SlugField(max_length=64)


class RuleTemplateSerializer(serializers.Serializer[Any]):
    """A ready rule; `template` is stable, the dashboard names it by that."""

    template = serializers.CharField(source="key")
    name = serializers.CharField()
    metric = serializers.CharField()
    severity = serializers.ChoiceField(Severity.choices)
    condition = ConditionField()
