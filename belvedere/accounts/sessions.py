"""Sessions whose keys are stored as keyed hashes: nobody can sign in with a key read from the database or a backup."""

from __future__ import annotations

from typing import Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from belvedere.accounts.keys import hash_with_key

_COLUMN = 40  # characters of Django's session table; 160 bits


def hash_session_key(session_key: str) -> str:
    """The form in which a browser's session key is stored."""
    return hash_with_key(settings.KEYS.digest_key, session_key)[:_COLUMN]


class SessionStore(DatabaseStore):
    """Django's database sessions; `session_key` is the browser's, and only the table has its hash."""

    def _get_session_from_db(self) -> Session | None:
        if self.session_key is None:
            return None
        rows = Session.objects.filter(expire_date__gt=timezone.now())
        row = rows.filter(session_key=hash_session_key(self.session_key)).first()
        if row is None:
            self._session_key = None  # Django's own way: no session gets a key that a client made up
        return row

    def exists(self, session_key: str) -> bool:
        return super().exists(hash_session_key(session_key))

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(hash_session_key(key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast("Session", super().create_model_instance(data))
        row.session_key = hash_session_key(row.session_key)
        return row

    async def _aget_session_from_db(self) -> Session | None:
        return await sync_to_async(self._get_session_from_db)()

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        return await sync_to_async(self.create_model_instance)(data)
