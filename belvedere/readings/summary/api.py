"""The figures of a series over REST, as JSON and as the sheet of days that is printed and signed."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.models import Role
from belvedere.devices.models import Series
from belvedere.domain.freshness import hold_ms
from belvedere.domain.metrics import Kind
from belvedere.domain.times import now_ms
from belvedere.readings.api import DAY_MS, FROM, TO, OneSeriesView, RangeSerializer
from belvedere.readings.selectors import history_reader
from belvedere.readings.summary.condition import Limit, parse_limit
from belvedere.readings.summary.days import find_date, list_midnights
from belvedere.readings.summary.figures import Beyond, Bounds, Figures
from belvedere.readings.summary.read import Summary, read_summary
from belvedere.readings.summary.sheet import write_sheet
from belvedere.web_api.rest import checked

MAX_DAYS = 400
LAST_DAY_MS = 253_370_764_800_000  # the begin of the year 9999: later days have no date
LIMITS: Final = ("above", "below", "outside", "is")


class BoundsSerializer(serializers.Serializer[Any]):
    """The figure lies between these; they are equal where it is exact."""

    low = serializers.IntegerField()
    high = serializers.IntegerField()


class ExtremeSerializer(serializers.Serializer[Any]):
    """Measured at from_ms <= t <= to_ms: one instant, or somewhere within a bucket."""

    value = serializers.FloatField()
    from_ms = serializers.IntegerField()
    to_ms = serializers.IntegerField()


class LimitSerializer(serializers.Serializer[Any]):
    """above and below: level. outside: low, high. is: value, 0 or 1."""

    kind = serializers.ChoiceField(LIMITS)
    level = serializers.FloatField(required=False)
    low = serializers.FloatField(required=False)
    high = serializers.FloatField(required=False)
    value = serializers.IntegerField(required=False)


class BeyondSerializer(serializers.Serializer[Any]):
    """How long and how often the value was beyond the limit.

    first_ms: when it first was. last_ms: until when it last was. null where it never was, or only a bucket tells.
    """

    condition = LimitSerializer()
    time_ms = BoundsSerializer()
    count = BoundsSerializer()
    longest_ms = BoundsSerializer()
    first_ms = serializers.IntegerField(allow_null=True)
    last_ms = serializers.IntegerField(allow_null=True)


class FiguresSerializer(serializers.Serializer[Any]):
    """The figures of from_ms <= t < to_ms. first_ms, last_ms: of its readings, null where only buckets tell."""

    from_ms = serializers.IntegerField()
    to_ms = serializers.IntegerField()
    exact = serializers.BooleanField()
    count = serializers.IntegerField()
    first_ms = serializers.IntegerField(allow_null=True)
    last_ms = serializers.IntegerField(allow_null=True)
    min = ExtremeSerializer(allow_null=True)
    max = ExtremeSerializer(allow_null=True)
    mean = serializers.FloatField(allow_null=True)
    with_data_ms = BoundsSerializer()
    beyond = BeyondSerializer(allow_null=True)


class DaySerializer(FiguresSerializer):
    """A local day of the site, or the part of it that lies in the range."""

    date = serializers.DateField()


class SummarySerializer(FiguresSerializer):
    """hold_ms: a value holds until the next one, but at most so long. raw_from_ms: from when on readings are kept."""

    series = serializers.IntegerField()
    now_ms = serializers.IntegerField()
    hold_ms = serializers.IntegerField()
    raw_from_ms = serializers.IntegerField()
    days = DaySerializer(many=True, allow_null=True)


class SummaryQuery(RangeSerializer):
    """A range, at most one limit, and whether its days are asked for."""

    above = serializers.CharField(required=False)
    below = serializers.CharField(required=False)
    outside = serializers.CharField(required=False)
    by = serializers.ChoiceField(["day"], required=False)

    def get_fields(self) -> dict[str, Any]:
        """Adds `is`, which is no name in Python."""
        return {**super().get_fields(), "is": serializers.ChoiceField(["0", "1"], required=False)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Puts the limit under `limit`."""
        attrs = super().validate(attrs)
        given = [kind for kind in LIMITS if kind in attrs]
        if len(given) > 1:
            raise serializers.ValidationError({given[1]: ["Give one limit only."]})
        attrs["limit"] = None
        if given:
            attrs["limit"] = parse_limit(given[0], attrs[given[0]])
            if attrs["limit"] is None:
                sentence = (
                    "Give two finite numbers with a comma, the lower one first."
                    if given[0] == "outside"
                    else "Give a finite number."
                )
                raise serializers.ValidationError({given[0]: [sentence]})
        if "by" in attrs and attrs["to"] > LAST_DAY_MS:
            raise serializers.ValidationError({"to": ["Days are told up to the year 9998."]})
        if "by" in attrs and attrs["to"] - attrs["from"] > MAX_DAYS * DAY_MS:
            raise serializers.ValidationError({"from": [f"Ask for at most {MAX_DAYS} days by day."]})
        return attrs


PARAMETERS: Final = [
    FROM,
    TO,
    OpenApiParameter("above", float, description="Time, number and longest of the excursions above this level."),
    OpenApiParameter("below", float, description="The same below this level."),
    OpenApiParameter("outside", str, description="The same outside two levels, as in 2,8."),
    OpenApiParameter("is", str, enum=["0", "1"], description="The same while a binary series is 0 or 1."),
]
BY_DAY: Final = OpenApiParameter("by", str, enum=["day"], description="Each local day of the site as well.")


class _SummaryView(OneSeriesView):
    required_roles: ClassVar = {"GET": Role.VIEWER}

    def summarise(self, request: Request, series: Series, *, by_day: bool) -> tuple[Summary, Limit | None, int]:
        """Return the figures, the limit they are about, and the instant up to which values hold."""
        asked = checked(SummaryQuery(data={**request.query_params.dict(), **({"by": "day"} if by_day else {})}))
        limit: Limit | None = asked["limit"]
        if limit is not None and limit.kind == "is" and series.kind != Kind.BINARY:
            raise serializers.ValidationError({"is": ["This series has no two states: give a level instead."]})
        midnights = list_midnights(asked["from"], asked["to"], self.zone) if "by" in asked else ()
        edges = (asked["from"], *midnights, asked["to"])
        at_ms, band = now_ms(), None if limit is None else limit.band
        return read_summary(history_reader(), series.pk, edges, at_ms, hold_of(series), band), limit, at_ms

    @property
    def zone(self) -> ZoneInfo:
        """The site's own: its days are those of the people there."""
        return ZoneInfo(self.checked_site.timezone)


def hold_of(series: Series) -> int:
    """Return how long a value of the series holds: three freshness budgets, as they are now."""
    return hold_ms(series.freshness_seconds, series.interval_ms, series.metric)


class SummaryView(_SummaryView):
    """What a range comes to."""

    @extend_schema(operation_id="series_summary", parameters=[*PARAMETERS, BY_DAY], responses=SummarySerializer)
    def get(self, request: Request, series_id: int) -> Response:
        """Exact where readings are kept, bounds where only their buckets are left; docs/figures.md has the rules."""
        series = Series.objects.get(pk=series_id)
        summary, limit, at_ms = self.summarise(request, series, by_day=False)
        known: dict[str, Any] = {
            "series": series_id,
            "now_ms": at_ms,
            "hold_ms": hold_of(series),
            "raw_from_ms": history_reader().horizon(series_id).raw_ms,
            "days": None,
        }
        if "by" in request.query_params:
            zone = self.zone
            known["days"] = [
                {"date": find_date(day.from_ms, zone).isoformat(), **_describe_figures(day, limit)}
                for day in summary.days
            ]
        return Response({**known, **_describe_figures(summary.whole, limit)})


class SummarySheetView(_SummaryView):
    """The days of a range as CSV, for a record that somebody signs."""

    @extend_schema(
        operation_id="series_summary_csv",
        parameters=PARAMETERS,
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request, series_id: int) -> HttpResponse:
        """One row a local day; lines that begin with # say what the rows mean, and which figures are bounds."""
        series = Series.objects.select_related("device").get(pk=series_id)
        summary, limit, at_ms = self.summarise(request, series, by_day=True)
        name = f"{series.device_id}-{series.metric}"
        answer = HttpResponse(
            write_sheet(summary.days, name, limit, self.zone, at_ms, hold_of(series)),
            content_type="text/csv; charset=utf-8",
        )
        answer["Content-Disposition"] = f'attachment; filename="{name}-days.csv"'
        return answer


def _describe_figures(figures: Figures, limit: Limit | None) -> dict[str, Any]:
    shown = figures._asdict()
    shown["count"] = shown.pop("readings")
    for name in ("min", "max"):
        shown[name] = shown[name] and shown[name]._asdict()
    shown["with_data_ms"] = figures.with_data_ms._asdict()
    shown["beyond"] = None if limit is None else {"condition": limit.as_json(), **_describe_beyond(figures.beyond)}
    return shown


def _describe_beyond(beyond: Beyond) -> dict[str, Any]:
    shown = {name: one._asdict() if isinstance(one, Bounds) else one for name, one in beyond._asdict().items()}
    return {"time_ms": shown["time_ms"], "count": shown.pop("excursions"), **shown}
