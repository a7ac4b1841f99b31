"""The program with a certificate: HTTPS, WSS and MQTT over TLS on the same ports."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from pathlib import Path

import pytest
from websockets.sync.client import connect

from belvedere.pipeline.ingest.mqtt.tests.certificates import write_certificate
from tests.live.server import PASSWORD, SITE, Server

pytestmark = pytest.mark.live


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Paths of a self-signed certificate for 127.0.0.1 and of its key."""
    return write_certificate(tmp_path)


def test_with_a_certificate_everything_is_encrypted_and_cookies_go_nowhere_else(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    trusting = ssl.create_default_context(cafile=str(cert))
    environment = {"BELVEDERE_TLS_CERT": str(cert), "BELVEDERE_TLS_KEY": str(key)}
    with Server(tmp_path / "data", environment=environment) as server:
        page = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=30, context=trusting)
        site = {"slug": SITE, "name": "Trang trại", "timezone": "Asia/Ho_Chi_Minh"}
        form = {"token": server.setup_token(), "username": "alice", "password": PASSWORD, "site": site}
        page.request("POST", "/api/v1/setup", json.dumps(form), {"Content-Type": "application/json"})
        answer = page.getresponse()
        assert (answer.status, answer.read()[:1]) == (201, b"{")
        cookies = {cookie.partition("=")[0]: cookie for cookie in answer.headers.get_all("Set-Cookie", [])}
        assert "Secure" in cookies["sessionid"]
        assert "HttpOnly" in cookies["sessionid"]
        assert "Secure" in cookies["csrftoken"]
        session = cookies["sessionid"].partition(";")[0]
        own = f"https://127.0.0.1:{server.port}"
        with connect(
            f"wss://127.0.0.1:{server.port}/ws/alerts/?site={SITE}",
            ssl=trusting,
            additional_headers={"Cookie": session, "Origin": own},
            legacy=True,
        ) as alerts:
            assert json.loads(alerts.recv(timeout=30))["type"] == "hello"
        with (
            socket.create_connection(("127.0.0.1", server.mqtt_port), 30) as plain,
            trusting.wrap_socket(plain, server_hostname="127.0.0.1") as device,
        ):
            device.sendall(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04nobo")
            assert device.recv(4)[:2] == b"\x20\x02"  # a CONNACK, over TLS
