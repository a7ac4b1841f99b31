"""The connection to MongoDB, and what its errors mean for the store. Only plain reads and writes are used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymongo
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from belvedere.readings.store.port import StoreUnavailable

ANSWER_MS = 30_000
FIND_SERVER_MS = 5_000
DATABASE = "belvedere"

Document = dict[str, Any]


class Mongo:
    """One database. Make it after a fork; any thread.

    url: mongodb://user:password@host:port/database; the database is `belvedere` where the URL names none.
    journal: False only where nothing has to survive a power cut, as in tests.
    """

    def __init__(self, url: str, *, journal: bool = True) -> None:
        self._client: pymongo.MongoClient[Document] = pymongo.MongoClient(
            url,
            w="majority",
            journal=journal,
            retryWrites=False,  # a write that is repeated finds its own revision, and is compared again
            serverSelectionTimeoutMS=FIND_SERVER_MS,
            socketTimeoutMS=ANSWER_MS,
            connect=False,
        )
        self._database = self._client.get_default_database(DATABASE)

    def collection(self, name: str) -> Collection[Document]:
        """Return a collection of the store."""
        return self._database[f"readings_{name}"]

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


@contextmanager
def explained() -> Iterator[None]:
    """Translate what MongoDB's client raises into an error of the port."""
    try:
        yield
    except PyMongoError as error:
        raise StoreUnavailable(f"MongoDB does not answer or cannot write ({error}).") from error
