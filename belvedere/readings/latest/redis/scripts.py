"""What runs inside Redis, and how its rows look. Each script is atomic.

One number counts all changes of all sites. A row has the number of its last change, and a site's cursor is the greatest
number among its rows, so the same cursor names the same state in every process. `epoch` is the first half of a cursor.
It is made anew, and everything else deleted, where it is missing or Redis has another run id than at its making: no
restart, FLUSHALL or old file of Redis gives an earlier cursor another meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from struct import Struct
from typing import NamedTuple

from belvedere.readings.latest.port import LIVE_MS, LONGER, SMOOTHING

ROWS_A_CALL = 1_000  # Redis serves nobody else meanwhile: some 5 ms
KEPT_GONE = 10_000  # deleted series; a copy that is further behind is read anew
_NAMES = ("epoch", "run", "n", "rows", "changed", "gone", "gone_before", "whole", "applied")

# All numbers are doubles: exact up to 2**53, which neither ids, times nor the count of changes reaches.
_SENT = Struct("<5d")
_STORED = Struct("<6d")
_PAIR = Struct("<2d")
_SENT_THERE, _STORED_THERE, _PAIR_THERE = "<ddddd", "<dddddd", "<dd"  # the same, for the `struct` of Redis


class Sent(NamedTuple):
    """A value on its way into Redis. interval_ms: what was known of the series earlier, 0 for nothing."""

    series: int
    site: int
    ts_ms: int
    value: float
    interval_ms: float = 0.0


class Stored(NamedTuple):
    """A value as Redis has it. n: the number of its last change. interval_ms: 0 where it is not known."""

    series: int
    site: int
    n: int
    ts_ms: int
    interval_ms: float
    value: float


def keys(prefix: str) -> list[str]:
    """KEYS of every script. The braces keep them in one slot of a Redis Cluster."""
    return [f"{prefix}{{latest}}:{name}" for name in _NAMES]


def pack(values: Iterable[Sent]) -> bytes:
    """The values as PUT takes them."""
    return b"".join(_SENT.pack(*value) for value in values)


def unpack(rows: bytes) -> Iterator[Stored]:
    """The rows that READ gave."""
    for series, site, n, ts_ms, interval_ms, value in _STORED.iter_unpack(rows):
        yield Stored(int(series), int(site), int(n), int(ts_ms), interval_ms, value)


def unpack_pairs(pairs: bytes) -> Iterator[tuple[int, int]]:
    """(id, number) of what READ gave as gone or whole."""
    for key, n in _PAIR.iter_unpack(pairs):
        yield int(key), int(n)


# ARGV[1] of each script: an epoch for the case that a new one is needed.
_BEGIN = """
local epoch, run, n, rows, changed, gone, gone_before, whole, applied = unpack(KEYS)
local current = redis.call('GET', epoch)
local running = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if not current or redis.call('GET', run) ~= running then
  redis.call('DEL', unpack(KEYS))
  redis.call('SET', run, running)
  redis.call('SET', epoch, ARGV[1])
  current = ARGV[1]
end
"""

# PUT new-epoch partition from to is-whole epoch is-last values -> [verdict, epoch]. `from` and `to` are versions of the
# partition: the one that Redis has to have so far, and the one that it has afterwards. is-whole: these are all values
# of the partition, and they hold whatever stands in Redis; `epoch` is the one that the earlier calls for them have met.
BEHIND, TAKEN, OVERTAKEN = 0, 1, 2
PUT = (
    _BEGIN
    + f"""
local from, to, is_whole, is_last, sent = ARGV[3], ARGV[4], ARGV[5] == '1', ARGV[7] == '1', ARGV[8]
local known = redis.call('HGET', applied, ARGV[2])
if is_whole then
  if ARGV[6] ~= '' and ARGV[6] ~= current then return {{{BEHIND}, current}} end
elseif known and tonumber(known) >= tonumber(to) then
  return {{known == to and {TAKEN} or {OVERTAKEN}, current}}
end
local number = nil
local at = 1
while at <= #sent do
  local series, site, ts, value, interval
  series, site, ts, value, interval, at = struct.unpack('{_SENT_THERE}', sent, at)
  local key = string.format('%.0f', series)
  local before = redis.call('HGET', rows, key)
  local moved = true
  if before then
    local _, _, _, old_ts, old_interval, old_value = struct.unpack('{_STORED_THERE}', before)
    moved = ts > old_ts or (ts == old_ts and value ~= old_value) or (is_whole and ts ~= old_ts)
    local step = ts - old_ts
    if old_interval > 0 then interval = old_interval end
    if step > 0 and step < {LIVE_MS} then
      if interval > 0 then
        interval = interval + {SMOOTHING} * (math.min(step, {LONGER} * interval) - interval)
      else
        interval = step
      end
    end
  end
  if moved then
    number = number or redis.call('INCR', n)
    redis.call('HSET', rows, key, struct.pack('{_STORED_THERE}', series, site, number, ts, interval, value))
    redis.call('ZADD', changed, number, key)
    redis.call('ZREM', gone, key)
  end
end
if is_last then
  if not is_whole and known ~= from then return {{{BEHIND}, current}} end
  redis.call('HSET', applied, ARGV[2], to)
end
return {{{TAKEN}, current}}
"""
)

# FORGET new-epoch site series... -> how many of them were there.
FORGET = (
    _BEGIN
    + f"""
local number, found = nil, 0
for i = 3, #ARGV do
  if redis.call('HDEL', rows, ARGV[i]) == 1 then
    number = number or redis.call('INCR', n)
    found = found + 1
    redis.call('ZREM', changed, ARGV[i])
    redis.call('ZADD', gone, number, ARGV[i])
    redis.call('ZADD', whole, number, ARGV[2])
  end
end
local extra = redis.call('ZCARD', gone) - {KEPT_GONE}
if extra > 0 then
  local last = redis.call('ZRANGE', gone, extra - 1, extra - 1, 'WITHSCORES')
  redis.call('ZREMRANGEBYRANK', gone, 0, extra - 1)
  redis.call('SET', gone_before, last[2])
end
return found
"""
)

# READ new-epoch epoch after heard -> see `Page`. heard: the number up to which the caller knows of deletions.
READ = (
    _BEGIN
    + f"""
local after, heard, anew = tonumber(ARGV[3]), tonumber(ARGV[4]), 0
if ARGV[2] ~= current or heard < tonumber(redis.call('GET', gone_before) or '0') then
  after, heard, anew = 0, 0, 1
end
local newest = tonumber(redis.call('GET', n) or '0')
local number, more = newest, 0
local found = redis.call('ZRANGEBYSCORE', changed, '(' .. after, '+inf', 'LIMIT', 0, {ROWS_A_CALL})
if #found == {ROWS_A_CALL} then
  -- What has the same number as the last of these belongs to this page too.
  number, more = tonumber(redis.call('ZSCORE', changed, found[#found])), 1
  found = redis.call('ZRANGEBYSCORE', changed, '(' .. after, number)
end
local stored = {{}}
for first = 1, #found, {ROWS_A_CALL} do
  local some = redis.call('HMGET', rows, unpack(found, first, math.min(first + {ROWS_A_CALL - 1}, #found)))
  for i = 1, #some do stored[#stored + 1] = some[i] end
end
local function pairs_after(set, low)
  local packed, found = {{}}, redis.call('ZRANGEBYSCORE', set, '(' .. low, '+inf', 'WITHSCORES')
  for i = 1, #found, 2 do
    packed[#packed + 1] = struct.pack('{_PAIR_THERE}', tonumber(found[i]), tonumber(found[i + 1]))
  end
  return table.concat(packed)
end
local deleted = anew == 1 and '' or pairs_after(gone, heard)
local sites = pairs_after(whole, heard)
return {{current, anew, more, number, newest, table.concat(stored), deleted, sites, redis.call('HLEN', applied)}}
"""
)


class Page(NamedTuple):
    """An answer of READ.

    anew: what the caller has is of no use, and this is the first page of everything. more: another page follows, after
    `number`. newest: the number of the last change of all. gone: (series, number) deleted. whole: (site, number) where
    something was deleted. partitions: how many have all their values in Redis.
    """

    epoch: str
    anew: bool
    more: bool
    number: int
    newest: int
    rows: bytes
    gone: bytes
    whole: bytes
    partitions: int

    @classmethod
    def of(cls, answer: list[bytes | int]) -> Page:
        """What a client of Redis returned."""
        epoch, anew, more, number, newest, rows, gone, whole, partitions = answer
        assert isinstance(epoch, bytes)
        assert isinstance(rows, bytes)
        assert isinstance(gone, bytes)
        assert isinstance(whole, bytes)
        numbers = (int(number), int(newest))
        return cls(epoch.decode(), bool(anew), bool(more), *numbers, rows, gone, whole, int(partitions))
