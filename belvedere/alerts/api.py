"""Reading alerts over REST. Bodies are encoded by msgspec from log.body_of, the same as in the socket's frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import msgspec
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from belvedere.accounts.models import Role, Site
from belvedere.accounts.selectors import list_sites
from belvedere.accounts.views import SiteView
from belvedere.alerts import log, selectors
from belvedere.alerts import serializers as shapes
from belvedere.alerts.counts import count_active
from belvedere.alerts.models import Alert
from belvedere.alerts.selectors import Cursor, Filter
from belvedere.rules.models import Severity

PAGE = 50
MAX_PAGE = 500
MAX_EVENTS = 1000

SITE = OpenApiParameter("site", str, description="Slug of the site; without it, of all sites one is a member of.")
STATE = OpenApiParameter("state", str, enum=selectors.STATES, description="active = open or acknowledged.")
SERIES = OpenApiParameter("series", int)
SEVERITY = OpenApiParameter("severity", str, enum=Severity.values)
ZONE = OpenApiParameter("zone", int, description="Where its device or camera is now.")
DEVICE = OpenApiParameter("device", str)
RULE = OpenApiParameter("rule", int)
FROM = OpenApiParameter("from", int, description="Unix ms: raised at any time from here on.")
TO = OpenApiParameter("to", int, description="Unix ms: raised at any time up to here.")
TEXT = OpenApiParameter("q", str, description="Words that all stand in title, device, zone or metric, accents or not.")
ASSIGNED = OpenApiParameter("assigned", str, description="A user name; `me` for one's own.")
BY = OpenApiParameter("by", str, enum=["zone", "series"], description="Count each zone, or each series, as well.")
LIMIT = OpenApiParameter("limit", int, description=f"{PAGE} by default, at most {MAX_PAGE}.")
CURSOR = OpenApiParameter("cursor", str, description="From `next` of the page before.")
AFTER = OpenApiParameter("after", int, description="The last number one has; 0 = from the beginning.")
EVENTS_LIMIT = OpenApiParameter("limit", int, description=f"At most {MAX_EVENTS}, which is the default.")
LOG_SITE = OpenApiParameter("site", str, required=True, description="Slug of the site.")


class Page(msgspec.Struct, frozen=True):
    """A part of a long list; next and previous are URLs."""

    next: str | None
    previous: str | None
    results: list[dict[str, Any]]


class HistoryLine(NamedTuple):
    """One event of one alert."""

    seq: int
    kind: str
    at_ms: int
    actor: str | None
    text: str


def respond(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/json")


def _parse_number(request: Request, name: str, default: int, highest: int) -> int:
    """A number of the query string from 0 to `highest`; what is higher counts as `highest`."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValidationError({name: ["Give a whole number of 0 or more."]})
    return min(int(text), highest)


def _parse_cursor(request: Request) -> Cursor | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    opened_ms, _, number = text.partition(".")
    try:
        return Cursor(int(opened_ms), int(number))
    except ValueError as error:
        raise ValidationError({"cursor": ["Use the `next` of a former answer."]}) from error


def _build_next_url(request: Request, last: Alert) -> str:
    query = request.query_params.copy()
    query["cursor"] = f"{last.opened_ms}.{last.pk}"
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _parse_id(request: Request, name: str) -> int | None:
    number = _parse_number(request, name, -1, 2**62)
    return None if number < 0 else number


def _parse_choice(request: Request, name: str, choices: Sequence[str]) -> str | None:
    text = request.query_params.get(name)
    if text is not None and text not in choices:
        raise ValidationError({name: [f"Choose one of {', '.join(choices)}."]})
    return text


def _parse_filter(request: Request, own_name: str) -> Filter:
    query = request.query_params
    assigned = query.get("assigned")
    return Filter(
        state=_parse_choice(request, "state", selectors.STATES),
        series=_parse_id(request, "series"),
        severity=_parse_choice(request, "severity", Severity.values),
        zone=_parse_id(request, "zone"),
        device=query.get("device"),
        rule=_parse_id(request, "rule"),
        from_ms=_parse_id(request, "from"),
        to_ms=_parse_id(request, "to"),
        text=query.get("q", "").strip()[:100],
        assigned=own_name if assigned == "me" else assigned,
    )


class AlertsView(SiteView):
    """The alerts of a site."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="alerts_list",
        parameters=[SITE, STATE, SERIES, SEVERITY, ZONE, DEVICE, RULE, FROM, TO, TEXT, ASSIGNED, LIMIT, CURSOR],
        responses=shapes.AlertPageSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """Newest first."""
        limit = max(1, _parse_number(request, "limit", PAGE, MAX_PAGE))
        sites = [self.site] if self.site else list_sites(self.person)
        alerts = selectors.alerts_of(sites, _parse_filter(request, self.person.username))
        if cursor := _parse_cursor(request):
            alerts = selectors.older_than(alerts, cursor)
        found = list(alerts[: limit + 1])
        more = _build_next_url(request, found[limit - 1]) if len(found) > limit else None
        bodies = [log.body_of(alert, alert.site.slug) for alert in found[:limit]]
        return respond(msgspec.json.encode(Page(more, None, bodies)))


class AlertEventsView(SiteView):
    """A site's log: for clients without a socket, or with a gap."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="alerts_events",
        parameters=[LOG_SITE, AFTER, EVENTS_LIMIT],
        responses=shapes.AlertLogPageSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """In order, from just after `after`."""
        if self.site is None:
            raise ValidationError({"site": ["Say which site: its slug."]})
        after = _parse_number(request, "after", 0, 2**62)
        limit = _parse_number(request, "limit", MAX_EVENTS, MAX_EVENTS)
        position = log.position(self.site.pk)
        frames = log.frames_after(self.site.pk, after, limit)
        head = msgspec.json.encode({"log_id": position.log_id, "seq": position.seq})
        events = ",".join(frame.text for frame in frames)
        return respond(head[:-1] + b',"events":[' + events.encode() + b"]}")


class AlertCountsView(SiteView):
    """How many alerts are not over."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(operation_id="alerts_counts", parameters=[LOG_SITE, BY], responses=shapes.SiteCountsSerializer)
    def get(self, request: Request) -> HttpResponse:
        """As each event of the log tells them, too."""
        if self.site is None:
            raise ValidationError({"site": ["Say which site: its slug."]})
        by = _parse_choice(request, "by", ("zone", "series"))
        seq = log.position(self.site.pk).seq  # before the counts: they may know more, never less
        body: dict[str, Any] = {"seq": seq, **count_active(self.site.pk)._asdict()}
        if by == "zone":
            zones = selectors.count_by_zone(self.site)
            body["by_zone"] = [{"zone": zone, **counts._asdict()} for zone, counts in zones.items()]
        elif by == "series":
            series = selectors.count_by_series(self.site)
            body["by_series"] = [{"series": one, **counts._asdict()} for one, counts in series.items()]
        return respond(msgspec.json.encode(body))


class AlertObjectView(SiteView):
    """What is about one alert."""

    def site_of(self, _request: Request, alert_id: int) -> Site:
        """The alert's own."""
        return get_object_or_404(Alert.objects.select_related("site"), pk=alert_id).site

    def answer(self, alert: Alert) -> HttpResponse:
        """The alert as it is now."""
        return respond(msgspec.json.encode(log.body_of(alert, alert.site.slug)))


class AlertView(AlertObjectView):
    """One alert."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(operation_id="alerts_get", responses=shapes.AlertDetailSerializer)
    def get(self, _request: Request, alert_id: int) -> HttpResponse:
        """With its history."""
        related = Alert.objects.select_related("site", *log.PEOPLE)
        alert = get_object_or_404(related, pk=alert_id)
        lines = [
            HistoryLine(e.seq, e.kind, e.at_ms, e.actor.display_name if e.actor else None, e.text)._asdict()
            for e in selectors.history_of(alert)
        ]
        return respond(msgspec.json.encode({**log.body_of(alert, alert.site.slug), "events": lines}))
