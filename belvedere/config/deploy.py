"""`belvedere init-deploy`: fresh secrets and a certificate for deploy/compose.yaml."""

from __future__ import annotations

import base64
import ipaddress
import os
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from belvedere.accounts.keys import make_encryption_key, make_secret_key
from belvedere.accounts.setup_token import make_setup_token
from belvedere.config.settings.env import ConfigurationError

CERTIFICATE_DAYS = 3650  # devices have it for years, and nobody stands beside them to give them another one
# Files and not variables: Compose copies those into a container, which it cannot where the container is read-only.
SECRETS = {"secret-key": make_secret_key, "encryption-key": make_encryption_key, "setup-token": make_setup_token}
PASSWORDS = ("MARIADB_PASSWORD", "MONGO_PASSWORD", "REDIS_PASSWORD", "MEDIAMTX_PASSWORD")


def init_deploy(folder: Path, hostname: str) -> list[Path]:
    """Write .env, secrets/ and certs/ into this folder, return what was written. Raises ConfigurationError, OSError.

    Nothing is overwritten: with other keys no device, session or camera password of before would be known.
    """
    environment, certificate = folder / ".env", folder / "certs" / "mqtt.pem"
    secret_files = {folder / "secrets" / name: make for name, make in SECRETS.items()}
    written = [environment, *secret_files, certificate]
    for path in written:
        if path.exists():
            raise ConfigurationError(f"{path} is there already and is not overwritten: move it away first.")
    # Readable in the containers, which run as other users; nobody else of this machine gets into the folders.
    for path in (certificate, *secret_files):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path, make in secret_files.items():
        _write(path, f"{make()}\n".encode(), 0o644)
    _write(certificate, make_certificate(hostname), 0o644)
    _write(environment, _describe(hostname).encode(), 0o600)
    return written


def _describe(hostname: str) -> str:
    values = {
        "BELVEDERE_HOSTNAME": hostname,
        # Hexadecimal, for they stand in URLs.
        **{name: secrets.token_hex(24) for name in PASSWORDS},
        # As Kafka makes them, but for a first "-", which its tools would take for an option.
        "KAFKA_CLUSTER_ID": "k" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:],
    }
    lines = ["# Of compose.yaml, by `belvedere init-deploy`. Keep a copy elsewhere: docs/deploy.md."]
    lines += [f"{name}={value}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def make_certificate(hostname: str) -> bytes:
    """A key and a certificate that it has signed itself (PEM), for MQTT; devices are given the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostname)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # for devices whose clocks are late
        .not_valid_after(now + timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.SubjectAlternativeName([_make_alternative_name(hostname)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM) + private


def _make_alternative_name(hostname: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(hostname.strip("[]")))
    except ValueError:
        return x509.DNSName(hostname)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Create it with this mode, whatever the umask is."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
