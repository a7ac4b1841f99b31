"""A database whose host vanishes without closing its connections: whoever waits for it gives up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from belvedere.config.settings.mysql import ANSWER_SECONDS, install_driver, mysql
from belvedere.registry import sql, tail
from tests.cluster.silence import SilentProxy, run_proxy
from tests.contract.cluster_stores import needs_servers, servers

pytestmark = [needs_servers, pytest.mark.timeout(60)]

LATE_SECONDS = 10.0


@pytest.fixture
def proxy() -> Iterator[SilentProxy]:
    port = int(servers().mysql_url.rpartition(":")[2].partition("/")[0])
    with run_proxy(port) as made:
        yield made


@pytest.fixture
def connection(proxy: SilentProxy, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[Any]:
    install_driver()
    made = ConnectionHandler({"default": mysql(f"mysql://root@127.0.0.1:{proxy.port}/belvedere")})["default"]
    monkeypatch.setattr(sql, "connection", made)
    with django_db_blocker.unblock():
        yield made
        made.close()


@pytest.mark.parametrize("limit", [None, tail.ANSWER_SECONDS])
def test_whoever_waits_gives_up_and_goes_on_by_a_new_connection(
    proxy: SilentProxy, connection: Any, limit: float | None
) -> None:
    if limit is not None:
        sql.wait_for_answers(limit)
    assert sql.fetch_all("SELECT 1") == [(1,)]
    proxy.silence()
    raised: list[type[Exception]] = []

    def ask() -> None:
        try:
            sql.fetch_all("SELECT 1")
        except OperationalError as error:
            raised.append(type(error))

    limit = limit or ANSWER_SECONDS
    begun = time.monotonic()
    connection.inc_thread_sharing()
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(limit + LATE_SECONDS)
    assert raised == [OperationalError]
    assert time.monotonic() - begun >= limit
    connection.close()
    assert sql.fetch_all("SELECT 1") == [(1,)]


def test_every_connection_has_a_limit_and_the_server_ends_a_wait_for_a_row_before_it(connection: Any) -> None:
    limits = connection.get_connection_params()
    ((waits,),) = sql.fetch_all("SELECT @@innodb_lock_wait_timeout")
    assert limits["connect_timeout"] <= waits < limits["read_timeout"] == limits["write_timeout"]
