"""Every setting: name, type, default, help. Options win over BELVEDERE_* (or BELVEDERE_*_FILE) over defaults."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from belvedere.config.settings.parsers import (
    parse_address,
    parse_count,
    parse_database,
    parse_flush,
    parse_format,
    parse_founders,
    parse_hosts,
    parse_ice_servers,
    parse_level,
    parse_media_server,
    parse_megabytes,
    parse_mqtt_address,
    parse_networks,
    parse_path,
    parse_port,
    parse_profile,
    parse_setup_token,
    split_names,
)

LEAST_WAITING_MB = 2  # a partition: what a fold begins with, and some more


class ConfigurationError(Exception):
    """A setting that cannot be used; the sentence says which one and what to do. Exit code 2."""

    permanent = True


class StartError(Exception):
    """The settings are fine, yet the program cannot start; the sentence says why and what to do. Exit code 1."""

    permanent = True


class Setting(NamedTuple):
    """One row of the table: an option of `up` and `demo`, and a variable of the environment.

    is_option: whether it is an option at all; keys are not, because every user of the machine can read a command line.
    """

    name: str
    parse: Callable[[str], Any]
    default: str
    help: str
    is_option: bool = True

    @property
    def variable(self) -> str:
        """Name in the environment."""
        return "BELVEDERE_" + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("data_dir", parse_path, "", "Folder of databases, keys and media (default: the XDG data folder)."),
    Setting("host", str, "127.0.0.1", "Address of the dashboard and API."),
    Setting("port", parse_port, "8000", "Port of the dashboard and API; 0 = any free one, printed."),
    Setting("mqtt_host", str, "127.0.0.1", "Address of the MQTT endpoint."),
    Setting("mqtt_port", parse_port, "1883", "Port of the MQTT endpoint; 0 = any free one, printed."),
    Setting(
        "mqtt_public",
        parse_mqtt_address,
        "",
        "Where devices reach MQTT behind a balancer: mqtts://host:8883 (default: where it listens).",
    ),
    Setting("tls_cert", parse_path, "", "Certificate chain (PEM) for HTTPS and MQTT."),
    Setting("tls_key", parse_path, "", "Private key (PEM) of the certificate."),
    Setting(
        "trusted_proxies",
        parse_networks,
        "",
        "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks, with commas.",
    ),
    Setting("profile", parse_profile, "embedded", "embedded (SQLite, one process) or cluster."),
    Setting("database", parse_database, "", "MySQL or MariaDB of the cluster: mysql://user:password@host:3306/name."),
    Setting("mongo", str, "", "MongoDB of the cluster: mongodb://user:password@host:27017/name."),
    Setting("redis", str, "", "Redis or Valkey of the cluster: redis://:password@host:6379/0."),
    Setting("kafka", split_names, "", "Kafka of the cluster: host:port of its first servers, with commas."),
    Setting(
        "kafka_flush",
        parse_flush,
        "auto",
        "Whether Kafka waits for its disk before it acknowledges: always, never, or auto (where one server has it).",
    ),
    Setting("partitions", parse_count, "12", "Partitions of the stream; fixed by `belvedere migrate`."),
    Setting(
        "slots", parse_count, "2", "Into so many parts workers share the partitions: as many work at once at most."
    ),
    Setting(
        "waiting_mb",
        parse_megabytes,
        "680",
        "Memory for readings that wait for MongoDB, of all workers together, MB; what is more waits in Kafka.",
    ),
    Setting(
        "endpoints", parse_count, "1", "MQTT endpoints that `up` starts in a cluster, on ports from --mqtt-port on."
    ),
    Setting("webs", parse_count, "1", "Web processes that `up` starts in a cluster, on ports from --port on."),
    Setting("secret_key", str, "", "Key of sessions, tokens and devices' secrets (default: made).", is_option=False),
    Setting("encryption_key", str, "", "Key of what is stored encrypted (default: made).", is_option=False),
    Setting("setup_token", parse_setup_token, "", "Code of the first set-up (default: made).", is_option=False),
    Setting("ready_file", parse_path, "", "File that gets one line of JSON once everything serves."),
    Setting("allowed_hosts", parse_hosts, "", "Host names the dashboard answers to, with commas; needed off loopback."),
    Setting(
        "camera_allow",
        parse_networks,
        "",
        "Networks of camera addresses to allow although forbidden, e.g. 127.0.0.1/32.",
    ),
    Setting(
        "media_server",
        parse_media_server,
        "gateway",
        "Who serves pictures: gateway, mediamtx (a child process), or the address of the API of a MediaMTX that runs.",
    ),
    Setting("mediamtx", parse_path, "", "Program of MediaMTX (default: the one on PATH)."),
    Setting("mediamtx_rtsp", parse_address, "127.0.0.1:8554", "Address of MediaMTX's RTSP; port 0 = any free one."),
    Setting("mediamtx_webrtc", parse_address, "", "UDP address of MediaMTX's WebRTC (default: --host, port 8189)."),
    Setting(
        "mediamtx_hosts",
        parse_hosts,
        "",
        "Further names or addresses that browsers find MediaMTX's WebRTC at, with commas.",
    ),
    Setting("ice_servers", parse_ice_servers, "", "STUN and TURN servers for browsers, with commas: stun:HOST:PORT."),
    Setting("turn_secret", str, "", "What the TURN servers share with this one (coturn: static-auth-secret)."),
    Setting("site_founders", parse_founders, "owners", "Who may make more sites: owners (of one) or everybody."),
    Setting("log_level", parse_level, "info", "debug, info, warning or error."),
    Setting("log_format", parse_format, "auto", "json, text, or auto: text on a terminal, else json."),
)


@dataclass(frozen=True)
class Env:
    """The settings of this process."""

    data_dir: Path
    host: str
    port: int
    mqtt_host: str
    mqtt_port: int
    mqtt_public: str
    tls_cert: Path | None
    tls_key: Path | None
    trusted_proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    profile: str
    database: str = field(repr=False)
    mongo: str = field(repr=False)
    redis: str = field(repr=False)
    kafka: tuple[str, ...]
    kafka_flush: str
    partitions: int
    slots: int
    waiting_mb: int
    endpoints: int
    webs: int
    secret_key: str = field(repr=False)
    encryption_key: str = field(repr=False)
    setup_token: str = field(repr=False)
    ready_file: Path | None
    allowed_hosts: tuple[str, ...]
    camera_allow: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    media_server: str
    mediamtx: Path | None
    mediamtx_rtsp: str
    mediamtx_webrtc: str
    mediamtx_hosts: tuple[str, ...]
    ice_servers: tuple[str, ...]
    turn_secret: str = field(repr=False)
    site_founders: str
    log_level: str
    log_format: str


def is_loopback(host: str) -> bool:
    """Whether this bind address is reachable from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def describe_unencrypted(env: Env, *, takes_devices: bool = True) -> list[str]:
    """A sentence for each endpoint whose secrets anybody on the network can read, with what to do about it.

    None of what a proxy on another machine or a balancer with TLS stands before: they come from settings.
    takes_devices: whether this process listens for MQTT.
    """
    if env.tls_cert is not None:
        return []
    sentences = []
    has_proxy = any(not network.is_loopback for network in env.trusted_proxies)
    if not is_loopback(env.host) and not has_proxy:
        sentences.append(
            f"HTTP on {env.host} is not encrypted: passwords and sessions cross the network in the clear."
            " Give --tls-cert and --tls-key, or put a proxy that speaks TLS before it and keep --host 127.0.0.1."
        )
    if takes_devices and not is_loopback(env.mqtt_host) and not env.mqtt_public.startswith("mqtts://"):
        sentences.append(
            f"MQTT on {env.mqtt_host} is not encrypted: secrets of devices cross the network in the clear."
            " Give --tls-cert and --tls-key, or keep the endpoint in a network that only devices are in."
        )
    return sentences


def _read_raw(setting: Setting, environ: Mapping[str, str]) -> str:
    file = environ.get(setting.variable + "_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(f"{setting.variable}_FILE: cannot read {file}: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"{setting.variable}_FILE: {file} is not a text file in UTF-8.") from error
    return environ.get(setting.variable, setting.default)


def load(environ: Mapping[str, str] = os.environ) -> Env:
    """Parse the environment. Raises ConfigurationError, one sentence."""
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = _read_raw(setting, environ)
        try:
            values[setting.name] = setting.parse(text)
        except ValueError as error:
            shown = setting.variable + (f"={text!r}" if setting.is_option else "")
            raise ConfigurationError(f"{shown} cannot be used: {error}.") from error
    if values["data_dir"] is None:
        home = Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
        values["data_dir"] = home / "belvedere"
    env = Env(**values)
    _check(env)
    return env


def trusted_origins(hosts: Iterable[str]) -> list[str]:
    """Pages at these hosts behind a proxy that speaks TLS: their Origin is https where we hear http."""
    return [f"https://{'*' if host.startswith('.') else ''}{host}" for host in hosts if host != "*"]


def unusable_folder(folder: Path, error: OSError) -> ConfigurationError:
    """What to say where nothing can be kept in the data folder."""
    return ConfigurationError(
        f"The data folder {folder} cannot be used ({error.strerror}): give another one by --data-dir."
    )


def unusable_address(host: str, port: int, error: OSError) -> ConfigurationError:
    """What to say where nothing can listen at host and port."""
    why = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
    return ConfigurationError(
        f"{host}:{port} cannot be used ({why}): stop the program that has it, or give another address or port."
    )


def _check_cluster(env: Env) -> None:
    missing = [name for name in ("database", "mongo", "redis", "kafka") if not getattr(env, name)]
    if missing:
        names = ", ".join(f"BELVEDERE_{name.upper()}" for name in missing)
        raise ConfigurationError(f"--profile cluster needs {names}: say where these servers are.")
    if env.slots > env.partitions:
        raise ConfigurationError(
            f"BELVEDERE_SLOTS={env.slots} is more than BELVEDERE_PARTITIONS={env.partitions}: a slot needs a partition."
        )
    # One that has so much is moved to MongoDB at once: workers that take no more would wait for nothing (fold.py).
    if env.waiting_mb < LEAST_WAITING_MB * env.partitions:
        raise ConfigurationError(
            f"BELVEDERE_WAITING_MB={env.waiting_mb} is too little for BELVEDERE_PARTITIONS={env.partitions}: give at"
            f" least {LEAST_WAITING_MB * env.partitions}."
        )


def _check(env: Env) -> None:
    if env.profile == "cluster":
        _check_cluster(env)
    if bool(env.tls_cert) != bool(env.tls_key):
        raise ConfigurationError("Give both --tls-cert and --tls-key, or neither.")
    if any(url.startswith("turn") for url in env.ice_servers) and not env.turn_secret:
        raise ConfigurationError(
            "A TURN server in BELVEDERE_ICE_SERVERS needs BELVEDERE_TURN_SECRET: what it has as static-auth-secret."
        )
    if not is_loopback(env.host):
        if "*" in env.allowed_hosts:
            raise ConfigurationError(
                "BELVEDERE_ALLOWED_HOSTS=* would accept every Origin: list the host names people type instead."
            )
        if not env.allowed_hosts:
            raise ConfigurationError(
                f"--host {env.host} is open to the network: set BELVEDERE_ALLOWED_HOSTS to the host names people type."
            )
