"""A rule that is being written, tried on what is stored: how often it would have raised, and whether it would now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.models import Role
from belvedere.accounts.views import SiteView
from belvedere.devices.models import Series
from belvedere.domain.freshness import hold_ms
from belvedere.domain.times import now_ms
from belvedere.pipeline.replay import Player, Raised, drop_clear, find_standing, list_raised
from belvedere.readings.selectors import history_reader
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.port import HistoryReader
from belvedere.rules.conditions import Condition, parse_condition
from belvedere.rules.evaluate.phases import Transition
from belvedere.rules.evaluate.rule import CompiledRule, compile_rule
from belvedere.rules.evaluate.state import Phase, Present
from belvedere.rules.serializers import METRIC, ConditionField
from belvedere.rules.services import check_condition, check_scope
from belvedere.web_api.rest import checked

WEEK_MS: Final = 7 * 86_400_000
MAX_SERIES: Final = 20
MAX_TRIED: Final = 200
MAX_READINGS: Final = 3_000_000  # some five seconds of work
MAX_SPANS: Final = 500


class TrialSerializer(serializers.Serializer[Any]):
    """What a rule watches and its condition, as for a new rule."""

    metric = serializers.RegexField(METRIC, required=False, max_length=64, default="")
    device = serializers.CharField(max_length=64, allow_null=True, default=None)
    series = serializers.IntegerField(allow_null=True, default=None)
    condition = ConditionField()


class ReplaySerializer(TrialSerializer):
    """With `from` and `to` in Unix ms; the last 7 days where they are left out."""

    to = serializers.IntegerField(required=False, min_value=0, max_value=1 << 53)

    def get_fields(self) -> dict[str, Any]:
        """Adds `from`, which is no name in Python."""
        first = {"from": serializers.IntegerField(required=False, min_value=0, max_value=1 << 53)}
        return {**first, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fills in what is missing; nothing is played that is still to come."""
        attrs["to"] = min(attrs.get("to", now_ms()), now_ms())
        attrs.setdefault("from", attrs["to"] - WEEK_MS)
        if attrs["from"] >= attrs["to"]:
            raise serializers.ValidationError({"from": ["The range ends before it begins."]})
        return attrs


def _describe_outcome(name: str, **more: Any) -> Any:
    figures = ("count", "flaps", "time_ms", "longest_ms")
    return inline_serializer(name, {**{figure: serializers.IntegerField() for figure in figures}, **more})


_SPANS = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()), max_length=MAX_SPANS)
_COUNTED = inline_serializer(
    "ReplayedSeries", {"series": serializers.IntegerField(), "count": serializers.IntegerField()}, many=True
)
_REPLAY = inline_serializer(
    "Replay",
    {
        "with": _describe_outcome("ReplayOutcome", spans=_SPANS),
        "without_clear": inline_serializer(
            "ReplayWithoutClear",
            {figure: serializers.IntegerField() for figure in ("count", "flaps", "time_ms", "longest_ms")},
            allow_null=True,
        ),
        "series": _COUNTED,
        "raw_from_ms": serializers.IntegerField(),
        "covered_ms": serializers.IntegerField(),
        "partial": serializers.BooleanField(),
    },
)
_STANDING = inline_serializer(
    "Standing",
    {
        "series": serializers.IntegerField(),
        "value": serializers.FloatField(allow_null=True),
        "ts_ms": serializers.IntegerField(allow_null=True),
        "age_ms": serializers.IntegerField(allow_null=True),
        "raises": serializers.BooleanField(),
        "reason": serializers.ChoiceField(["inside", "waiting", "beyond", "silent", "old", "no_value"]),
        "since_ms": serializers.IntegerField(allow_null=True),
        "waits_ms": serializers.IntegerField(allow_null=True),
    },
    many=True,
)
_TRIAL = inline_serializer("Trial", {"series": _STANDING, "partial": serializers.BooleanField()})


class _TrialView(SiteView):
    required_roles: ClassVar = {"POST": Role.VIEWER}

    def find_series(self, asked: dict[str, Any], most: int) -> tuple[list[Series], bool]:
        """Return the series that the rule would watch, and whether there are more. Raises 400."""
        metric, device = check_scope(self.checked_site, asked["metric"], asked["device"], asked["series"])
        rows = Series.objects.filter(site=self.checked_site, metric=metric)
        if device is not None:
            rows = rows.filter(device=device)
        found = list(rows.order_by("id")[: most + 1])
        return found[:most], len(found) > most

    def parse(self, asked: dict[str, Any]) -> Condition:
        """Return the condition. Raises 400 with the field."""
        return parse_condition(check_condition(asked["condition"]))

    def compile(self, condition: Condition) -> CompiledRule:
        """Return a rule that nobody has saved."""
        return compile_rule(0, 1, self.checked_site.pk, condition)


class ReplayView(_TrialView):
    """How often a rule would have raised."""

    @extend_schema(operation_id="rules_replay", request=ReplaySerializer, responses=_REPLAY)
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002  (the route's; the site is checked)
        """Over the readings that are kept; `partial` where some of the range or of the series is left out."""
        asked = checked(ReplaySerializer(data=request.data))
        condition = self.parse(asked)
        watched, partial = self.find_series(asked, MAX_SERIES)
        reader = history_reader()
        raw_from_ms = max((reader.horizon(one.pk).raw_ms for one in watched), default=0)
        from_ms, to_ms = max(asked["from"], raw_from_ms), asked["to"]
        plain = drop_clear(condition)
        rules = [self.compile(condition), *([self.compile(plain)] if plain else [])]
        budget = Budget(MAX_READINGS)
        raised: list[list[tuple[int, Raised]]] = [[] for _ in rules]
        for one in watched if from_ms < to_ms else []:
            played = play_series(reader, one, rules, (from_ms, to_ms), budget)
            for found, transitions in zip(raised, played, strict=True):
                found += [(one.pk, alert) for alert in list_raised(transitions, from_ms, to_ms)]
        counts = Counter(series for series, _ in raised[0])
        first = [alert for _, alert in raised[0]]
        spans = [[one.from_ms, one.to_ms] for one in sorted(first)[:MAX_SPANS]]
        return Response(
            {
                "with": {**_count(first), "spans": spans},
                "without_clear": _count([alert for _, alert in raised[1]]) if plain else None,
                "series": [{"series": one.pk, "count": counts[one.pk]} for one in watched],
                "raw_from_ms": raw_from_ms,
                "covered_ms": max(0, to_ms - from_ms),
                "partial": partial or budget.used_up or asked["from"] < raw_from_ms,
            }
        )


class Budget:
    """How many readings may still be played."""

    def __init__(self, readings: int) -> None:
        self._left = readings

    @property
    def used_up(self) -> bool:
        """Whether something was left out."""
        return self._left <= 0

    def take(self, pages: Iterable[Columns]) -> Iterator[Columns]:
        """Yield the pages as long as it lasts."""
        for page in pages:
            if self.used_up:
                return
            self._left -= len(page.ts)
            yield page


def find_look_back(rule: CompiledRule, series: Series) -> int:
    """Return for how long before a moment the readings decide where the rule stands then.

    Its wait or its window, and the time in which the last reading before that must have come.
    """
    hold = hold_ms(series.freshness_seconds, series.interval_ms, series.metric)
    return max(rule.for_ms, rule.window_ms) + hold


def play_series(
    reader: HistoryReader, series: Series, rules: list[CompiledRule], within: tuple[int, int], budget: Budget
) -> list[list[Transition]]:
    """Return the transitions of each rule. It begins earlier by the time that the rule looks back."""
    from_ms, to_ms = within
    first_ms = reader.first_ms(series.pk)
    if first_ms is None or first_ms >= to_ms:
        return [[] for _ in rules]
    # Before its first reading no rule waits for a series.
    start_ms = max(first_ms, from_ms - find_look_back(rules[0], series))
    players = [Player(rule, start_ms) for rule in rules]
    for page in budget.take(reader.pages(series.pk, start_ms, to_ms - 1)):
        for player in players:
            player.play([page])
    for player in players:
        player.pass_time(to_ms)
    return [player.transitions for player in players]


def _count(raised: list[Raised]) -> dict[str, int]:
    lengths = [one.to_ms - one.from_ms for one in raised]
    return {
        "count": len(raised),
        "flaps": sum(one.flap for one in raised),
        "time_ms": sum(lengths),
        "longest_ms": max(lengths, default=0),
    }


class TryView(_TrialView):
    """Whether a rule would raise at the present values."""

    @extend_schema(operation_id="rules_try", request=TrialSerializer, responses=_TRIAL)
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002  (the route's; the site is checked)
        """As if it had been there for as long as it looks back."""
        asked = checked(TrialSerializer(data=request.data))
        rule = self.compile(self.parse(asked))
        watched, partial = self.find_series(asked, MAX_TRIED)
        reader, at_ms = history_reader(), now_ms()
        return Response({"series": [try_series(reader, one, rule, at_ms) for one in watched], "partial": partial})


def try_series(reader: HistoryReader, series: Series, rule: CompiledRule, at_ms: int) -> dict[str, Any]:
    """Return the present value of a series and where the rule stands on it. waits_ms: how much of its wait is left."""
    newest = reader.present.get(series.pk)
    present = None if newest is None else Present(newest[0], newest[1])
    recent = reader.raw(series.pk, at_ms if rule.silence else at_ms - find_look_back(rule, series), at_ms)
    standing = find_standing(rule, present, recent, at_ms)
    waits = standing.phase is Phase.PENDING and standing.since_ms is not None
    return {
        "series": series.pk,
        "value": None if present is None else present.value,
        "ts_ms": None if present is None else present.ts_ms,
        "age_ms": None if present is None else max(0, at_ms - present.ts_ms),
        "raises": standing.phase is Phase.OPEN,
        "reason": standing.reason,
        "since_ms": standing.since_ms,
        "waits_ms": max(0, (standing.since_ms or 0) + rule.for_ms - at_ms) if waits else None,
    }
