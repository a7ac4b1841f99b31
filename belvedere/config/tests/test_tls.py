"""A certificate that was renewed is taken without a restart; a bad one changes nothing."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from belvedere.config import tls
from belvedere.config.conftest import House, Open
from belvedere.config.settings.env import ConfigurationError
from belvedere.config.tests.pair import Pair
from belvedere.config.tls import Certificate


async def shown(house: House, trust: ssl.SSLContext) -> int:
    """The serial number of the certificate that a new client gets; it must be valid for whoever has `trust`."""
    _, writer = await asyncio.open_connection("127.0.0.1", house.port, ssl=trust)
    number = int(writer.get_extra_info("peercert")["serialNumber"], 16)
    writer.close()
    return number


async def test_a_renewed_certificate_is_shown_to_whoever_comes_next(
    open_house: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "LOOK_EVERY_SECONDS", 0.01)
    pair = Pair(tmp_path)
    certificate = Certificate(pair.cert, pair.key)
    assert not certificate.renew()
    house = await open_house(context=certificate.context)
    before = pair.serial
    assert await shown(house, pair.trust()) == before
    old = pair.trust()
    pair.key.write_text("half of a key")  # as it is while a program writes the two files
    assert not certificate.renew()
    assert await shown(house, old) == before
    watching = asyncio.create_task(certificate.watch())
    pair.renew()
    async with asyncio.timeout(20):
        while True:
            try:
                assert await shown(house, pair.trust()) == pair.serial
                break
            except ssl.SSLError:
                await asyncio.sleep(0.01)
    watching.cancel()


def test_a_pair_that_does_not_belong_together_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    pair, other = Pair(tmp_path), Pair(tmp_path / "other")
    certificate = Certificate(pair.cert, pair.key)
    pair.cert.write_bytes(other.cert.read_bytes())
    assert not certificate.renew()
    pair.key.unlink()
    assert not certificate.renew()
    pair.key.write_bytes(other.key.read_bytes())
    assert certificate.renew()


@pytest.mark.parametrize("damage", ["missing", "text", "passphrase"])
def test_files_that_cannot_be_used_stop_the_start_with_a_sentence(tmp_path: Path, damage: str) -> None:
    pair = Pair(tmp_path)
    if damage == "missing":
        pair.key.unlink()
    elif damage == "text":
        pair.key.write_text("no key")
    else:
        pair.lock("secret")
    with pytest.raises(ConfigurationError, match="--tls-cert and --tls-key cannot be used"):
        Certificate(pair.cert, pair.key)


def test_old_tls_is_not_spoken(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    assert Certificate(pair.cert, pair.key).context.minimum_version is ssl.TLSVersion.TLSv1_2
