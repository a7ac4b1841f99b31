"""History, sparklines and export over REST. The poll itself is snapshot.py, beside Django."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.models import Role, Site
from belvedere.accounts.views import SiteView
from belvedere.devices.models import Series
from belvedere.domain.times import now_ms
from belvedere.readings.export import write_csv
from belvedere.readings.history import (
    DEFAULT_POINTS,
    MAX_POINTS,
    make_sparkline,
    read_history,
    read_pieces,
    split_range,
)
from belvedere.readings.selectors import history_reader
from belvedere.readings.tiers import HOUR, MINUTE, QUARTER
from belvedere.web_api.rest import checked

DAY_MS = 86_400_000
MAX_HOURS = 24 * 31
MAX_SPARKLINES = 500  # named in one request


class RangeSerializer(serializers.Serializer[Any]):
    """`from` and `to` in Unix ms; the last 24 hours where they are left out."""

    to = serializers.IntegerField(required=False, min_value=0, max_value=1 << 53)

    def get_fields(self) -> dict[str, Any]:
        """Adds `from`, which is no name in Python."""
        first = {"from": serializers.IntegerField(required=False, min_value=0, max_value=1 << 53)}
        return {**first, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fills in what is missing."""
        attrs.setdefault("to", now_ms())
        attrs.setdefault("from", attrs["to"] - DAY_MS)
        if attrs["from"] >= attrs["to"]:
            raise serializers.ValidationError({"from": ["The range ends before it begins."]})
        return attrs


class HistoryQuery(RangeSerializer):
    """A range, and how finely."""

    points = serializers.IntegerField(required=False, min_value=2, max_value=MAX_POINTS, default=DEFAULT_POINTS)


class HistorySerializer(serializers.Serializer[Any]):
    """Columns of equal length. tier raw: t and v; else t, min, max, avg, n.

    first_ms: the first reading of the series ever, null where there was none: what is before it is no gap.
    raw_from_ms: from when on readings are kept; before it, buckets are all there is.
    """

    tier = serializers.CharField()
    first_ms = serializers.IntegerField(allow_null=True)
    raw_from_ms = serializers.IntegerField()
    t = serializers.ListField(child=serializers.IntegerField())
    v = serializers.ListField(child=serializers.FloatField(), required=False)
    min = serializers.ListField(child=serializers.FloatField(), required=False)
    max = serializers.ListField(child=serializers.FloatField(), required=False)
    avg = serializers.ListField(child=serializers.FloatField(), required=False)
    n = serializers.ListField(child=serializers.IntegerField(), required=False)


FROM = OpenApiParameter("from", int, description="Begin, Unix ms; 24 h before `to` where left out.")
TO = OpenApiParameter("to", int, description="End, Unix ms; now where left out.")
POINTS = OpenApiParameter("points", int, description=f"About how many points; at most {MAX_POINTS}.")


class OneSeriesView(SiteView):
    """Routes of one series: its own site decides."""

    def site_of(self, _request: Request, series_id: int) -> Site:
        """Raises Http404 where there is no such series."""
        return get_object_or_404(Series.objects.select_related("site"), pk=series_id).site


class HistoryView(OneSeriesView):
    """The chart's data."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(operation_id="series_history", parameters=[FROM, TO, POINTS], responses=HistorySerializer)
    def get(self, request: Request, series_id: int) -> Response:
        """The range in about `points` points, from the tier that fits."""
        asked = checked(HistoryQuery(data=request.query_params))
        interval = Series.objects.values_list("interval_ms", flat=True).get(pk=series_id)
        reader = history_reader()
        history = read_history(reader, series_id, asked["from"], asked["to"], asked["points"], interval)
        known = {"first_ms": reader.first_ms(series_id), "raw_from_ms": reader.horizon(series_id).raw_ms}
        return Response({**history, **known})


class CsvView(OneSeriesView):
    """All readings of a range as CSV, and averages where those are past their retention."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="series_csv",
        parameters=[FROM, TO],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request, series_id: int) -> StreamingHttpResponse:
        """Streamed, and compressed where the client takes gzip: a year does not have to fit into memory."""
        asked = checked(RangeSerializer(data=request.query_params))
        series = Series.objects.get(pk=series_id)
        text = write_csv(history_reader(), series_id, asked["from"], asked["to"])
        zipped = "gzip" in request.headers.get("Accept-Encoding", "")
        body = _compress(text) if zipped else (part.encode() for part in text)
        answer = StreamingHttpResponse(_run_in_thread(body), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{series.device_id}-{series.metric}.csv"'
        if zipped:
            answer["Content-Encoding"] = "gzip"
        return answer


def _compress(text: Iterator[str]) -> Iterator[bytes]:
    squeeze = zlib.compressobj(4, wbits=31)
    for part in text:
        piece = squeeze.compress(part.encode())
        if piece:
            yield piece
    yield squeeze.flush()


async def _run_in_thread(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The parts one by one, each made in a thread: the loop goes on serving."""

    def following() -> bytes | None:
        return next(parts, None)

    while True:
        part = await sync_to_async(following, thread_sensitive=False)()
        if part is None:
            return
        yield part


class SparklinesQuery(serializers.Serializer[Any]):
    """How far back, in how many steps, and of which series."""

    series = serializers.RegexField(r"^\d{1,18}(,\d{1,18})*\Z", required=False)
    hours = serializers.IntegerField(required=False, min_value=1, max_value=MAX_HOURS, default=24)
    points = serializers.IntegerField(required=False, min_value=2, max_value=500, default=48)

    def validate_series(self, text: str) -> list[int]:
        """Return the ids."""
        ids = [int(part) for part in text.split(",")]
        if len(ids) > MAX_SPARKLINES:
            raise serializers.ValidationError(f"Ask for at most {MAX_SPARKLINES} series at once.")
        return ids


class SparklinesView(SiteView):
    """The small line on every card, in one request: of the whole site, or of the series that a page shows."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="site_sparklines",
        parameters=[
            OpenApiParameter("hours", int),
            OpenApiParameter("points", int),
            OpenApiParameter("series", str, description=f"Ids with commas, at most {MAX_SPARKLINES}; else all."),
        ],
        responses=inline_serializer(
            "Sparklines",
            {
                "from_ms": serializers.IntegerField(),
                "to_ms": serializers.IntegerField(),
                "step_ms": serializers.IntegerField(),
                "series": serializers.DictField(
                    child=inline_serializer(
                        "Sparkline",
                        {
                            "avg": serializers.ListField(child=serializers.FloatField(allow_null=True)),
                            "min": serializers.FloatField(allow_null=True),
                            "max": serializers.FloatField(allow_null=True),
                            "lows": serializers.DictField(child=serializers.FloatField()),
                            "highs": serializers.DictField(child=serializers.FloatField()),
                        },
                    )
                ),
            },
        ),
    )
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002  (the route's; the site is checked)
        """Averages in even steps up to now, of a minute or more; null where nothing was measured.

        lows, highs: by the number of the step, how far its readings went, where that is well beyond its average.
        """
        asked = checked(SparklinesQuery(data=request.query_params.dict()))
        span_ms, to_ms = asked["hours"] * HOUR.width_ms, now_ms()
        points = min(asked["points"], span_ms // MINUTE.width_ms)
        step_ms = -(-span_ms // points)
        from_ms = to_ms - step_ms * points
        tier = QUARTER if step_ms >= QUARTER.width_ms else MINUTE
        reader = history_reader()
        of_site = Series.objects.filter(site=self.checked_site)
        named = of_site.filter(id__in=asked["series"]) if "series" in asked else of_site
        ids = named.values_list("id", flat=True)
        lines = {}
        for one in ids:
            parts = split_range(reader.horizon(one), tier, from_ms, to_ms)
            lines[str(one)] = make_sparkline(read_pieces(reader, one, parts), from_ms, step_ms, points)
        return Response({"from_ms": from_ms, "to_ms": to_ms, "step_ms": step_ms, "series": lines})
