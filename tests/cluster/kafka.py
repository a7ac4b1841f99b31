"""A Kafka server (KRaft, one node) of one's own, on free ports, with its files in a folder that the caller removes.

Its jars come from Maven once, into the user's cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.cluster.process import ServerProcess, free_port

VERSION = "4.1.1"
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>belvedere</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{version}</version>
    </dependency>
  </dependencies>
</project>
"""
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
    return shutil.which("java") is not None and (shutil.which("mvn") is not None or (_home() / "libs").is_dir())


class KafkaServer(ServerProcess):
    """`kill` and `start` keep what was acknowledged."""

    name = "kafka"
    start_seconds = 60.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._jars = _fetch_jars()
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

    def _java(self) -> list[str]:
        # The two flags halve what a short life costs: nothing of a test runs long enough for the second compiler.
        flags = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        return ["java", *flags, "-cp", f"{self._jars}/*"]


def _home() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "belvedere-tests" / f"kafka-{VERSION}"


def _fetch_jars() -> Path:
    home = _home()
    jars = home / "libs"
    if not jars.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        (home / "pom.xml").write_text(_POM.format(version=VERSION))
        draft = home / f"libs-{os.getpid()}"
        fetch = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={draft}"]
        subprocess.run(fetch, check=True, cwd=home)
        try:
            draft.rename(jars)
        except OSError:  # somebody else was faster
            shutil.rmtree(draft)
    return jars
