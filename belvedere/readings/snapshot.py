"""The poll: one prepared body a site and cursor, answered without Django.

A plain ASGI app; `peek` gives the same answer without ASGI. Rights come from a cache that is at most 5 s old. Nothing
in a body changes by itself: the time is in the header Server-Time-Ms, so an ETag stays true until a value, one of the
site's numbers (alert log, registry, presence) or the doubt about the server's clock moves.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from belvedere.accounts.rights import RightsSource
from belvedere.domain.changes import CatchUp
from belvedere.domain.clock import ServerClock, Untrusted
from belvedere.domain.times import now_ms
from belvedere.readings.latest.port import Follower, LatestReader, State, Value
from belvedere.web_api.asgi import Answer, Headers, Receive, Scope, Send, send_answer, send_problem
from belvedere.web_api.problems import Problem, method_not_allowed, not_authenticated, unknown_site

PATH = re.compile(r"/api/v1/sites/([a-z0-9-]{1,64})/snapshot\Z")
POLL_MS = 5_000
SLOW_POLL_MS = 30_000
SLOW_INTERVAL_MS = 60_000  # where every series reports this seldom, a poll of 30 s shows nothing later
GZIP_FROM_BYTES = 1_400  # below one network packet compression gains nothing
MAX_BODIES = 64
MAX_SLUGS = 1_000
MAX_CURSOR_CHARACTERS = 64
MAX_SELECTED = 500  # more than any screen shows; who wants more asks for the whole site
WHOLE = ""  # stands for the cursor of who has nothing yet
SELECTION = b"series="
MOST = b"most="

_encode = msgspec.json.Encoder().encode


class Body(NamedTuple):
    """An encoded answer. headers: complete but for the time."""

    plain: bytes
    headers: Headers
    zipped: bytes | None
    zipped_headers: Headers


class Numbers(NamedTuple):
    """What a page compares with what it has; each gives the number of a site.

    alerts: the last number of its alert log. registry: of its last registry change. presence: another one after any of
    its devices came or went.
    """

    alerts: Callable[[int], int]
    registry: Callable[[int], int]
    presence: Callable[[int], int]


class _Key(NamedTuple):
    """Where these are the same, so is every body."""

    cursor: str
    alerts_seq: int
    registry_seq: int
    presence_seq: int
    doubt: Untrusted | None


class _Encoded:
    """What has been encoded of one site at one state.

    bodies: cursor of a client -> what it gets; WHOLE -> everything. A selection has the query for its key.
    """

    __slots__ = ("bodies", "etag", "key", "state")

    def __init__(self, state: State, key: _Key, etag: bytes) -> None:
        self.state = state
        self.key = key
        self.etag = etag
        self.bodies: dict[str | bytes, Body] = {}


class SnapshotApp:
    """GET /api/v1/sites/{slug}/snapshot?since={cursor}&series={id},{id}...&most={n}

    follower: brought level with the client's cursor before an answer, where another process may have given it.
    catch_up_rights: waited for before somebody is refused a site, which another process may have just given them.
    """

    def __init__(
        self,
        latest: LatestReader,
        rights: RightsSource,
        numbers: Numbers,
        clock: ServerClock | None = None,
        follower: Follower | None = None,
        catch_up_rights: CatchUp | None = None,
    ) -> None:
        self._follower = follower
        self._catch_up_rights = catch_up_rights
        self._clock = clock or ServerClock()
        self._latest = latest
        self._rights = rights
        self._numbers = numbers
        self._encoded: dict[int, _Encoded] = {}
        self._slugs: dict[str, str] = {}
        self.polls = 0
        self.not_modified = 0
        self.bytes_sent = 0

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one poll."""
        headers: Headers = scope["headers"]
        rights = self._rights.peek(headers)
        if not isinstance(rights, tuple):
            rights = await self._rights.find(headers)
        if rights is None:
            await send_problem(send, not_authenticated())
            return
        if scope["method"] not in ("GET", "HEAD"):
            await send_problem(send, method_not_allowed("GET", "HEAD"))
            return
        site_id = rights.site_ids.get(self._find_slug(scope["path"]))
        if site_id is None and self._catch_up_rights is not None:
            await self._catch_up_rights()
            rights = await self._rights.find(headers)
            site_id = None if rights is None else rights.site_ids.get(self._find_slug(scope["path"]))
        if site_id is None:
            await send_problem(send, unknown_site())
            return
        query: bytes = scope["query_string"]
        if self._follower is not None:
            await self._follower.catch_up(site_id, _read_cursor(query))
        answer = self._make_answer(site_id, query, headers)
        if isinstance(answer, Problem):
            await send_problem(send, answer)
        else:
            await send_answer(send, answer, with_body=scope["method"] == "GET")

    def peek(self, address: bytes, headers: Headers) -> Answer | None:
        """The answer to a GET that needs no waiting and is no problem; None for any other, and for other addresses."""
        path, _, query = address.partition(b"?")
        if not path.endswith(b"/snapshot"):
            return None
        rights = self._rights.peek(headers)
        if not isinstance(rights, tuple):
            return None
        site_id = rights.site_ids.get(self._find_slug(path.decode("latin-1")))
        if site_id is None or (
            self._follower is not None and not self._follower.is_level(site_id, _read_cursor(query))
        ):
            return None
        answer = self._make_answer(site_id, query, headers)
        return None if isinstance(answer, Problem) else answer

    def _find_slug(self, path: str) -> str:
        """The site named in the path, "" where it is no such path; remembered, because pages ask for few."""
        slug = self._slugs.get(path)
        if slug is None:
            match = PATH.match(path)
            slug = match[1] if match else ""
            if len(self._slugs) < MAX_SLUGS:
                self._slugs[path] = slug
        return slug

    def _make_answer(self, site_id: int, query: bytes, sent: Headers) -> Answer | Problem:
        encoded = self._find_encoded(site_id)
        selected = _parse_selection(query) if SELECTION in query else None
        partial = selected is None and MOST in query and len(encoded.state.values) > _parse_most(query)
        if partial:
            selected = []  # the page asks for some of them next
        if isinstance(selected, Problem):
            return selected
        self.polls += 1
        etag = encoded.etag if selected is None else _make_etag(encoded.etag, selected)
        match = gzip_wanted = None
        for name, value in sent:
            if name == b"if-none-match":
                match = value
            elif name == b"accept-encoding":
                gzip_wanted = b"gzip" in value
        now = (b"server-time-ms", b"%d" % now_ms())
        if match is not None and etag in match:
            self.not_modified += 1
            return Answer(304, [(b"etag", etag), (b"cache-control", b"private, no-cache"), now], b"")
        if selected is None:
            body = self._find_body(site_id, encoded, query)
        else:
            body = self._find_selected_body(site_id, encoded, query, selected, etag, partial=partial)
        data, headers = body.plain, body.headers
        if gzip_wanted and body.zipped is not None:
            data, headers = body.zipped, body.zipped_headers
        self.bytes_sent += len(data)
        return Answer(200, [*headers, now], data)

    def _find_encoded(self, site_id: int) -> _Encoded:
        doubt = self._clock.untrusted
        state = self._latest.state(site_id)
        alerts, registry, presence = self._numbers
        key = _Key(state.cursor, alerts(site_id), registry(site_id), presence(site_id), doubt)
        encoded = self._encoded.get(site_id)
        if encoded is None or encoded.key != key:
            suffix = f".{doubt.shown_ms}" if doubt else ""
            etag = f'"{key[0]}.{key[1]}.{key[2]}.{key[3]}{suffix}"'.encode()
            encoded = self._encoded[site_id] = _Encoded(state, key, etag)
        return encoded

    def _find_body(self, site_id: int, encoded: _Encoded, query: bytes) -> Body:
        since = _read_cursor(query)
        body = encoded.bodies.get(since)
        if body is None:
            delta = self._latest.since(site_id, since) if since and len(encoded.bodies) < MAX_BODIES else None
            if delta is None:
                since = WHOLE
                body = encoded.bodies.get(since)
            if body is None:
                body = encoded.bodies[since] = self._encode(encoded, delta)
        return body

    def _find_selected_body(
        self,
        site_id: int,
        encoded: _Encoded,
        query: bytes,
        selected: Sequence[int],
        etag: bytes,
        *,
        partial: bool,
    ) -> Body:
        """What changed of some series, or all that is known of them; a page that asks again for the same shares it."""
        body = encoded.bodies.get(query)
        if body is None:
            state, since = encoded.state, _read_cursor(query)
            delta = self._latest.since(site_id, since, selected) if since else None
            values = {series: state.values[series] for series in selected if series in state.values}
            intervals = {series: state.interval_ms[series] for series in values if series in state.interval_ms}
            part = _Encoded(State(state.cursor, values, intervals), encoded.key, etag)
            body = self._encode(part, delta, partial=partial)
            if len(encoded.bodies) < MAX_BODIES:
                encoded.bodies[query] = body
        return body

    @staticmethod
    def _encode(encoded: _Encoded, delta: list[Value] | None, *, partial: bool = False) -> Body:
        state, key = encoded.state, encoded.key
        body = {
            "cursor": state.cursor,
            "next_poll_ms": next_poll_ms(state),
            "full": delta is None,
            "alerts_seq": key.alerts_seq,
            "registry_seq": key.registry_seq,
            "presence_seq": key.presence_seq,
            "series": [(series, *value) for series, value in state.values.items()] if delta is None else delta,
        }
        if partial:
            body["partial"] = True
        if key.doubt is not None:
            body["clock"] = key.doubt._asdict()
        return _make_body(_encode(body), encoded.etag)


def next_poll_ms(state: State) -> int:
    """When the page should come back: 30 s where every series is slow, else 5 s."""
    intervals = state.interval_ms
    if intervals and len(intervals) == len(state.values) and min(intervals.values()) >= SLOW_INTERVAL_MS:
        return SLOW_POLL_MS
    return POLL_MS


def _read_cursor(query: bytes) -> str:
    """The cursor that a client sends, WHOLE where it sends none."""
    for part in query.split(b"&"):
        if part.startswith(b"since="):
            return part[6 : 6 + MAX_CURSOR_CHARACTERS].decode("latin-1")
    return WHOLE


def _parse_selection(query: bytes) -> list[int] | Problem | None:
    """The series that a client wants alone, None where it names none."""
    for part in query.split(b"&"):
        if part.startswith(SELECTION):
            ids = part.removeprefix(SELECTION).replace(b"%2C", b",").split(b",")
            if len(ids) > MAX_SELECTED or not all(each.isdigit() and len(each) < 19 for each in ids):
                return _refuse_selection()
            return list(dict.fromkeys(map(int, ids)))
    return None


def _parse_most(query: bytes) -> int:
    """How many series a client takes at once; what is no number limits nothing."""
    for part in query.split(b"&"):
        text = part.removeprefix(MOST)
        if text != part and text.isdigit() and len(text) < 10:
            return int(text)
    return 1 << 62


def _refuse_selection() -> Problem:
    sentence = f"Give at most {MAX_SELECTED} numbers of series, separated by commas."
    return Problem(400, "invalid", "Some of what was sent cannot be used.", errors={"series": [sentence]})


def _make_etag(site_etag: bytes, selected: Sequence[int]) -> bytes:
    """Another one than the site's and than that of another selection."""
    return b'%b.s%x"' % (site_etag[:-1], zlib.crc32(repr(selected).encode()))


def _make_body(plain: bytes, etag: bytes) -> Body:
    headers = [
        (b"content-type", b"application/json"),
        (b"etag", etag),
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"Accept-Encoding, Cookie, Authorization"),
    ]
    length = (b"content-length", b"%d" % len(plain))
    if len(plain) < GZIP_FROM_BYTES:
        return Body(plain, [*headers, length], None, [])
    zipped = gzip.compress(plain, 4, mtime=0)
    zipped_headers = [*headers, (b"content-encoding", b"gzip"), (b"content-length", b"%d" % len(zipped))]
    return Body(plain, [*headers, length], zipped, zipped_headers)
