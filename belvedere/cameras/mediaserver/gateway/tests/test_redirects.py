"""Where a camera may send the pull, and what is sent along: against a camera that is a script."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from belvedere.cameras.mediaserver.gateway import pull, resolver
from belvedere.cameras.mediaserver.gateway.tests.scripted_camera import (
    describes,
    is_offline,
    pulled,
    script_url,
    scripted,
    unauthorized,
    until,
)


def moved_to(place: str) -> Callable[[str, str], str]:
    def answer(method: str, url: str) -> str:
        location = place or url
        moved = f"RTSP/1.0 302 Moved\r\nLocation: {location}\r\n\r\n"
        return "RTSP/1.0 200 OK\r\n\r\n" if method == "OPTIONS" else moved

    return answer


async def test_a_redirect_to_a_forbidden_address_is_not_followed() -> None:
    async with scripted(lambda *_: None) as victim:
        place = f"rtsp://127.0.0.2:{victim.port}/"
        async with scripted(moved_to(place)) as script, pulled(script_url(script)) as camera:
            status = await until(camera, is_offline)
            assert status.code == "forbidden_address"
            assert victim.connections == 0


async def test_a_redirect_is_followed_without_the_password() -> None:
    async with scripted(unauthorized) as target:
        elsewhere = moved_to(f"rtsp://127.0.0.1:{target.port}/elsewhere")
        async with (
            scripted(elsewhere) as script,
            pulled(script_url(script), username="admin", password="s3cret-word") as camera,
        ):
            assert (await until(camera, is_offline)).code == "redirect_login"
        assert target.connections == 1
        assert not any("Authorization" in head for head in target.requests)


def own_certificate(folder: Path) -> ssl.SSLContext:
    """As a camera makes it for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "IPC")])
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    file = folder / "camera.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.sign(key, SHA256()).public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_a_camera_that_signs_its_own_certificate_is_pulled_and_sends_no_password_elsewhere_in_the_clear(
    tmp_path: Path,
) -> None:
    async with scripted(unauthorized) as clear:

        def answer(method: str, url: str) -> str | None:
            if "Authorization" not in script.requests[-1]:
                return unauthorized(method, url)
            return f"RTSP/1.0 302 Moved\r\nLocation: rtsp://127.0.0.1:{clear.port}/\r\n\r\n"

        async with scripted(answer, own_certificate(tmp_path)) as script:
            url = f"rtsps://127.0.0.1:{script.port}/"
            async with pulled(url, username="admin", password="s3cret-word") as camera:
                assert (await until(camera, is_offline)).code == "redirect_login"
    assert any("Authorization" in head for head in script.requests)
    assert clear.requests
    assert not any("Authorization" in head for head in clear.requests)


async def test_redirects_in_a_circle_end() -> None:
    async with scripted(moved_to("")) as script, pulled(f"rtsp://127.0.0.1:{script.port}/x") as camera:
        assert (await until(camera, is_offline)).code == "too_many_redirects"
        assert script.connections == 1 + pull.MAX_REDIRECTS


async def test_a_name_that_turns_to_a_forbidden_address_is_judged_at_every_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scripted(describes("v=0\r\n")) as script:
        answers = ["127.0.0.1", "127.0.0.2"]

        async def look_up(_source: object) -> list[ipaddress.IPv4Address]:
            return [ipaddress.IPv4Address(answers.pop(0) if len(answers) > 1 else answers[0])]

        monkeypatch.setattr(resolver, "_look_up", look_up)
        async with pulled(f"rtsp://camera.example:{script.port}/") as camera:
            await until(camera, lambda status: status.code == "no_video")
            await until(camera, lambda status: status.code == "forbidden_address")
        assert script.connections == 1
        assert all("camera.example" in head for head in script.requests)
