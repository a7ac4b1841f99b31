"""Collections of MongoDB that hold one document for each series and window of time.

A document is replaced as a whole, compared by its revision: two workers never overwrite each other. `upto` is the last
row of the log that is folded into it, so that a fold that is repeated adds nothing twice.

A document that cannot be read is kept in the collection `damaged` before another takes its place. Of readings, the
other one says so (`damaged`): what is known of its hour by buckets must not be made anew from it.
"""

from __future__ import annotations

import secrets
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from bson.binary import Binary
from pymongo import DeleteOne, InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError

from belvedere.readings.store import chunk
from belvedere.readings.store.chunk import ChunkError, Columns
from belvedere.readings.store.cluster import buckets as bucket_codec
from belvedere.readings.store.cluster.mongo import Document, Mongo, MongoAway
from belvedere.readings.store.damage import Damage, Span
from belvedere.readings.tiers import MINUTE, MINUTE_MS, TIERS, Bucket, Tier, make_buckets, widen_buckets

T = TypeVar("T")
Key = tuple[int, int]  # (series, number of the window)

HOUR_MS = 60 * MINUTE_MS
BUCKETS_A_WINDOW = 360
_SERIES_BITS = 32  # of `_id`, below the series: the number of the window
_WINDOWS = 1 << _SERIES_BITS
_DUPLICATE_KEY = 11000


class Conflict(Exception):
    """Another worker has replaced a document since it was read."""


class Window(NamedTuple, Generic[T]):
    """A document. rev: its revision, 0 while it is not stored. content: empty where there is none.

    is_damaged: it cannot be read, or took the place of one that could not.
    """

    series: int
    number: int
    content: T
    upto: int = 0
    rev: int = 0
    is_damaged: bool = False


class WindowTable(Generic[T]):
    """One collection.

    width_ms: of a window; a multiple of it since 1970 UTC begins one.
    encode, decode: content to bytes and back; decode raises ChunkError. empty: content of no document.
    """

    def __init__(
        self,
        mongo: Mongo,
        name: str,
        width_ms: int,
        encode: Callable[[T], bytes],
        decode: Callable[[bytes], T],
        empty: T,
    ) -> None:
        self.name = name
        self.width_ms = width_ms
        self._mongo = mongo
        self._documents = mongo.collection(name)
        self._kept = mongo.collection("damaged")
        self.damage = Damage(name)
        self._encode = encode
        self._decode = decode
        self._empty = empty

    # --- reading --------------------------------------------------------------------------------

    def load(self, keys: Iterable[Key]) -> dict[Key, Window[T]]:
        """Load windows by key; one that is not stored is empty. What cannot be read is logged and counts as empty."""
        found = {key: Window(*key, self._empty) for key in keys}
        if found:
            ids = [_id_of(*key) for key in found]
            with self._mongo.answering():
                for document in self._documents.find({"_id": {"$in": ids}}):
                    window = self._read(document, keep_damaged=True)
                    found[window.series, window.number] = window
        return found

    def between(self, series: int, from_ms: int, to_ms: int) -> list[Window[T]]:
        """Load the windows that overlap from_ms <= ts <= to_ms, in time order."""
        first, last = self._number_of(from_ms), self._number_of(to_ms)
        with self._mongo.answering():
            documents = self._documents.find({"_id": {"$gte": _id_of(series, first), "$lte": _id_of(series, last)}})
            return [self._read(document) for document in documents.sort("_id")]

    def numbers(self, series: int, from_ms: int, to_ms: int) -> list[int]:
        """Return the numbers of the windows that overlap the range and are stored, in order."""
        first, last = self._number_of(from_ms), self._number_of(to_ms)
        with self._mongo.answering():
            documents = self._documents.find(
                {"_id": {"$gte": _id_of(series, first), "$lte": _id_of(series, last)}}, {"_id": 1}
            )
            return [document["_id"] % _WINDOWS for document in documents.sort("_id")]

    def first(self, series: int) -> Window[T] | None:
        """Load the first window of a series."""
        with self._mongo.answering():
            documents = self._documents.find({"_id": {"$gte": _id_of(series, 0), "$lt": _id_of(series + 1, 0)}})
            found = list(documents.sort("_id").limit(1))
        return self._read(found[0]) if found else None

    def span_of(self, number: int) -> Span:
        """The times of a window."""
        return Span(number * self.width_ms, (number + 1) * self.width_ms - 1)

    def _read(self, document: Document, *, keep_damaged: bool = False) -> Window[T]:
        series, number = divmod(document["_id"], _WINDOWS)
        is_damaged = bool(document.get("damaged"))
        try:
            content = self._decode(document["data"])
        except (ChunkError, KeyError) as error:
            content, is_damaged = self._empty, True
            self.damage.note(series, self.span_of(number), str(error))
            if keep_damaged:  # for a repair: whoever loads by key is about to write
                copy = {**document, "_id": f"{self.name}.{document['_id']}.{document['rev']}", "series": series}
                self._kept.replace_one({"_id": copy["_id"]}, {**copy, "reason": str(error)}, upsert=True)
        if is_damaged:
            self.damage.add(series, self.span_of(number))
        return Window(series, number, content, document["upto"], document["rev"], is_damaged)

    # --- writing --------------------------------------------------------------------------------

    def save(self, windows: Iterable[Window[T]]) -> None:
        """Insert or replace windows that are as they were read but for content and upto. Raises Conflict.

        Those without a conflict are written all the same.
        """
        writes: list[InsertOne[Document] | ReplaceOne[Document]] = []
        for series, number, content, upto, rev, is_damaged in windows:
            key = _id_of(series, number)
            data = Binary(self._encode(content))
            # Not a count: a document that was deleted and made anew must not have an old revision again.
            document: Document = {"_id": key, "rev": 1 + secrets.randbits(62), "upto": upto, "data": data}
            if is_damaged:
                document["damaged"] = True
            writes.append(ReplaceOne({"_id": key, "rev": rev}, document) if rev else InsertOne(document))
        if not writes:
            return
        with self._mongo.answering():
            try:
                done = self._documents.bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                if any(one["code"] != _DUPLICATE_KEY for one in error.details["writeErrors"]):
                    raise MongoAway(f"MongoDB cannot write ({error}).") from error
                raise Conflict(self.name) from error
        if done.inserted_count + done.matched_count != len(writes):
            raise Conflict(self.name)

    def remove(self, windows: Iterable[Window[T]]) -> None:
        """Delete windows that are as they were read. Raises Conflict."""
        deletes = [DeleteOne({"_id": _id_of(one.series, one.number), "rev": one.rev}) for one in windows]
        if not deletes:
            return
        with self._mongo.answering():
            done = self._documents.bulk_write(deletes, ordered=False)
        if done.deleted_count != len(deletes):
            raise Conflict(self.name)

    def remove_before(self, series: int, before_ms: int) -> None:
        """Delete the windows of a series that end at or before an instant."""
        low, high = _id_of(series, 0), _id_of(series, self._number_of(before_ms))
        with self._mongo.answering():
            self._documents.delete_many({"_id": {"$gte": low, "$lt": high}})

    def remove_all(self, series: int) -> None:
        """Delete all of a series."""
        with self._mongo.answering():
            self._documents.delete_many({"_id": {"$gte": _id_of(series, 0), "$lt": _id_of(series + 1, 0)}})
            self._kept.delete_many({"series": series})
        self.damage.forget(series)

    def _number_of(self, ts_ms: int) -> int:
        return min(max(ts_ms // self.width_ms, 0), _WINDOWS - 1)


def _id_of(series: int, number: int) -> int:
    return series * _WINDOWS + number


class Tables:
    """All collections of the store.

    chunks: the readings; times: when those were that are past their retention. tiers: the buckets.
    """

    def __init__(self, mongo: Mongo) -> None:
        no_columns = chunk.NO_COLUMNS
        self.chunks = WindowTable(mongo, "chunk", HOUR_MS, _encode_columns, _decode_columns, no_columns)
        self.times = WindowTable(mongo, "times", HOUR_MS, _encode_columns, _decode_columns, no_columns)
        self.tiers: dict[Tier, WindowTable[list[Bucket]]] = {tier: _make_tier_table(mongo, tier) for tier in TIERS}

    def count_damaged(self) -> int:
        """How many documents that cannot be read were met, as far as they were not made anew."""
        return self.chunks.damage.count + self.times.damage.count

    def remove_all(self, series: int) -> None:
        """Delete all of a series."""
        for columns in (self.chunks, self.times):
            columns.remove_all(series)
        for buckets in self.tiers.values():
            buckets.remove_all(series)


def rebuild_buckets(tables: Tables, tier: Tier, series: int, number: int) -> list[Bucket]:
    """Make the buckets of a window anew from what is stored below, as far as that is there."""
    low, high = tables.tiers[tier].span_of(number)
    if tier is MINUTE:
        hours = tables.chunks.between(series, low, high)
        return [bucket for hour in hours for bucket in make_buckets(hour.content, tier.width_ms)]
    windows = tables.tiers[TIERS[TIERS.index(tier) - 1]].between(series, low, high)
    finer = (bucket for window in windows for bucket in window.content if low <= bucket.start <= high)
    return widen_buckets(finer, tier.width_ms)


def _make_tier_table(mongo: Mongo, tier: Tier) -> WindowTable[list[Bucket]]:
    def encode(buckets: list[Bucket]) -> bytes:
        return bucket_codec.encode(buckets, tier.width_ms)

    return WindowTable(mongo, tier.table, tier.width_ms * BUCKETS_A_WINDOW, encode, bucket_codec.decode, [])


def _encode_columns(columns: Columns) -> bytes:
    return chunk.encode(columns.ts, columns.values) if columns.ts else b""  # where all that is known is the damage


def _decode_columns(data: bytes) -> Columns:
    return chunk.decode(data) if data else chunk.NO_COLUMNS


def split(columns: Columns, width_ms: int) -> Iterator[tuple[int, Columns]]:
    """Split readings in time order into (number of the window, its readings)."""
    at = 0
    while at < len(columns.ts):
        number = columns.ts[at] // width_ms
        end = bisect_left(columns.ts, (number + 1) * width_ms, at)
        yield number, Columns(columns.ts[at:end], columns.values[at:end])
        at = end


def drop_known(columns: Columns, known: Columns) -> Columns:
    """Readings without those of a time that is known. Both in time order."""
    if not known.ts or not columns.ts or columns.ts[0] > known.ts[-1]:
        return columns  # the most are newer than all that is known
    times = set(known.ts).intersection(columns.ts)
    if not times:
        return columns
    kept = [(ts, value) for ts, value in zip(*columns, strict=True) if ts not in times]
    return Columns(array("q", [ts for ts, _ in kept]), array("d", [value for _, value in kept]))
