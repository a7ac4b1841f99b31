"""A certificate for 127.0.0.1, made here."""

from __future__ import annotations

import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from belvedere.pipeline.ingest.mqtt.tests.certificates import write_certificate


class Pair:
    """Certificate and key in two files of this folder; `renew` writes another pair over them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        self.serial = 0
        self.renew()

    def lock(self, passphrase: str) -> None:
        """Encrypt the key."""
        key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        how = serialization.BestAvailableEncryption(passphrase.encode())
        private = serialization.PrivateFormat.PKCS8
        self.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, private, how))

    def renew(self) -> None:
        write_certificate(self._folder)
        self.serial = x509.load_pem_x509_certificate(self.cert.read_bytes()).serial_number

    def context(self) -> ssl.SSLContext:
        """Of a server with this pair."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context

    def trust(self) -> ssl.SSLContext:
        """Of a client that knows it."""
        return ssl.create_default_context(cafile=str(self.cert))
