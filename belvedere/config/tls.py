"""The certificate of HTTPS and MQTT over TLS, read anew where it was renewed."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import structlog

from belvedere.config.settings.env import ConfigurationError, Env

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 30.0

Stamp = tuple[tuple[int, int, int], ...]


class Certificate:
    """One context for all that listens; whoever connects after `renew` gets the new certificate."""

    def __init__(self, cert: Path, key: Path) -> None:
        """Raises ConfigurationError where the two files cannot be used."""
        self._cert, self._key = cert, key
        try:
            self._stamp = self._look()
            self.context = self._make_context()
        except OSError as error:
            raise ConfigurationError(
                f"--tls-cert and --tls-key cannot be used ({error}): give two PEM files that belong together, the key"
                " without a passphrase."
            ) from error

    def renew(self) -> bool:
        """Look at the files, and take what is new in them; what cannot be used is logged once and left."""
        try:
            stamp = self._look()
            if stamp == self._stamp:
                return False
            self._stamp = stamp
            self._make_context()  # a bad pair must not half get into the context in use
            _load(self.context, self._cert, self._key)
        except OSError as error:
            log.error("certificate_not_renewed", reason=str(error), cert=str(self._cert))
            return False
        log.info("certificate_renewed", cert=str(self._cert))
        return True

    async def watch(self) -> None:
        """Renew for ever. On the event loop: OpenSSL's context must not change while a handshake uses it."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            self.renew()

    def _look(self) -> Stamp:
        stats = [path.stat() for path in (self._cert, self._key)]
        return tuple((status.st_mtime_ns, status.st_ino, status.st_size) for status in stats)

    def _make_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        _load(context, self._cert, self._key)
        return context


def _load(context: ssl.SSLContext, cert: Path, key: Path) -> None:
    context.load_cert_chain(cert, key, password=lambda: "")  # or OpenSSL would ask on the terminal, and wait


def certificate_of(env: Env) -> Certificate | None:
    """Of --tls-cert and --tls-key, or None. Raises ConfigurationError."""
    if env.tls_cert is None or env.tls_key is None:
        return None
    return Certificate(env.tls_cert, env.tls_key)
