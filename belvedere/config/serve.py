"""From settings to a program that serves, and back to nothing in 5 s."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog
import uvloop

from belvedere.config import logs
from belvedere.config.process import (
    first_reserved_descriptor,
    raise_descriptor_limit,
    spare_what_is_loaded,
    tighten,
)
from belvedere.config.settings.env import (
    ConfigurationError,
    Env,
    StartError,
    describe_unencrypted,
    unusable_address,
    unusable_folder,
)
from belvedere.config.tls import certificate_of

if TYPE_CHECKING:
    from belvedere.config.listening import Addresses
    from belvedere.web_api.asgi import App, Peek

log = structlog.get_logger(__name__)

STOP_WITHIN_SECONDS = 4.5  # of the 5 s: what hangs then is left behind; what was acknowledged is stored
BACKLOG = 4096  # 1,000 devices and dashboards come back at once after a power cut
UNREAD_MS = 60_000  # a peer that takes no byte for so long, or is not there any more, is gone


def serve(env: Env, *, show_code: bool = True) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code. show_code: print the set-up code where one is needed."""
    logs.set_up(env.log_level, env.log_format)
    # Half a millisecond: a thread that waits for the interpreter lock keeps an alert waiting, too.
    sys.setswitchinterval(0.0005)
    import django

    django.setup()
    raise_descriptor_limit()
    with alone_in(env.data_dir):
        tighten(env.data_dir)
        prepare_ready_file(env.ready_file)
        prepare_database(env.data_dir)
        from belvedere.config.wiring.embedded import Embedded

        return uvloop.run(_serve(env, show_code, Embedded))


def serve_role(env: Env, make: Callable[[Env, asyncio.AbstractEventLoop, int], Program]) -> int:
    """Run one role of the cluster until SIGTERM or SIGINT; Django is set up. Returns the exit code."""
    sys.setswitchinterval(0.0005)
    prepare_ready_file(env.ready_file)
    return uvloop.run(_serve(env, True, make))


@contextlib.contextmanager
def alone_in(data_dir: Path) -> Iterator[None]:
    """Hold the data folder: each database has one writer. Raises ConfigurationError where another process has it."""
    try:
        lock = (data_dir / "lock").open("w")
    except OSError as error:
        raise unusable_folder(data_dir, error) from error
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError(
                f"Another belvedere is running on {data_dir}: stop it, or give another --data-dir."
            ) from error
        yield


def prepare_ready_file(path: Path | None) -> None:
    """Take away what a former run left. Raises ConfigurationError where it could not be written later."""
    if path is None:
        return
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ConfigurationError(f"--ready-file {path} cannot be written: its folder is not there, or not yours.")
    path.unlink(missing_ok=True)


def prepare_database(data_dir: Path) -> None:
    """Bring the tables up to date; a start with nothing to do costs milliseconds. Raises StartError."""
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
        connection.close()
    except DatabaseError as error:
        raise StartError(
            f"{data_dir / 'belvedere.db'} cannot be used ({error}): make room on the disk, or put a backup back."
        ) from error


def bound(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigurationError where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # of Linux; what is accepted inherits it
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise unusable_address(host, port, error) from error
    sock.listen(BACKLOG)
    sock.setblocking(False)
    return sock


class Program(Protocol):
    """What serves: config/wiring has one for each role. addresses: with the bound ports, once it listens.

    takes_devices: whether it listens for MQTT.
    """

    addresses: Addresses
    takes_devices: bool

    def application(self) -> App:
        """What answers over HTTP."""

    @property
    def peek(self) -> Peek | None:
        """What answers before it from memory."""

    async def start(self, context: ssl.SSLContext | None) -> None:
        """Bring everything up."""

    async def stop_taking(self) -> None:
        """First step of a stop: no new readings, sockets told to come back."""

    async def stop(self) -> None:
        """Everything down."""


async def _serve(env: Env, show_code: bool, make: Callable[[Env, asyncio.AbstractEventLoop, int], Program]) -> int:
    from belvedere.accounts.setup_token import read_setup_token
    from belvedere.config.http.hosts import Hosts
    from belvedere.config.http.server import Server, build_http_config

    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    certificate = certificate_of(env)
    context = certificate.context if certificate else None
    sock = bound(env.host, env.port)
    program = make(env, loop, sock.getsockname()[1])
    await program.start(context)
    hosts = Hosts(env.trusted_proxies, first_reserved_descriptor())
    server = Server(build_http_config(program.application(), env.trusted_proxies), hosts, context, program.peek)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    accepting = asyncio.create_task(server.accepting.wait())
    await asyncio.wait([accepting, serving], return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        raise StartError("HTTP does not start; the log above says why.") from serving.exception()
    url = f"{'https' if context else 'http'}://{_format_host(env.host)}:{sock.getsockname()[1]}"
    mqtt = f"{'mqtts' if context else 'mqtt'}://{_format_host(env.mqtt_host)}:{program.addresses.mqtt_port}"
    token = read_setup_token(env.data_dir) if show_code else None
    _announce(env, url, mqtt, token, takes_devices=program.takes_devices)
    spare_what_is_loaded()
    watching = asyncio.create_task(certificate.watch()) if certificate else None
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait([waiting, serving], return_when=asyncio.FIRST_COMPLETED)
    failed = serving.done()
    log.info("stopping")
    end_within(STOP_WITHIN_SECONDS)
    server.should_exit = True
    if watching is not None:
        watching.cancel()
    await program.stop_taking()
    await serving
    await program.stop()
    log.info("stopped")
    return 1 if failed else 0


def end_within(seconds: float) -> None:
    """End the process by force after this time: a thread that hangs would otherwise be waited for, even at the exit."""

    def end() -> None:
        log.error("stop_took_too_long", seconds=seconds)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _format_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _announce(env: Env, url: str, mqtt: str, token: str | None, *, takes_devices: bool) -> None:
    log.info("ready", url=url, mqtt=mqtt, data_dir=str(env.data_dir))
    print(f"Belvedere: {url}  (MQTT: {mqtt})", flush=True)
    for sentence in describe_unencrypted(env, takes_devices=takes_devices):
        log.warning("not_encrypted", reason=sentence)
        print(f"Warning: {sentence}", flush=True)
    if token is not None:
        print(f"Mã thiết lập / Set-up code: {token}", flush=True)
    if env.ready_file is not None:
        write_ready(env.ready_file, {"url": url, "mqtt": mqtt, "pid": os.getpid()})


def write_ready(path: Path, facts: dict[str, object]) -> None:
    """One line of JSON, by rename: a reader sees the whole of it or nothing."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(facts) + "\n")
    Path(draft).replace(path)
