"""The connection to MongoDB, and what its errors mean for the store. Only plain reads and writes are used."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymongo
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError

from belvedere.readings.store.port import StoreUnavailable

ANSWER_SECONDS = 30.0
# Of a worker: all its partitions wait for an answer, and its leases must not end meanwhile (turns.py).
ANSWER_IN_TURN_SECONDS = 2.0
FIND_SERVER_MS = 2_000
AWAY_SECONDS = 5.0  # a thread that has partitions to process must not wait for it with each of them
DATABASE = "belvedere"

Document = dict[str, Any]


class MongoAway(StoreUnavailable):
    """MongoDB does not answer. What is committed stands in MySQL, and so does what will be."""


class Mongo:
    """One database. Make it after a fork; any thread.

    url: mongodb://user:password@host:port/database; the database is `belvedere` where the URL names none.
    journal: False only where nothing has to survive a power cut, as in tests.
    answer_seconds: for each operation; a server that hangs is away.
    """

    def __init__(self, url: str, *, journal: bool = True, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._client: pymongo.MongoClient[Document] = pymongo.MongoClient(
            url,
            w="majority",
            journal=journal,
            retryWrites=False,  # a write that is repeated finds its own revision, and is compared again
            serverSelectionTimeoutMS=FIND_SERVER_MS,
            timeoutMS=int(answer_seconds * 1000),
            connect=False,
        )
        self._database = self._client.get_default_database(DATABASE)
        self._away: tuple[float, MongoAway] | None = None  # until when nobody asks, and what they are told

    def collection(self, name: str) -> Collection[Document]:
        """Return a collection of the store."""
        return self._database[f"readings_{name}"]

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Translate what the client raises in the block. Raises MongoAway, at once for some time after the first."""
        away = self._away
        if away is not None and time.monotonic() < away[0]:
            raise away[1]
        try:
            yield
        except BulkWriteError:
            raise
        except PyMongoError as error:
            sentence = f"MongoDB does not answer or cannot write ({error})."
            self._away = (time.monotonic() + AWAY_SECONDS, MongoAway(sentence))
            raise MongoAway(sentence) from error
        self._away = None
