"""What was refused: shown on the device's page, sent through again after a fix, or thrown away."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ClassVar, Protocol

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.models import Role, Site
from belvedere.accounts.views import SiteView
from belvedere.devices.models import Device
from belvedere.devices.serializers import SaidSerializer
from belvedere.domain.details import read_detail
from belvedere.domain.provided import NotProvided, Provided
from belvedere.domain.reading import Outcome
from belvedere.pipeline.stream.port import NotStored
from belvedere.readings.store.port import Quarantine, QuarantineRow, StoreBroken, StoreUnavailable
from belvedere.web_api.problems import Problem

PAGE = 50
NEWEST = 1 << 62
DROP_SECONDS = 2.0


class Retry(Protocol):
    """Sends a body through the pipeline (ingest/retry.py)."""

    def __call__(self, device_id: str, data_key: str, body: bytes, received_ms: int) -> Outcome:
        """What becomes of the body now, after the commit. Raises NotStored, TimeoutError, LookupError (no device)."""


class Errands(Protocol):
    """Runs tasks in the pipeline's thread (worker.py)."""

    def errand(self, task: Callable[[], None]) -> Future[None]:
        """Run it between two batches."""


class QuarantineAccess:
    """What was refused, and what can be done with it. Any thread but the loop's and the pipeline's."""

    def __init__(self, store: Quarantine, retry: Retry, errands: Errands) -> None:
        self._store = store
        self._errands = errands
        self.quarantined = store.quarantined
        self.refused_counts = store.refused_counts
        self.retry = retry

    def drop(self, device: str, row: int) -> None:
        """Throw one away. Raises StoreUnavailable, StoreBroken, TimeoutError."""
        self._errands.errand(lambda: self._store.drop_quarantined(device, row)).result(DROP_SECONDS)


quarantine: Provided[QuarantineAccess] = Provided("pipeline")


def _quarantine() -> QuarantineAccess:
    try:
        return quarantine()
    except NotProvided as error:
        raise Problem(503, "no_pipeline", "This process runs no pipeline.") from error


def as_json(row: QuarantineRow) -> dict[str, Any]:
    """The row with its body as text where it is text."""
    try:
        body, encoding = row.body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        body, encoding = base64.b64encode(row.body).decode(), "base64"
    return {
        "id": row.id,
        "at_ms": row.at_ms,
        "reason": row.reason,
        "index": row.position,
        "detail": row.detail,
        "said": [said._asdict() for said in read_detail(row.detail)],
        "body": body,
        "encoding": encoding,
        "size": len(row.body),
    }


_ROW = inline_serializer(
    "QuarantinedReading",
    {
        "id": serializers.IntegerField(),
        "at_ms": serializers.IntegerField(),
        "reason": serializers.CharField(),
        "index": serializers.IntegerField(),
        "detail": serializers.CharField(),
        "said": SaidSerializer(many=True),
        "body": serializers.CharField(),
        "encoding": serializers.ChoiceField(["utf-8", "base64"]),
        "size": serializers.IntegerField(),
    },
    many=True,
)
_PAGE = inline_serializer(
    "Quarantine",
    {
        "next": serializers.URLField(allow_null=True),
        "results": _ROW,
        "counts": serializers.DictField(child=serializers.IntegerField()),
    },
)
_CURSOR = OpenApiParameter("cursor", str, description="From `next` of the page before.")
_OUTCOME = inline_serializer(
    "IngestOutcome",
    {
        "stored": serializers.IntegerField(),
        "duplicate": serializers.IntegerField(),
        "rejected": inline_serializer(
            "IngestRejection",
            {"index": serializers.IntegerField(), "reason": serializers.CharField()},
            many=True,
        ),
    },
)


class DeviceRoute(SiteView):
    """Routes of one device: its own site decides. data_key: of the very device whose site has decided."""

    data_key: str

    def site_of(self, _request: Request, device_id: str, **_rest: int) -> Site:
        """Raises Http404 where there is no such device."""
        device = get_object_or_404(Device.objects.select_related("site"), pk=device_id)
        self.data_key = device.data_key
        return device.site


class QuarantineView(DeviceRoute):
    """What a device sent and was refused."""

    required_roles: ClassVar = {"GET": Role.VIEWER}

    @extend_schema(operation_id="quarantine_list", parameters=[_CURSOR], responses=_PAGE)
    def get(self, request: Request, **_route: str) -> Response:
        """Newest first, with the whole body, and how often each reason came."""
        rows = _quarantine().quarantined(self.data_key, _parse_cursor(request), PAGE + 1)
        more = request.build_absolute_uri(f"{request.path}?cursor={rows[PAGE - 1].id}") if len(rows) > PAGE else None
        found = [as_json(row) for row in rows[:PAGE]]
        return Response({"next": more, "results": found, "counts": _quarantine().refused_counts(self.data_key)})


class QuarantinedView(DeviceRoute):
    """One refused body."""

    required_roles: ClassVar = {"DELETE": Role.OPERATOR}

    @extend_schema(operation_id="quarantine_delete", request=None, responses={204: None})
    def delete(self, _request: Request, row_id: int, **_route: str) -> Response:
        """Throw it away."""
        _find_row(self.data_key, row_id)
        _drop(self.data_key, row_id)
        return Response(status=204)


class RetryView(DeviceRoute):
    """Sends one refused body through again."""

    required_roles: ClassVar = {"POST": Role.OPERATOR}

    @extend_schema(operation_id="quarantine_retry", request=None, responses=_OUTCOME)
    def post(self, _request: Request, device_id: str, row_id: int) -> Response:
        """What becomes of it now; it leaves quarantine where nothing of it is refused any more."""
        row = _find_row(self.data_key, row_id)
        try:
            outcome = _quarantine().retry(device_id, self.data_key, row.body, row.at_ms)
        except LookupError as error:
            raise Http404 from error
        except (NotStored, TimeoutError) as error:
            raise Problem(503, "not_stored", "The server is behind and did not store it in time. Try again.") from error
        if not outcome.is_known:  # it may be refused again, and is not kept twice
            raise Problem(503, "not_known_yet", "No worker has said yet what became of it, so it stays. Send it again.")
        if not outcome.rejected:
            _drop(self.data_key, row_id)
        return Response(
            {
                "stored": outcome.stored + outcome.duplicate,
                "duplicate": outcome.duplicate,
                "rejected": [{"index": one.index, "reason": one.reason} for one in outcome.rejected],
            }
        )


def _parse_cursor(request: Request) -> int:
    text = request.query_params.get("cursor", str(NEWEST))
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise ValidationError({"cursor": ["Use the `next` of a former answer."]})
    return min(int(text), NEWEST)


def _find_row(data_key: str, row_id: int) -> QuarantineRow:
    rows = _quarantine().quarantined(data_key, min(row_id + 1, NEWEST), 1)
    if not rows or rows[0].id != row_id:
        raise Http404
    return rows[0]


def _drop(data_key: str, row_id: int) -> None:
    try:
        _quarantine().drop(data_key, row_id)
    except (StoreUnavailable, StoreBroken, TimeoutError) as error:
        raise Problem(
            503, "not_stored", "The server cannot write just now, so the body stays here. Try again."
        ) from error
