"""From settings to a program that serves, and back to nothing in 5 s."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gc
import json
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import uvicorn
import uvloop

from belvedere.config import logs
from belvedere.config.settings.env import ConfigurationError, Env, StartError, unusable_address, unusable_folder

if TYPE_CHECKING:
    from belvedere.config.wiring import Embedded

log = structlog.get_logger(__name__)

GRACE_SECONDS = 2.0  # of the 5 s that SIGTERM may take, for open requests and sockets
STOP_WITHIN_SECONDS = 4.5  # of the 5 s: what hangs then is left behind; what was acknowledged is stored
GC_FIRST_GENERATION = 20_000  # objects between two looks for garbage; 700 by default is made for small scripts
# Longer than the slowest poll (30 s): with uvicorn's 5 s each poll of a dashboard would open a new connection.
KEEP_ALIVE_SECONDS = 75
BACKLOG = 4096  # 1,000 devices and dashboards come back at once after a power cut
MAX_SOCKET_MESSAGE_BYTES = 4096  # nothing that clients say to the alerts socket is read


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: this program has more to stop than HTTP."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when connections are accepted."""
        await super().startup(sockets)
        self.accepting.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `serve`."""
        yield


def serve(env: Env, *, show_code: bool = True) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code. show_code: print the set-up code where one is needed."""
    logs.set_up(env.log_level, env.log_format)
    # Half a millisecond: a thread that waits for the interpreter lock keeps an alert waiting, too.
    sys.setswitchinterval(0.0005)
    import django

    django.setup()
    with alone_in(env.data_dir):
        prepare_ready_file(env.ready_file)
        prepare_database(env.data_dir)
        return uvloop.run(_serve(env, show_code))


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
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise unusable_address(host, port, error) from error
    sock.listen(BACKLOG)
    sock.setblocking(False)
    return sock


def tls_context(env: Env) -> ssl.SSLContext | None:
    """The context of --tls-cert and --tls-key, or None. Raises ConfigurationError."""
    if env.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(env.tls_cert, env.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"--tls-cert and --tls-key cannot be used ({error}): give two PEM files that belong together."
        ) from error
    return context


def _http(program: Embedded, env: Env) -> uvicorn.Config:
    from belvedere.config.asgi import application

    return uvicorn.Config(
        application(program),
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=MAX_SOCKET_MESSAGE_BYTES,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(GRACE_SECONDS),
        ssl_certfile=str(env.tls_cert) if env.tls_cert else None,
        ssl_keyfile=str(env.tls_key) if env.tls_key else None,
    )


async def _serve(env: Env, show_code: bool) -> int:
    from belvedere.accounts.setup_token import read_setup_token
    from belvedere.config.wiring import Embedded

    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    context = tls_context(env)
    sock = bound(env.host, env.port)
    program = Embedded(env, loop, sock.getsockname()[1])
    await program.start(context)
    server = Server(_http(program, env))
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    accepting = asyncio.create_task(server.accepting.wait())
    await asyncio.wait([accepting, serving], return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        raise StartError("HTTP does not start; the log above says why.") from serving.exception()
    url = f"{'https' if context else 'http'}://{_shown(env.host)}:{sock.getsockname()[1]}"
    mqtt = f"{'mqtts' if context else 'mqtt'}://{_shown(env.mqtt_host)}:{program.mqtt_port}"
    _announce(env, url, mqtt, read_setup_token(env.data_dir) if show_code else None)
    # What is loaded by now stays: without this, each full collection walks all of Django, 50 ms an alert has to wait.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_FIRST_GENERATION)
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait([waiting, serving], return_when=asyncio.FIRST_COMPLETED)
    failed = serving.done()
    log.info("stopping")
    end_within(STOP_WITHIN_SECONDS)
    server.should_exit = True
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


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _announce(env: Env, url: str, mqtt: str, token: str | None) -> None:
    log.info("ready", url=url, mqtt=mqtt, data_dir=str(env.data_dir))
    print(f"Belvedere: {url}  (MQTT: {mqtt})", flush=True)
    if token is not None:
        print(f"Mã thiết lập / Set-up code: {token}", flush=True)
    if env.ready_file is not None:
        write_ready(env.ready_file, {"url": url, "mqtt": mqtt, "pid": os.getpid()})


def write_ready(path: Path, facts: dict[str, object]) -> None:
    """One line of JSON, by rename: a reader sees the whole of it or nothing."""
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(json.dumps(facts) + "\n", encoding="utf-8")
    draft.replace(path)
