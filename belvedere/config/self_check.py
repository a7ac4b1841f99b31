"""`belvedere doctor` on the embedded product: whether the server of a data folder runs, and what it says of itself."""

from __future__ import annotations

import fcntl
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from belvedere.config.findings import Finding, State, Unknown, Unwell
from belvedere.config.settings.env import Env

ANSWER_SECONDS = 3.0
WITHOUT_SERVER = (
    "Nothing is taken or watched meanwhile; an installed dashboard opens with the last values, and devices that keep"
    " what was not acknowledged send it again."
)
WITHOUT_MQTT = "Devices cannot connect by MQTT; readings over HTTP, pages and alerts work."
# What /readyz names while it is 503 (condition.py). All else that it names are remarks.
WITHOUT = {
    "readings": "Devices are not acknowledged and send their readings again; pages, charts and open alerts work.",
    "alerts": "Readings are stored and shown.",
}
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (asked, not listened at)


def examine(env: Env) -> list[Finding]:
    """Ask the server at the address of the settings; where it does not answer, look why."""
    told: dict[str, str] = {}

    def look_at_server() -> str:
        url = _find_url(env)
        told.update(_ask(url, env.data_dir))
        return f"It answers at {url}."

    server = _look("Server", look_at_server, WITHOUT_SERVER)
    if server.state is not State.WELL:
        return [server]
    told.pop("status")
    said = [_judge(part, sentence) for part, sentence in told.items()]
    return [server, *said, _look("MQTT", lambda: _look_at_mqtt(env), WITHOUT_MQTT), *_look_at_pictures(env)]


def _look(name: str, look: Callable[[], str], without: str) -> Finding:
    try:
        return Finding(name, State.WELL, look())
    except Unwell as error:
        return Finding(name, State.UNWELL, f"{error} {error.works or without}")
    except Unknown as error:
        return Finding(name, State.UNKNOWN, str(error))


def _judge(part: str, sentence: str) -> Finding:
    if part in WITHOUT:
        return Finding(part.capitalize(), State.UNWELL, f"{sentence} {WITHOUT[part]}")
    return Finding(part.capitalize(), State.REMARK, sentence)


def _find_url(env: Env) -> str:
    if env.port == 0:
        raise Unknown("The port is any free one: give --port with the one that `belvedere up` has printed.")
    return f"{'https' if env.tls_cert else 'http'}://{_join(env.host, env.port)}"


def _join(host: str, port: int) -> str:
    host = _EVERYWHERE.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _ask(url: str, data_dir: Path) -> dict[str, str]:
    """Return the answer of /readyz. Raises Unwell."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # asked by its address, and told nothing
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with closing(_open(opener, f"{url}/readyz")) as answer:
            told = json.loads(answer.read())
    except OSError as error:
        raise Unwell(_explain_silence(url, data_dir)) from error
    except ValueError as error:
        raise Unwell(f"What answers at {url} is another program: give --host and --port of the server.") from error
    if not isinstance(told, dict) or "status" not in told:
        raise Unwell(f"What answers at {url} is another program: give --host and --port of the server.")
    if not _is_running(data_dir):
        raise Unwell(f"No server runs on {data_dir}. Another one answers at {url}: give its --data-dir.")
    return {str(part): str(sentence) for part, sentence in told.items()}


def _open(opener: urllib.request.OpenerDirector, url: str) -> Any:
    try:
        return opener.open(url, timeout=ANSWER_SECONDS)
    except urllib.error.HTTPError as error:  # 503 has a body, too
        return error


def _explain_silence(url: str, data_dir: Path) -> str:
    if not data_dir.is_dir():
        return f"There is no folder {data_dir}: give --data-dir, or start with `belvedere up`."
    if not _is_running(data_dir):
        return f"None runs on {data_dir}: start it with `belvedere up`."
    return (
        f"One runs on {data_dir}, and does not answer at {url}: give the --host and --port that it was started with;"
        " if these are the same, it hangs, and its log says more."
    )


def _is_running(data_dir: Path) -> bool:
    """Whether somebody holds the lock of the folder, or nobody may look."""
    try:
        with (data_dir / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:  # BlockingIOError: it is held
        return True
    return False


def _look_at_mqtt(env: Env) -> str:
    if env.mqtt_port == 0:
        raise Unknown("The port is any free one: give --mqtt-port with the one that `belvedere up` has printed.")
    address = _join(env.mqtt_host, env.mqtt_port)
    try:
        socket.create_connection((_EVERYWHERE.get(env.mqtt_host, env.mqtt_host), env.mqtt_port), ANSWER_SECONDS).close()
    except OSError as error:
        raise Unwell(f"Nothing takes connections at {address}.") from error
    return f"It takes connections at {address}."


def _look_at_pictures(env: Env) -> list[Finding]:
    """By what the server has written of its cameras, and of MediaMTX's own API where somebody else runs that."""
    if not (env.data_dir / "belvedere.db").exists():
        return []
    import django

    django.setup()
    from django.db import DatabaseError

    from belvedere.config.wiring.pictures import WITHOUT_PICTURES, is_foreign, look_at_cameras, look_at_foreign

    def look() -> str:
        try:
            return look_at_cameras()
        except DatabaseError as error:
            raise Unknown(f"belvedere.db cannot be read ({error}).") from error

    found = [_look("Cameras", look, WITHOUT_PICTURES)]
    if is_foreign(env.media_server):
        found.append(_look("MediaMTX", lambda: look_at_foreign(env.media_server), WITHOUT_PICTURES))
    return found
