"""POST /api/v1/ingest: the same bodies as over MQTT, answered after the commit. Plain ASGI, outside Django."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypeAlias

import msgspec

from belvedere.domain.clock import ServerClock
from belvedere.domain.reading import Outcome, Reason, Rejection
from belvedere.domain.trouble import TroubleCode
from belvedere.pipeline.ingest.counters import IngestCounters
from belvedere.pipeline.ingest.decode import MAX_HTTP_BODY_BYTES, decode
from belvedere.pipeline.ingest.judge import Decoded
from belvedere.pipeline.ingest.port import Directory, Presence, Troubles, Untold
from belvedere.pipeline.ingest.single import submit
from belvedere.pipeline.ingest.skew import ClockSkew
from belvedere.pipeline.ingest.stamps import Stamps
from belvedere.pipeline.stream.port import DeviceHandle, Inlet, NotStored, StreamFull

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

COMMIT_TIMEOUT_SECONDS = 5.0
BODY_TIMEOUT_SECONDS = 30.0
SWALLOW_SECONDS = 2.0
MAX_SWALLOWED_BYTES = 4 * 1024 * 1024
RETRY_AFTER_SECONDS = 2
_MOST_SKEWS = 20_000

_encode = msgspec.json.Encoder().encode


class Answer(NamedTuple):
    """One HTTP answer."""

    status: HTTPStatus
    document: dict[str, Any]
    headers: tuple[tuple[bytes, bytes], ...] = ()


class _RefusedError(Exception):
    """The request ends here, with `answer`."""

    permanent = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.document.get("detail"))
        self.answer = answer


class _GoneError(Exception):
    """The client went away before it had sent all."""


class IngestApp:
    """An ASGI application for one path. `counters` and `rejected` are for /metrics."""

    def __init__(
        self,
        inlet: Inlet,
        directory: Directory,
        presence: Presence,
        now_ms: Callable[[], int] | None = None,
        commit_timeout_seconds: float = COMMIT_TIMEOUT_SECONDS,
        clock: ServerClock | None = None,
        troubles: Troubles | None = None,
    ) -> None:
        self._inlet = inlet
        self._directory = directory
        self._presence = presence
        self._clock = clock or ServerClock()
        self._troubles = troubles or Untold()
        self._now_ms = now_ms or self._clock.now_ms
        self._commit_timeout_seconds = commit_timeout_seconds
        self._skews: dict[str, ClockSkew] = {}
        self.counters = IngestCounters()

    @property
    def rejected(self) -> Counter[str]:
        """Refused readings by reason."""
        return self.counters.rejected

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except _RefusedError as error:
            answer = error.answer
            self.counters.refused[str(answer.document["code"])] += 1
        except _GoneError:
            return
        await _send(send, answer)

    async def _answer(self, scope: Message, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            raise _refused(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "Use POST.", ((b"allow", b"POST"),))
        headers = {name.lower(): value for name, value in scope["headers"]}
        device = self._authenticate(headers.get(b"authorization", b""), scope.get("client"))
        if self._inlet.stalled is not None:
            raise _busy("Nothing can be stored just now.")
        body = await self._body(device, headers.get(b"content-length"), receive)
        if device.gone:
            raise _unauthorized()
        now_ms = self._now_ms()
        self._presence.posted(device.id, now_ms)
        stamps = Stamps(device, now_ms)
        encoding = headers.get(b"content-encoding", b"identity").strip().lower()
        if encoding not in (b"identity", b""):
            detail = "Send the body as it is, without a content encoding."
            decoded = Decoded([], [Rejection(0, Reason.BAD_ENCODING, detail)], None)
        else:
            decoded = decode(body, now_ms, stamps.next, MAX_HTTP_BODY_BYTES, self._clock.believed)
        if decoded.claimed_ts_ms is not None:
            self._skew(device).judge(decoded, decoded.claimed_ts_ms, now_ms)
        return _told(await self._store(device, decoded, now_ms, body, stamps.first_ms))

    def _authenticate(self, header: bytes, client: tuple[str, int] | None) -> DeviceHandle:
        device_id, secret = _basic_credentials(header)
        device = self._directory.authenticate(device_id, secret) if device_id else None
        if device is None:
            claimed = self._directory.get(device_id) if device_id else None
            if claimed is not None:
                host = client[0] if client else "an unknown address"
                self._troubles.tell(claimed, TroubleCode.BAD_CREDENTIALS, f"From {host}.")
            raise _unauthorized()
        return device

    async def _body(self, device: DeviceHandle, announced: bytes | None, receive: Receive) -> bytes:
        """The whole body; refused by its announcement where that is too large already."""
        if announced is not None and (not announced.isdigit() or int(announced[:12]) > MAX_HTTP_BODY_BYTES):
            await self._swallow(receive)
            raise self._too_large(device)
        try:
            async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
                return await self._read(device, receive)
        except TimeoutError as error:
            raise _refused(HTTPStatus.REQUEST_TIMEOUT, "too_slow", "The body did not come in time.") from error

    async def _read(self, device: DeviceHandle, receive: Receive) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise _GoneError
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > MAX_HTTP_BODY_BYTES:
                await self._swallow(receive)
                raise self._too_large(device)
            if not message.get("more_body", False):
                return b"".join(chunks)

    @staticmethod
    async def _swallow(receive: Receive) -> None:
        """Let an honest sender finish, or it would see a broken pipe in place of the answer; give up on a long one."""
        size = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SWALLOW_SECONDS):
                while size < MAX_SWALLOWED_BYTES:
                    message = await receive()
                    size += len(message.get("body", b""))
                    if message["type"] != "http.request" or not message.get("more_body", False):
                        return

    def _too_large(self, device: DeviceHandle) -> _RefusedError:
        self.counters.rejected[Reason.TOO_LARGE] += 1
        detail = f"At most {MAX_HTTP_BODY_BYTES} bytes."
        self._troubles.tell(device, TroubleCode.TOO_LARGE, f"A body over HTTP. {detail}")
        return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Reason.TOO_LARGE, detail, ((b"connection", b"close"),))

    async def _store(
        self, device: DeviceHandle, decoded: Decoded, now_ms: int, body: bytes, stamped_ms: int
    ) -> Outcome:
        """What became of the body, after the commit; quarantine takes what was refused in the same way."""
        self.counters.count_rejected(decoded.rejected)
        try:
            outcome = submit(self._inlet, device, decoded, now_ms, body, stamped_ms)
        except StreamFull as error:
            raise _busy("The server is behind.") from error
        self.counters.published += 1
        try:
            async with asyncio.timeout(self._commit_timeout_seconds):
                return await outcome
        except TimeoutError as error:
            raise _busy("Not stored in time; it may still be.") from error
        except NotStored as error:
            raise _busy("The server failed to store it.") from error

    def _skew(self, device: DeviceHandle) -> ClockSkew:
        known = self._skews.get(device.data_key)
        if known is None:
            if len(self._skews) >= _MOST_SKEWS:
                self._skews.clear()  # each is told once more
            known = self._skews[device.data_key] = ClockSkew(device.id, self._presence, self._clock)
        return known


def _basic_credentials(header: bytes) -> tuple[str, str]:
    """User and password of an Authorization header (RFC 7617), empty where it holds none."""
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def _told(outcome: Outcome) -> Answer:
    """stored counts the readings of this body that are in the store now, duplicate those of them that were before.

    So a sender that repeats a body after a lost answer hears the same `stored`, and need not care which it was.
    """
    stored = outcome.stored + outcome.duplicate
    rejected = [_rejection(one) for one in outcome.rejected]
    if stored or not rejected:
        document = {"stored": stored, "duplicate": outcome.duplicate, "rejected": rejected}
        if outcome.adjusted:
            document["adjusted"] = outcome.adjusted
        return Answer(HTTPStatus.OK, document)
    first = outcome.rejected[0]
    bad_encoding = first.reason is Reason.BAD_ENCODING
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE if bad_encoding else HTTPStatus.BAD_REQUEST
    document = {**_problem(status, first.reason, first.detail), "stored": 0, "duplicate": 0, "rejected": rejected}
    return Answer(status, document)


def _rejection(one: Rejection) -> dict[str, Any]:
    told: dict[str, Any] = {"index": one.index, "reason": str(one.reason), "detail": one.detail}
    return told if one.metric is None else {**told, "metric": one.metric}


def _problem(status: HTTPStatus, code: str, detail: str) -> dict[str, Any]:
    """RFC 9457, with the members that the REST API's errors have."""
    return {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "code": str(code),
        "errors": {},
    }


def _refused(
    status: HTTPStatus, code: str, detail: str, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> _RefusedError:
    return _RefusedError(Answer(status, _problem(status, code, detail), headers))


def _unauthorized() -> _RefusedError:
    challenge = ((b"www-authenticate", b'Basic realm="Belvedere devices", charset="UTF-8"'),)
    detail = "Send the device's id and secret as Basic credentials."
    return _refused(HTTPStatus.UNAUTHORIZED, "bad_credentials", detail, challenge)


def _busy(detail: str) -> _RefusedError:
    retry = ((b"retry-after", b"%d" % RETRY_AFTER_SECONDS),)
    return _refused(HTTPStatus.SERVICE_UNAVAILABLE, "not_stored", f"{detail} Send it again.", retry)


async def _send(send: Send, answer: Answer) -> None:
    kind = b"application/json" if answer.status < HTTPStatus.BAD_REQUEST else b"application/problem+json"
    body = _encode(answer.document)
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": [*headers, *answer.headers]})
    await send({"type": "http.response.body", "body": body})
