"""HAProxy before the endpoints of a test, as deploy/haproxy/haproxy.cfg sets it up."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.process import ServerProcess

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "haproxy" / "haproxy.cfg"
_DOCKERS_ENDPOINTS = re.compile(r"    default-server .*", re.DOTALL)
_CHECKS = re.compile(r"    option httpchk.*?(?=    default-server)", re.DOTALL)


def is_installed() -> bool:
    """Whether there is Debian's haproxy."""
    return shutil.which("haproxy") is not None


def write_configuration(
    path: Path, port: int, endpoints: Sequence[int], health: Sequence[int] = (), certificates: Path | None = None
) -> None:
    """That of deploy/ on loopback, with these ports of endpoints in place of Docker's names.

    health: the ports at which each answers /livez; without them none is asked. certificates: the folder of mqtt.pem;
    without one devices come without TLS.
    """
    text = CONFIGURATION.read_text()
    tls = f"ssl crt {certificates}/mqtt.pem" if certificates else ""
    text = text.replace("bind :8883 ssl crt /etc/haproxy/certs/mqtt.pem", f"bind 127.0.0.1:{port} {tls}")
    text = text if health else _CHECKS.sub("", text)
    checks = [f" check port {one} inter 500 fall 2 rise 1" for one in health] or [""] * len(endpoints)
    lines = [
        f"    server endpoint{number} 127.0.0.1:{endpoint}{check}\n"
        for number, (endpoint, check) in enumerate(zip(endpoints, checks, strict=True))
    ]
    path.write_text(_DOCKERS_ENDPOINTS.sub("".join(lines), text))


class HaproxyServer(ServerProcess):
    """Keeps its port over `stop` and `start`; the endpoints may be others each time (`point_at`)."""

    name = "haproxy"

    def point_at(self, endpoints: Sequence[int], health: Sequence[int]) -> None:
        """Before the next start."""
        write_configuration(self._folder / "haproxy.cfg", self.port, endpoints, health)

    def remove(self) -> None:
        """End it, and leave nothing on the disk."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def command(self) -> list[str]:
        """In the foreground."""
        return ["haproxy", "-db", "-f", str(self._folder / "haproxy.cfg")]
