"""What a worker moves and deletes in MongoDB leaves its batches most of the time."""

from belvedere.domain.clock import ServerClock, Sources
from belvedere.readings.store.cluster.pace import Pace
from belvedere.readings.store.cluster.retention import STEP_SECONDS, Retention
from belvedere.readings.store.port import Keep
from belvedere.readings.tiers import DAY
from tests.contract.cluster_stores import ClusterSubject, needs_servers

START = 1_763_900_000_000


@needs_servers
def test_nothing_is_deleted_while_the_worker_rests_from_what_it_moved() -> None:
    subject = ClusterSubject(None)
    batch = subject.store.stage()
    batch.add(1, START, 1.0)
    subject.store.commit(batch)
    subject.move_all()
    seconds = 0.0
    pace = Pace(share=0.25, clock=lambda: seconds)
    clock = ServerClock(Sources(lambda: START + 30 * DAY.width_ms, lambda: seconds * 1000, lambda: 0.0))
    store = subject.store
    parts = (store.fence, store.memory, store.tables, store.lookup.forget, pace)
    retention = Retention(*parts, lambda: {1: Keep(7, 366)}, frozenset, clock, lambda: seconds)
    with pace.working():
        seconds += 1.0
    for _ in range(8):
        seconds += STEP_SECONDS
        retention.step(1.0)
        assert len(store.raw(1, START, START).ts) == 1
    for _ in range(8):
        seconds += STEP_SECONDS
        retention.step(1.0)
    assert len(store.raw(1, START, START).ts) == 0
    subject.end()
