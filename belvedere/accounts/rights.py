"""Who may see which site, for the paths that never enter Django: snapshot, media, sockets.

An answer is kept for `TTL_SECONDS`. A change that takes rights away (sign-out, a deleted token, a changed password, a
removed member) is effective at once in the process where it was made, and after that time in others. Keys that miss at
the same time are looked up in one batch: 10,000 dashboards that poll every 5 s call this 2,000 times a second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from itertools import islice
from typing import Any, Final, Literal, NamedTuple, Protocol

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import close_old_connections
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from belvedere.accounts.authentication import digest_token
from belvedere.accounts.browsers import record_poll
from belvedere.accounts.models import Membership, Role, Token, User
from belvedere.accounts.sessions import hash_session_key
from belvedere.accounts.usage import record_use
from belvedere.domain.changes import Change, ChangeKind, keys_of
from belvedere.registry.sql import wait_for_answers

# A socket that asks every 2 s still closes within the promised 5 s of a sign-out elsewhere.
TTL_SECONDS = 2.5

ANSWER_SECONDS = 4.0  # of the database; sockets of people who were removed wait for it

# 20,000 entries are 10 MB; beyond that the oldest are dropped.
MAX_ENTRIES = 20_000

# Sessions have 32 characters, tokens 46: longer keys are invalid and must not fill the memory.
MAX_KEY_BYTES = 128

# Keys a look-up: SQLite takes 32,766 variables, and the first in the batch waits for the last.
MAX_BATCH = 500

BEARER = b"bearer "


class Missing(Enum):
    """`peek` has no answer in memory: await `find`."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
NOBODY: Final = b""


class Rights(NamedTuple):
    """A person's roles by site slug, and the ids of those sites. read_only: only safe methods, by this token."""

    user_id: int
    username: str
    roles: Mapping[str, Role]
    site_ids: Mapping[str, int]
    read_only: bool = False


class RightsSource(Protocol):
    """What the applications outside Django use. Implemented by RightsCache."""

    def peek(self, headers: Iterable[tuple[bytes, bytes]], /) -> Rights | Literal[Missing.MISSING] | None:
        """The answer from memory: the rights, None for somebody unknown, or MISSING."""

    async def find(self, headers: Iterable[tuple[bytes, bytes]], /) -> Rights | None:
        """The rights, or None for somebody unknown. Raises django.db.Error where the database fails."""


_COOKIE_PREFIX = settings.SESSION_COOKIE_NAME.encode() + b"="


def _find_session_cookie(header: bytes) -> bytes:
    """The pair `sessionid=...` of a Cookie header, else NOBODY."""
    at = header.find(_COOKIE_PREFIX)
    while at > 0 and header[at - 1] not in b"; ":  # the end of a longer name
        at = header.find(_COOKIE_PREFIX, at + 1)
    return header[at:].partition(b";")[0] if at >= 0 else NOBODY


def _find_key(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The key of a caller: the bearer header, else the session cookie, else NOBODY."""
    sent = dict(headers)
    key = sent.get(b"authorization", NOBODY)
    if key[:7].lower() != BEARER:
        key = _find_session_cookie(sent.get(b"cookie", NOBODY))
    return key if len(key) <= MAX_KEY_BYTES else NOBODY


class RightsCache:
    """Rights by request headers. `peek` and `find` belong to one event loop; a reader of the registry's log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: dict[bytes, tuple[float, Rights | None]] = {}
        self._waiting: dict[bytes, asyncio.Future[Rights | None]] = {}
        self._refreshing: asyncio.Task[None] | None = None
        self._changes = 0
        self._thread = ThreadPoolExecutor(1, "rights", initializer=lambda: wait_for_answers(ANSWER_SECONDS))

    def peek(self, headers: Iterable[tuple[bytes, bytes]]) -> Rights | Literal[Missing.MISSING] | None:
        """The answer from memory: the rights, None for somebody unknown, or MISSING."""
        return self._peek_key(_find_key(headers))

    def _peek_key(self, key: bytes) -> Rights | Literal[Missing.MISSING] | None:
        if not key:
            return None
        entry = self._entries.get(key)
        if entry is None or entry[0] < self._clock():
            return MISSING
        return entry[1]

    async def find(self, headers: Iterable[tuple[bytes, bytes]]) -> Rights | None:
        """The rights, or None for somebody unknown. Raises django.db.Error where the database fails."""
        key = _find_key(headers)
        known = self._peek_key(key)
        if known is not MISSING:
            return known
        # The future is shared: a caller that is cancelled must not cancel it for the others.
        return await asyncio.shield(self._ask(key))

    async def find_each(self, callers: Iterable[Iterable[tuple[bytes, bytes]]]) -> list[Rights | None]:
        """The rights of many, in their order. Raises django.db.Error; one task, however many they are."""
        keys = [_find_key(headers) for headers in callers]
        known = {key: self._peek_key(key) for key in keys}
        asked = {key: self._ask(key) for key, rights in known.items() if rights is MISSING}
        if asked:
            await asyncio.wait(asked.values())
        found = {key: asked[key].result() if rights is MISSING else rights for key, rights in known.items()}
        return [found[key] for key in keys]

    def _ask(self, key: bytes) -> asyncio.Future[Rights | None]:
        """The answer to come; the look-up that is under way takes all keys that wait."""
        future = self._waiting.get(key)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._waiting[key] = loop.create_future()
            if self._refreshing is None or self._refreshing.done():
                self._refreshing = loop.create_task(self._refresh())
        return future

    def close(self) -> None:
        """Stop the look-up thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _refresh(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch = dict(islice(self._waiting.items(), MAX_BATCH))
            asked_at, changes = self._clock(), self._changes
            try:
                found = await loop.run_in_executor(self._thread, look_up_rights, list(batch))
            except Exception as error:  # noqa: BLE001  (goes on to everybody who waits for it)
                _settle_with_error(batch, error)
            else:
                for key, future in batch.items():
                    future.set_result(found.get(key))
                if changes == self._changes:
                    self._keep({key: found.get(key) for key in batch}, asked_at + TTL_SECONDS)
            for key in batch:
                del self._waiting[key]

    def _keep(self, found: Mapping[bytes, Rights | None], until: float) -> None:
        for key, rights in found.items():
            self._entries.pop(key, None)
            self._entries[key] = (until, rights)
        for key in list(islice(self._entries, max(0, len(self._entries) - MAX_ENTRIES))):
            del self._entries[key]

    def load(self) -> None:
        """Forget everything; what is asked is looked up."""
        self._changes += 1
        self._entries.clear()

    def apply(self, changes: Sequence[Change]) -> None:
        """Forget the people whose rights have changed. Any thread.

        A look-up that is under way, and may have read the old state, answers but is not kept.
        """
        people = {int(key) for key in keys_of(changes, ChangeKind.PERSON)}
        if people:
            self._changes += 1
            for key, (_until, rights) in list(self._entries.items()):
                if rights is not None and rights.user_id in people:
                    self._entries.pop(key, None)


def _settle_with_error(batch: Mapping[bytes, asyncio.Future[Rights | None]], error: Exception) -> None:
    for future in batch.values():
        future.set_exception(error)
        future.exception()  # seen: nobody may be waiting any more


def look_up_rights(keys: list[bytes]) -> dict[bytes, Rights]:
    """The rights of each valid key, by four queries however many keys there are. Blocks: call it in a thread."""
    close_old_connections()
    try:
        tokens = _load_tokens(keys)
        users = {key: token.user for key, token in tokens.items()} | _load_session_users(keys)
        rights = _load_rights(users)
        return rights | {key: rights[key]._replace(read_only=True) for key, token in tokens.items() if token.read_only}
    finally:
        close_old_connections()


def _load_tokens(keys: list[bytes]) -> dict[bytes, Token]:
    digests = {digest_token(key[7:].strip().decode("latin-1")): key for key in keys if key[:7].lower() == BEARER}
    if not digests:
        return {}
    tokens = Token.objects.open_at(timezone.now()).filter(digest__in=digests).select_related("user")
    found = {digests[token.digest]: token for token in tokens}
    for token in found.values():
        record_use(token.pk)
    return found


def _load_session_users(keys: list[bytes]) -> dict[bytes, User]:
    wanted = {
        hash_session_key(key.removeprefix(_COOKIE_PREFIX).strip(b'"').decode("latin-1")): key
        for key in keys
        if key.startswith(_COOKIE_PREFIX)
    }
    if not wanted:
        return {}
    rows = Session.objects.filter(session_key__in=wanted, expire_date__gt=timezone.now())
    sessions = {wanted[row.session_key]: row.get_decoded() for row in rows}
    ids = {int(data[SESSION_KEY]) for data in sessions.values() if SESSION_KEY in data}
    users = User.objects.filter(is_active=True).in_bulk(ids)
    found = {key: (data, users.get(int(data.get(SESSION_KEY, 0)))) for key, data in sessions.items()}
    valid = {key: user for key, (data, user) in found.items() if user is not None and _is_still_valid(data, user)}
    for stored, key in wanted.items():
        if key in valid:
            record_poll(stored, valid[key].pk)
    return valid


def _is_still_valid(session: Mapping[str, Any], user: User) -> bool:
    """Django's own test: a changed password ends a session."""
    return session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS and constant_time_compare(
        session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )


def _load_rights(users: Mapping[bytes, User]) -> dict[bytes, Rights]:
    roles: dict[int, dict[str, Role]] = {user.pk: {} for user in users.values()}
    site_ids: dict[int, dict[str, int]] = {user.pk: {} for user in users.values()}
    rows = Membership.objects.filter(user__in=roles).values_list("user_id", "site__slug", "site_id", "role")
    for user_id, slug, site_id, role in rows:
        roles[user_id][slug] = Role(role)
        site_ids[user_id][slug] = site_id
    return {key: Rights(user.pk, user.username, roles[user.pk], site_ids[user.pk]) for key, user in users.items()}
