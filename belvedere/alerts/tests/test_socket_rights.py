"""Whom the alerts socket lets in, and whom it shows out when a right is gone."""

from __future__ import annotations

import socket as sockets
import time
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from belvedere.accounts import rights
from belvedere.accounts import services as accounts
from belvedere.accounts.models import Membership, Site, User
from belvedere.alerts.tests.client import closed_with, listen, next_event, next_frame, refused_with, silent, with_token
from belvedere.alerts.tests.conftest import Transition
from belvedere.alerts.tests.program import Program
from belvedere.conftest import api_for
from belvedere.live import hub as hub_module

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_session_of_the_own_origin_is_let_in(program: Program, bob: User) -> None:
    cookie = f"sessionid={api_for(bob).cookies['sessionid'].value}"
    with listen(program, "site=farm&after=0", Cookie=cookie) as client:
        assert next_frame(client)["type"] == "hello"


def test_foreign_origins_are_refused_even_with_a_token(program: Program, bob: User, bearer: str) -> None:
    token = {"Authorization": f"Bearer {bearer}"}
    cookie = {"Cookie": f"sessionid={api_for(bob).cookies['sessionid'].value}"}
    for credentials in (token, cookie):
        for origin in ("http://evil.example", "null", f"http://127.0.0.1.evil.example:{program.port}", "http://[::1"):
            assert refused_with(partial(listen, program, "site=farm", origin=origin, **credentials)) == 403
    assert refused_with(lambda: listen(program, "site=farm", origin="", **cookie)) == 403
    with listen(program, "site=farm", origin="", **token) as client:
        assert next_frame(client)["type"] == "hello"


def test_a_host_that_is_not_ours_is_refused_though_its_origin_matches(program: Program, bearer: str) -> None:
    def rebound() -> ClientConnection:
        return connect(
            f"ws://evil.example:{program.port}/ws/alerts/?site=farm",
            sock=sockets.create_connection(("127.0.0.1", program.port), 5),
            origin=Origin(f"http://evil.example:{program.port}"),
            additional_headers={"Authorization": f"Bearer {bearer}"},
            legacy=True,
        )

    assert refused_with(rebound) == 403


def test_nobody_and_members_of_other_sites_are_refused(program: Program, farm: Site, mallory: User) -> None:
    _, theirs = accounts.do_create_token(mallory, "x")
    assert refused_with(lambda: listen(program, "site=farm")) == 401
    assert refused_with(lambda: with_token(program, "wrong")) == 401
    assert refused_with(lambda: with_token(program, theirs)) == 404
    assert refused_with(lambda: with_token(program, theirs, "site=nowhere")) == 404
    assert refused_with(lambda: with_token(program, theirs, "site=elsewhere&after=-1")) == 400
    assert refused_with(lambda: with_token(program, theirs, "site=elsewhere&after=x")) == 400


def test_there_is_no_socket_at_another_address(program: Program, bearer: str) -> None:
    def elsewhere() -> ClientConnection:
        return connect(
            f"ws://127.0.0.1:{program.port}/ws/other", additional_headers={"Authorization": bearer}, legacy=True
        )

    assert refused_with(elsewhere) == 404


def test_while_rights_cannot_be_looked_up_nobody_is_let_in_and_nobody_cut(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_keys: Any) -> Any:
        raise OperationalError("database is locked")

    with with_token(program, bearer) as client:
        next_frame(client)
        monkeypatch.setattr(rights, "look_up_rights", fail)
        assert refused_with(lambda: with_token(program, "another")) == 503
        time.sleep(rights.TTL_SECONDS + 1)  # the answer that was kept is too old now
        happens(0, "opened", 36.0)
        assert next_event(client)["seq"] == 1


def test_events_of_another_site_are_never_heard(
    program: Program, happens: Transition, mallory: User, bearer: str
) -> None:
    _, theirs = accounts.do_create_token(mallory, "x")
    with with_token(program, theirs, "site=elsewhere&after=0") as client, with_token(program, bearer) as own:
        assert next_frame(client)["type"] == "hello"
        happens(0, "opened", 36.0)
        assert next_event(own)["seq"] == 1
        assert silent(client)


def test_no_right_that_is_gone_is_trusted_for_5_s() -> None:
    assert rights.TTL_SECONDS + hub_module.ROUND_SECONDS < 5


def test_signing_out_closes_within_5_s(program: Program, bob: User) -> None:
    api = api_for(bob)
    cookie = f"sessionid={api.cookies['sessionid'].value}"
    with listen(program, "site=farm", Cookie=cookie) as client:
        next_frame(client)
        assert api.delete("/api/v1/session").status_code == 204
        assert closed_with(client) == 4401


def test_a_deleted_token_closes_within_5_s_also_where_no_signal_tells(program: Program, bob: User, bearer: str) -> None:
    with with_token(program, bearer) as client:
        next_frame(client)
        bob.tokens.all().delete()  # as another process would
        assert closed_with(client) == 4401


def test_a_removed_member_is_closed_within_5_s(program: Program, bob: User, bearer: str) -> None:
    with with_token(program, bearer) as client:
        next_frame(client)
        Membership.objects.filter(user=bob).delete()
        assert closed_with(client) == 4403
