"""`belvedere doctor` names the part that is away, and what still works."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from belvedere.accounts.keys import load_keys
from tests import mariadb
from tests.cluster import redis

pytestmark = pytest.mark.skipif(
    not (redis.is_installed() and mariadb.is_installed()), reason="needs Debian's redis-server and mariadb-server"
)
NOWHERE = "127.0.0.1:9"  # the discard port, where nobody listens


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, redis.RedisServer]]:
    """The URL of an empty database, and a Redis."""
    running = redis.RedisServer(tmp_path_factory.mktemp("redis"))
    with mariadb.mariadb(tmp_path_factory.mktemp("mariadb")) as url:
        yield url, running
    running.stop()


def doctor(folder: Path, **servers: str) -> tuple[int, dict[str, str]]:
    """Its exit code, and what it says of each part."""
    load_keys(folder)
    settings = {"PROFILE": "cluster", "DATA_DIR": str(folder), "KAFKA": NOWHERE, "MONGO": f"mongodb://{NOWHERE}/b"}
    return run_doctor({f"BELVEDERE_{name}": value for name, value in (settings | servers).items()})


def run_doctor(environment: dict[str, str]) -> tuple[int, dict[str, str]]:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "", **environment}
    if not env["DJANGO_SETTINGS_MODULE"]:
        del env["DJANGO_SETTINGS_MODULE"]
    command = [sys.executable, "-m", "belvedere.config", "doctor"]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    assert all(": " in line for line in ran.stdout.splitlines()), ran.stdout
    lines = (line.split(": ", 1) for line in ran.stdout.splitlines())
    return ran.returncode, {line[0]: line[1] for line in lines}


def test_each_part_that_is_away_is_named_with_what_still_works(
    tmp_path: Path, servers: tuple[str, redis.RedisServer]
) -> None:
    _, running = servers
    code, said = doctor(tmp_path, DATABASE=f"mysql://root@{NOWHERE}/belvedere", REDIS=running.url)
    assert code == 1
    assert said["Redis"].startswith("well. 7.")
    for part, works in {
        "Kafka": "pages, charts and open alerts work",
        "MySQL or MariaDB": "taken into Kafka",
        "MongoDB": "values and alerts are shown",
    }.items():
        assert said[part].startswith("NOT WELL. It does not answer ("), part
        assert works in said[part]
    assert said["Beat"].startswith("NOT WELL. It has sent no task for 10 minutes, or never.")
    for role in ("Endpoints", "Web processes", "Cameras", "Workers"):
        assert said[role].startswith("not known. "), role
    assert "MediaMTX" not in said, "the settings name none"
    code, said = doctor(
        tmp_path, DATABASE=f"mysql://root@{NOWHERE}/b", REDIS=f"redis://{NOWHERE}", MEDIA_SERVER=f"http://{NOWHERE}"
    )
    assert said["Beat"] == "not known. Redis, which tells it, does not answer."
    assert said["MediaMTX"].startswith("NOT WELL. It cannot be used: MediaMTX does not answer. Cameras show no picture")


def test_a_server_that_is_not_set_up_for_this_says_what_to_do(
    tmp_path: Path, servers: tuple[str, redis.RedisServer]
) -> None:
    url, running = servers
    make_database(url)
    Redis.from_url(running.url).config_set("maxmemory-policy", "allkeys-lru")
    code, said = doctor(tmp_path, DATABASE=url, REDIS=running.url)
    assert code == 1
    assert "run `belvedere migrate`" in said["MySQL or MariaDB"]
    assert "it must be noeviction" in said["Redis"]


def make_database(url: str) -> None:
    import pymysql

    from belvedere.config.settings.mysql import mysql

    parts = mysql(url)
    with pymysql.connect(host=parts["HOST"], port=int(parts["PORT"]), user=parts["USER"]) as connection:
        connection.cursor().execute("CREATE DATABASE belvedere CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
