"""Ingest of 2,000 series into a store that already holds many rows, and the time to the PUBACK meanwhile."""

from __future__ import annotations

import time

from bench.load import Clock, Load
from bench.options import Options
from bench.report import Row
from bench.site import folder_of, site

DEVICES = 1_000  # two series each
BATCH = 180  # readings that fit into a body of 16 KiB
GOAL_RATE, GOAL_P99_MS = 8_000, 250.0


def run(options: Options) -> list[Row]:
    """Fill, then measure at full speed and at half of it."""
    with site(DEVICES) as house:
        house.add_rule()
        folder = folder_of(house)
        load = Load(house.server.mqtt_port, house.secrets, folder, Clock(days_ago=29))
        begun = time.monotonic()
        messages = options.rows // (BATCH * 2)
        load.run(messages, window=2, batch=BATCH, step_ms=60)
        filling = time.monotonic() - begun
        results = [load.run(options.messages, window=4, step_ms=1000) for _ in range(options.runs)]
        half = results[0].rate / 2
        paced = [load.run(int(half * 10), window=4, rate=half, step_ms=1000) for _ in range(options.runs)]
        size_mb = sum(f.stat().st_size for f in house.server.data.glob("readings*")) / 1e6
    rates = [result.rate for result in results]
    full = Row("2,000 series over stored rows", "messages/s", rates)
    p99 = Row("PUBACK p99 at half that rate", "ms", [result.p99_ms for result in paced])
    note = (
        f"{messages * BATCH * 2:,} rows stored first in {filling:.0f} s ({messages * BATCH * 2 / filling:,.0f} rows/s)"
    )
    return [
        full.check_goal(f">= {GOAL_RATE:,}/s over 50 M", full.median >= GOAL_RATE, note),
        Row(
            "PUBACK p99 at full speed, 4,000 in flight",
            "ms",
            [result.p99_ms for result in results],
            note=f"longest {max(result.max_ms for result in results):.0f} ms; files {size_mb:.0f} MB",
        ),
        p99.check_goal(f"< {GOAL_P99_MS:.0f} ms", p99.median < GOAL_P99_MS),
    ]
