"""POST /api/v1/ingest: the same bodies as over MQTT, answered after the commit. Plain ASGI, outside Django."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from collections import Counter
from collections.abc import Callable
from typing import Any

from belvedere.domain.changes import CatchUp
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
from belvedere.web_api.asgi import Receive, Scope, Send, send_json, send_problem
from belvedere.web_api.origin import refuse_foreign_origin
from belvedere.web_api.problems import Problem, method_not_allowed

COMMIT_TIMEOUT_SECONDS = 5.0
BODY_TIMEOUT_SECONDS = 30.0
SWALLOW_SECONDS = 2.0
MAX_SWALLOWED_BYTES = 4 * 1024 * 1024
RETRY_AFTER_SECONDS = 2
_MOST_SKEWS = 20_000


class _GoneError(Exception):
    """The client closed the connection before the end of its body."""


class IngestApp:
    """An ASGI application for one path. `counters` and `rejected` are for /metrics.

    catch_up: waited for before a device is refused, where another process can have made it.
    """

    def __init__(
        self,
        inlet: Inlet,
        directory: Directory,
        presence: Presence,
        now_ms: Callable[[], int] | None = None,
        commit_timeout_seconds: float = COMMIT_TIMEOUT_SECONDS,
        clock: ServerClock | None = None,
        troubles: Troubles | None = None,
        catch_up: CatchUp | None = None,
    ) -> None:
        self._inlet = inlet
        self._directory = directory
        self._presence = presence
        self._clock = clock or ServerClock()
        self._troubles = troubles or Untold()
        self._catch_up = catch_up
        self._now_ms = now_ms or self._clock.now_ms
        self._commit_timeout_seconds = commit_timeout_seconds
        self._skews: dict[str, ClockSkew] = {}
        self.counters = IngestCounters()

    @property
    def rejected(self) -> Counter[str]:
        """Refused readings by reason."""
        return self.counters.rejected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            outcome = await self._take_body(scope, receive)
        except Problem as problem:
            self.counters.refused[problem.code] += 1
            await send_problem(send, problem)
        except _GoneError:
            return
        else:
            await _send_outcome(send, outcome)

    async def _take_body(self, scope: Scope, receive: Receive) -> Outcome:
        """Receive, decode and store the body. Raises Problem where it was refused before decoding, or not stored."""
        if scope["method"] != "POST":
            raise method_not_allowed("POST")
        headers = dict(scope["headers"])
        if b"origin" in headers:  # no device sends one; a page can make a browser send remembered credentials
            refuse_foreign_origin(headers[b"origin"].decode("latin-1"), headers.get(b"host", b"").decode("latin-1"))
        device = await self._authenticate(headers.get(b"authorization", b""), scope.get("client"))
        if self._inlet.stalled is not None:
            raise _make_busy("Nothing can be stored just now.")
        body = await self._receive_body(device, headers.get(b"content-length"), receive)
        if device.gone:
            raise _make_unauthorized()
        now_ms = self._now_ms()
        self._presence.mark_posted(device.id, now_ms)
        stamps = Stamps(device, now_ms)
        encoding = headers.get(b"content-encoding", b"identity").strip().lower()
        if encoding not in (b"identity", b""):
            detail = "Send the body as it is, without a content encoding."
            decoded = Decoded([], [Rejection(0, Reason.BAD_ENCODING, detail)], None)
        else:
            decoded = decode(body, now_ms, stamps.next, MAX_HTTP_BODY_BYTES, self._clock.believed)
        if decoded.claimed_ts_ms is not None:
            self._find_skew(device).judge(decoded, decoded.claimed_ts_ms, now_ms)
        return await self._store(device, decoded, now_ms, body, stamps.first_ms)

    async def _authenticate(self, header: bytes, client: tuple[str, int] | None) -> DeviceHandle:
        device_id, secret = _parse_basic_credentials(header)
        device = self._directory.authenticate(device_id, secret) if device_id else None
        if device is None and device_id and self._catch_up is not None:
            await self._catch_up()
            device = self._directory.authenticate(device_id, secret)
        if device is None:
            claimed = self._directory.get(device_id) if device_id else None
            host = client[0] if client else "an unknown address"
            if claimed is not None:
                self._troubles.tell(claimed, TroubleCode.BAD_CREDENTIALS, f"From {host}.")
            elif device_id:
                self._troubles.tell_stranger(device_id, host)
            raise _make_unauthorized()
        return device

    async def _receive_body(self, device: DeviceHandle, announced: bytes | None, receive: Receive) -> bytes:
        """Gives the whole body. Raises Problem for one that is too large, by its Content-Length where there is one."""
        if announced is not None and (not announced.isdigit() or int(announced[:12]) > MAX_HTTP_BODY_BYTES):
            await self._discard_rest(receive)
            raise self._report_too_large(device)
        try:
            async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
                return await self._read_body(device, receive)
        except TimeoutError as error:
            raise Problem(408, "too_slow", "The body did not come in time.") from error

    async def _read_body(self, device: DeviceHandle, receive: Receive) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise _GoneError
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > MAX_HTTP_BODY_BYTES:
                await self._discard_rest(receive)
                raise self._report_too_large(device)
            if not message.get("more_body", False):
                return b"".join(chunks)

    @staticmethod
    async def _discard_rest(receive: Receive) -> None:
        """Read the rest of a refused body for a while: else the client sees a broken pipe in place of the answer."""
        size = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SWALLOW_SECONDS):
                while size < MAX_SWALLOWED_BYTES:
                    message = await receive()
                    size += len(message.get("body", b""))
                    if message["type"] != "http.request" or not message.get("more_body", False):
                        return

    def _report_too_large(self, device: DeviceHandle) -> Problem:
        self.counters.rejected[Reason.TOO_LARGE] += 1
        detail = f"At most {MAX_HTTP_BODY_BYTES} bytes."
        self._troubles.tell(device, TroubleCode.TOO_LARGE, f"A body over HTTP. {detail}")
        return Problem(413, Reason.TOO_LARGE, detail, headers={"Connection": "close"})

    async def _store(
        self, device: DeviceHandle, decoded: Decoded, now_ms: int, body: bytes, stamped_ms: int
    ) -> Outcome:
        """Submit the body and wait for its commit. Refused readings go the same way, to quarantine."""
        self.counters.count_rejected(decoded.rejected)
        try:
            outcome = submit(self._inlet, device, decoded, now_ms, body, stamped_ms)
        except StreamFull as error:
            raise _make_busy("The server is behind.") from error
        self.counters.published += 1
        try:
            async with asyncio.timeout(self._commit_timeout_seconds):
                return await outcome
        except TimeoutError as error:
            raise _make_busy("Not stored in time; it may still be.") from error
        except NotStored as error:
            raise _make_busy("The server failed to store it.") from error

    def _find_skew(self, device: DeviceHandle) -> ClockSkew:
        known = self._skews.get(device.data_key)
        if known is None:
            if len(self._skews) >= _MOST_SKEWS:
                self._skews.clear()  # each is told once more
            known = self._skews[device.data_key] = ClockSkew(device.id, self._presence, self._clock)
        return known


def _parse_basic_credentials(header: bytes) -> tuple[str, str]:
    """User and password of an Authorization header (RFC 7617); empty strings where it has none."""
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


async def _send_outcome(send: Send, outcome: Outcome) -> None:
    """Send 200 where something is stored, else a problem with the same members.

    stored: readings of this body that are in the store now. duplicate: those of them that were before. So a client that
    repeats a body after a lost answer gets the same `stored`.
    """
    stored = outcome.stored + outcome.duplicate
    told = {
        "stored": stored,
        "duplicate": outcome.duplicate,
        "rejected": [_encode_rejection(one) for one in outcome.rejected],
    }
    if stored or not outcome.rejected:
        await send_json(send, 200, {**told, "adjusted": outcome.adjusted} if outcome.adjusted else told)
        return
    first = outcome.rejected[0]
    status = 415 if first.reason is Reason.BAD_ENCODING else 400
    await send_problem(send, Problem(status, first.reason, first.detail, more=told))


def _encode_rejection(one: Rejection) -> dict[str, Any]:
    told: dict[str, Any] = {"index": one.index, "reason": str(one.reason), "detail": one.detail}
    return told if one.metric is None else {**told, "metric": one.metric}


def _make_unauthorized() -> Problem:
    challenge = {"WWW-Authenticate": 'Basic realm="Belvedere devices", charset="UTF-8"'}
    return Problem(401, "bad_credentials", "Send the device's id and secret as Basic credentials.", headers=challenge)


def _make_busy(detail: str) -> Problem:
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return Problem(503, "not_stored", f"{detail} Send it again.", headers=retry)
