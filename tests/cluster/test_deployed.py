"""What `init-deploy` and deploy/compose.yaml make, without Docker: each service's own command and health check.

Docker's addresses are replaced by those of servers on this machine, and nothing else of the settings.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from belvedere.config.cli import OK, main
from belvedere.simulator.api import Api
from belvedere.simulator.mqtt import Publisher
from tests.cluster import haproxy
from tests.cluster.compose import is_healthy, load_services
from tests.cluster.driving import body, now_ms, until
from tests.cluster.process import free_port, until_it_listens
from tests.cluster.stack import Stack, is_installed
from tests.cluster.stacks import return_stack, take_stack
from tests.live.server import PASSWORD, PROGRAM, SITE

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not (is_installed() and haproxy.is_installed()), reason="needs the servers and HAProxy"),
]

HOST = "monitor.example.org"
SERVING = ("endpoint", "web", "worker", "beat", "cameras")
PATIENCE_SECONDS = 90.0
FROM_ELSEWHERE = {"X-Forwarded-For": "172.30.84.9"}
SERVERS = ("BELVEDERE_DATABASE", "BELVEDERE_MONGO", "BELVEDERE_REDIS", "BELVEDERE_KAFKA")


class Installation:
    """services: of compose.yaml; ports: of each role, for operators and pages."""

    def __init__(self, folder: Path, stack: Stack) -> None:
        self.folder = folder
        self.services = load_services()
        self.ports = {role: free_port() for role in SERVING}
        self.mqtt_port = free_port()
        lines = (folder / ".env").read_text().splitlines()
        self._values = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
        self._stack = stack

    def run(self, role: str) -> subprocess.Popen[bytes]:
        """The container's command, in its environment."""
        with (self.folder / f"{role}.log").open("wb") as log:
            command = [str(PROGRAM), *self.services[role]["command"]]
            return subprocess.Popen(command, env=self._make_environment(role), stdout=log, stderr=log)

    def check_health(self, role: str) -> bool:
        """The container's health check."""
        return is_healthy(self.services[role], self.ports[role])

    def _make_environment(self, role: str) -> dict[str, str]:
        given = {name: self._fill_in(str(value)) for name, value in self.services[role]["environment"].items()}
        data = self.folder / f"data-{role}"
        data.mkdir(mode=0o700)
        here = {name: self._stack.environment[name] for name in SERVERS}
        here |= {"BELVEDERE_PORT": str(self.ports.get(role, 0)), "BELVEDERE_MQTT_PORT": str(self.mqtt_port)}
        return {"PATH": os.environ["PATH"], **given, **here, "BELVEDERE_DATA_DIR": str(data)}

    def _fill_in(self, text: str) -> str:
        text = re.sub(r"\$\{(\w+):[-?]([^}]*)\}", lambda match: self._values.get(match[1], match[2]), text)
        return text.replace("/run/secrets", str(self.folder / "secrets"))


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Everything runs and is healthy."""
    assert main(["init-deploy", HOST, "--folder", str(tmp_path)]) == OK
    stack = take_stack()
    made = Installation(tmp_path, stack)
    running: list[subprocess.Popen[bytes]] = []
    try:
        assert made.run("migrate").wait(PATIENCE_SECONDS) == 0, (tmp_path / "migrate.log").read_text()
        running += [made.run(role) for role in SERVING]
        deadline = time.monotonic() + PATIENCE_SECONDS
        for role in SERVING:
            while not made.check_health(role):
                assert time.monotonic() < deadline, (role, (tmp_path / f"{role}.log").read_text()[-1500:])
        yield made
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)
        return_stack(stack)


@contextlib.contextmanager
def balanced(installation: Installation) -> Iterator[int]:
    """HAProxy, with the certificate that was written; gives its port."""
    port, path = free_port(), installation.folder / "haproxy.cfg"
    endpoints, health = [installation.mqtt_port], [installation.ports["endpoint"]]
    haproxy.write_configuration(path, port, endpoints, health, installation.folder / "certs")
    running = subprocess.Popen(["haproxy", "-db", "-f", str(path)])
    try:
        yield port
    finally:
        running.terminate()
        running.wait(30)


async def test_a_newcomer_comes_from_init_deploy_to_a_reading_on_the_page(installation: Installation) -> None:
    api = Api(f"http://127.0.0.1:{installation.ports['web']}")
    token = (installation.folder / "secrets" / "setup-token").read_text().strip()
    site = {"slug": SITE, "name": "Trang trại", "timezone": "Asia/Ho_Chi_Minh"}
    api.post("setup", {"token": token, "username": "alice", "password": PASSWORD, "site": site})
    api.token = api.post("tokens", {"name": "tests"})["token"]
    assert api.get("server")["mqtt"] == {"port": 8883, "tls": True, "hosts": [HOST]}
    secret = api.post("devices", {"site": SITE, "id": "first", "name": "First"})["secret"]
    trusting = ssl.create_default_context(cafile=str(installation.folder / "certs" / "mqtt.pem"))
    trusting.check_hostname = False  # its name leads elsewhere
    at_ms = now_ms()
    with balanced(installation) as port:
        await until_it_listens(port)
        device = await Publisher.connect("127.0.0.1", port, "first", secret, tls=trusting)
        await asyncio.wait_for(device.publish("belvedere/v1/first/readings", body(at_ms, temperature=21.5)), 60)

        def shown() -> bool:
            return any(row[1:3] == [at_ms, 21.5] for row in api.get(f"sites/{SITE}/snapshot")["series"])

        await until(shown, "the page shows it")
        await device.close()
    assert json.loads(api.raw("GET", "/readyz")[1])
    for role in SERVING:  # as a Prometheus in the network of Compose does, which is no program of this machine
        there = Api(f"http://127.0.0.1:{installation.ports[role]}")
        assert there.raw("GET", "/metrics", headers=FROM_ELSEWHERE)[0] == 401, role
        there.token = api.token
        assert there.raw("GET", "/metrics", headers=FROM_ELSEWHERE)[0] == 200, role
    for role in SERVING:
        assert "not_encrypted" not in (installation.folder / f"{role}.log").read_text()
