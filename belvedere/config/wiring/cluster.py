"""What the roles of the cluster profile make alike: names, clients, the registry, the way into Kafka."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Mapping

import structlog

from belvedere.config.settings.env import Env
from belvedere.config.wiring.parts import Part, run_in_thread
from belvedere.live.redis import make_listener
from belvedere.pipeline.stream.kafka.clients import TOPIC, make_producer
from belvedere.pipeline.stream.kafka.inlet import KafkaInlet
from belvedere.pipeline.stream.kafka.marks import drop_mark, save_mark, trim_marks
from belvedere.pipeline.stream.kafka.replies import ReplyListener
from belvedere.registry.tail import RegistryTail

log = structlog.get_logger(__name__)

MARK_SECONDS = 1.0
REGISTRY_AWAY = "The database does not answer: pages and changes wait for it."


def make_name(role: str) -> str:
    """A name that no other run of any process has, of 32 characters at most."""
    return f"{role[:8]}-{socket.gethostname()[:8]}-{os.getpid()}-{secrets.token_hex(3)}"


class Way:
    """The way into Kafka of one process that takes readings. name: of the process."""

    def __init__(self, env: Env, loop: asyncio.AbstractEventLoop, name: str) -> None:
        self._name = name
        self.inlet = KafkaInlet(
            loop, lambda on_error: make_producer(env.kafka, on_error), TOPIC, env.partitions, address=name
        )
        self._replies = ReplyListener(make_listener(env.redis), name, self.inlet.reply)

    def parts(self) -> tuple[Part, ...]:
        """To start before, and to stop after whatever takes readings."""
        return (
            # Before the inlet, so that it is dropped after what was under way is in Kafka.
            Part("mark", run_in_thread(trim_marks), run_in_thread(lambda: drop_mark(self._name))),
            Part("kafka", self._start, run_in_thread(self.inlet.stop)),
            Part("replies", self._replies.start, self._replies.stop),
        )

    def unready(self) -> Mapping[str, str]:
        """For /readyz."""
        return {} if self.inlet.stalled is None else {"readings": self.inlet.stalled}

    def save_mark(self) -> None:
        """A job of each second: how far this process has heard its devices."""
        save_mark(self._name, self.inlet.mark)

    async def _start(self) -> None:
        self.inlet.start()


def tell_registry(tail: RegistryTail) -> dict[str, str]:
    """For /readyz."""
    return {"registry": REGISTRY_AWAY} if tail.unreadable else {}
