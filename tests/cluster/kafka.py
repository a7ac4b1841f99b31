"""A Kafka server (KRaft, one node) of one's own, on free ports, with its files in a folder that the caller removes.

Its jars come from Maven once, into the user's cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.cluster.process import ServerProcess, free_port
from tests.maven import can_fetch, fetch_jars

VERSION = "4.1.1"
# One node; small enough to stand beside everything else on a developer's machine.
_SETTINGS = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
default.replication.factor=1
auto.create.topics.enable=false
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


def is_installed() -> bool:
    """Whether there is what fetches it and what runs it."""
    return shutil.which("java") is not None and can_fetch("kafka", VERSION)


class KafkaServer(ServerProcess):
    """`kill` and `start` keep what was acknowledged."""

    name = "kafka"
    start_seconds = 60.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._jars = fetch_jars("kafka", "org.apache.kafka", "kafka_2.13", VERSION)
        controller = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._settings = folder / "server.properties"
        self._settings.write_text(_SETTINGS.format(port=self.port, controller=controller, folder=folder))
        format_storage = ["kafka.tools.StorageTool", "format", "-t", "belvederebelvederebelve", "-c"]
        subprocess.run(
            [*self._java(), *format_storage, str(self._settings)], check=True, capture_output=True, cwd=folder
        )
        self.start()

    def command(self) -> list[str]:
        """Of one node that is broker and controller."""
        return [*self._java(), "kafka.Kafka", str(self._settings)]

    def cut_off(self, topic: str, partition: int, end: int) -> None:
        """Lose the records of a partition from an offset on, as a disk that lies does. While it is killed."""
        (log,) = self._folder.glob(f"data/{topic}-{partition}/*.log")
        with log.open("r+b") as file:
            # Each batch begins with its first offset (8 bytes) and the length of what follows (4 bytes).
            while len(head := file.read(12)) == 12 and int.from_bytes(head[:8], "big") < end:
                file.seek(int.from_bytes(head[8:], "big"), os.SEEK_CUR)
            assert head, f"partition {partition} ends before {end}"
            file.seek(-len(head), os.SEEK_CUR)
            file.truncate()

    def _java(self) -> list[str]:
        # The two flags halve what a short life costs: nothing of a test runs long enough for the second compiler.
        flags = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        return ["java", *flags, "-cp", f"{self._jars}/*"]
