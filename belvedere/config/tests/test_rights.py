"""Who may call which route of Django: every route of the URL table and of the schema, as everybody.

What answers beside Django is in test_rights_hot.py.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient
from rest_framework.views import APIView

from belvedere.accounts.models import Invitation, Membership, Role, Site, User, Zone
from belvedere.accounts.permissions import Access, SiteRolePermission
from belvedere.accounts.services import do_create_token
from belvedere.alerts.models import Alert, Silence
from belvedere.cameras.models import Camera
from belvedere.cameras.rtsp_tokens import do_create_rtsp_token
from belvedere.config import dashboard, schema
from belvedere.config.hot_paths import PATHS
from belvedere.config.tests import rights_table
from belvedere.config.tests.rights_table import LET_IN, Caller
from belvedere.conftest import api_for, person
from belvedere.devices.models import Device, Series
from belvedere.devices.services import do_rotate_credential
from belvedere.rules.models import Rule, Severity

METHODS = ("get", "post", "put", "patch", "delete")
NO_API = {dashboard.page, schema.docs_asset}


class Route(NamedTuple):
    """One method of one view. path: as in the URL table, with its converters."""

    method: str
    path: str
    view: type[APIView]
    parameters: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def needed(self) -> Role | Access:
        needed: Role | Access = self.view.required_roles[self.method.upper()]  # type: ignore[attr-defined]  # tested
        return needed


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, path)
        else:
            yield path, entry


def _routes() -> Iterator[Route]:
    for path, pattern in _patterns(get_resolver()):
        view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
        if view is not None:
            parameters = tuple(pattern.pattern.converters)
            yield from (Route(method, path, view, parameters) for method in METHODS if hasattr(view, method))


ROUTES = list(_routes())
OF_A_SITE = [
    route for route in ROUTES if isinstance(getattr(route.view, "required_roles", {}).get(route.method.upper()), Role)
]
PUBLIC = {name for name, level in rights_table.ROUTES.items() if level == "anyone"}
UNSAFE = [route for route in ROUTES if route.method != "get"]


def names(routes: list[Route]) -> list[str]:
    return [route.name for route in routes]


pytestmark = pytest.mark.django_db


class World(NamedTuple):
    """What is there before each test. things: one of everything at the farm, by the name that routes give it."""

    alice: User
    mallory: User
    things: dict[str, Any]
    callers: dict[Caller, APIClient]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once, since making it takes longer than a test; what a test does to it is rolled back by `db`."""
    with django_db_blocker.unblock(), transaction.atomic():
        farm, elsewhere = (Site.objects.create(slug=slug, name=slug) for slug in ("farm", "elsewhere"))
        alice, bob, charlie, mallory = (person(name) for name in ("alice", "bob", "charlie", "mallory"))
        for somebody, site, role in (
            (alice, farm, Role.OWNER),
            (bob, farm, Role.OPERATOR),
            (charlie, farm, Role.VIEWER),
            (mallory, elsewhere, Role.OWNER),
        ):
            Membership.objects.create(user=somebody, site=site, role=role)
        things = make_things(farm, alice, charlie)
        yield World(alice, mallory, things, sign_in(things, alice, bob, charlie, mallory))
        transaction.set_rollback(True)


@pytest.fixture
def alice(world: World) -> User:
    return world.alice


@pytest.fixture
def mallory(world: World) -> User:
    return world.mallory


@pytest.fixture
def things(world: World) -> dict[str, Any]:
    return world.things


@pytest.fixture
def callers(world: World) -> dict[Caller, APIClient]:
    """Clients as they were when they had signed in."""
    return {caller: copy_of(client) for caller, client in world.callers.items()}


def copy_of(client: APIClient) -> APIClient:
    copy = APIClient()
    copy.defaults, copy.cookies = dict(client.defaults), deepcopy(client.cookies)
    return copy


def make_things(farm: Site, alice: User, charlie: User) -> dict[str, Any]:
    device = Device.objects.create(id="probe", site=farm, name="Probe")
    series = Series.objects.create(device=device, site=farm, metric="temperature")
    rule = Rule.objects.create(site=farm, name="Hot", metric="temperature", condition={"kind": "above", "level": 35})
    alert = Alert.objects.create(
        site=farm,
        rule=rule,
        series=series,
        subject=f"series:{series.pk}",
        title="Hot",
        severity=Severity.INFO,
        opened_ms=1,
    )
    api_for(alice)
    camera = Camera.objects.create(id="gate", site=farm, name="Gate", url="rtsp://camera.example/1")
    return {
        "slug": farm.slug,
        "zone_id": Zone.objects.create(site=farm, name="Kho").pk,
        "member_id": Membership.objects.get(user=charlie).pk,
        "device_id": device.pk,
        "series_id": series.pk,
        "rule_id": rule.pk,
        "alert_id": alert.pk,
        "silence_id": Silence.objects.create(site=farm, from_ms=1, to_ms=2, made_ms=1).pk,
        "camera_id": camera.pk,
        "rtsp_token_id": do_create_rtsp_token(camera, alice, "VLC")[0].pk,
        "invitation_id": Invitation.objects.create(
            site=farm, role=Role.VIEWER, name="alice", invited=alice, made_by=alice, expires_at="2100-01-01T00:00:00Z"
        ).pk,
        "row_id": 1,
        "session_id": alice.browser_sessions.latest("id").pk,
        "token_id": do_create_token(alice, "bars")[0].pk,
    }


def url(route: Route, things: dict[str, Any]) -> str:
    path = route.path
    for parameter in route.parameters:
        assert parameter in things, f"add a {parameter} to the fixture `things`, so that {route.name} is tested"
        start = path.index("<")
        end = path.index(">")
        path = path[:start] + str(things[parameter]) + path[end + 1 :]
    return "/" + path


def call(client: APIClient, route: Route, things: dict[str, Any], site: str = "farm") -> Any:
    """Send a request that names the farm wherever a route might look for the site."""
    client.raise_request_exception = False
    address = url(route, things)
    if route.method == "get":
        return client.get(address, {} if route.parameters else {"site": site})
    return getattr(client, route.method)(address, {"site": site})


def test_every_api_route_says_whom_it_lets_in() -> None:
    silent = [
        path
        for path, pattern in _patterns(get_resolver())
        if pattern.callback not in NO_API and not any(route.path == path for route in ROUTES)
    ]
    assert silent == []
    for route in ROUTES:
        roles = getattr(route.view, "required_roles", None)
        assert roles is not None, f"{route.view.__name__} has no required_roles"
        methods = {method.upper() for method in METHODS if hasattr(route.view, method)}
        assert roles.keys() == methods, f"{route.view.__name__}: required_roles name other methods than it has"


def test_the_one_permission_guards_every_route_that_is_not_public() -> None:
    for route in ROUTES:
        if route.needed is not Access.ANYONE:
            assert route.view.permission_classes == [SiteRolePermission], route.name


def test_what_strangers_may_call_is_this_and_no_more() -> None:
    assert {route.name for route in ROUTES if route.needed is Access.ANYONE} == PUBLIC


def test_every_route_is_written_down_and_nothing_else() -> None:
    assert {route.name for route in ROUTES} == rights_table.ROUTES.keys()


def test_every_operation_of_the_schema_is_written_down_and_every_route_is_in_the_schema() -> None:
    paths = APIClient().get("/api/schema?format=json").json()["paths"]
    described = {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}
    routes = {
        re.sub(r" (.*)", lambda m: " /" + re.sub(r"<\w+:(\w+)>", r"{\1}", m[1]), name) for name in rights_table.ROUTES
    }
    hot = {f"{method.upper()} {path}" for path, operations in PATHS.items() for method in operations}
    assert described == routes - {"GET /api/schema", "GET /api/docs"} | hot
    assert hot <= rights_table.HOT.keys()


def sign_in(things: dict[str, Any], alice: User, bob: User, charlie: User, mallory: User) -> dict[Caller, APIClient]:
    _, reader = do_create_token(alice, "reader", read_only=True)
    secret = do_rotate_credential(Device.objects.get(pk=things["device_id"]))
    basic = base64.b64encode(f"probe:{secret}".encode()).decode()
    return {
        Caller.ANONYMOUS: api_for(None),
        Caller.DEVICE: APIClient(HTTP_AUTHORIZATION=f"Basic {basic}"),
        Caller.READ_ONLY: APIClient(HTTP_AUTHORIZATION=f"Bearer {reader}"),
        Caller.MALLORY: api_for(mallory),
        Caller.CHARLIE: api_for(charlie),
        Caller.BOB: api_for(bob),
        Caller.ALICE: api_for(alice),
    }


# Nothing waits in the quarantine of the fixture.
NOT_THERE = {route.name for route in ROUTES if "row_id" in route.parameters}


@pytest.mark.parametrize("route", ROUTES, ids=names(ROUTES))
def test_everybody_gets_what_is_written_down(
    route: Route, callers: dict[Caller, APIClient], things: dict[str, Any]
) -> None:
    got = {}
    for caller, client in callers.items():
        with transaction.atomic():  # the next one finds things as they were
            answer = call(client, route, things)
            transaction.set_rollback(True)
        refused = answer.status_code in (401, 403) or (answer.status_code == 404 and route.name not in NOT_THERE)
        got[caller] = answer.status_code if refused or answer.status_code == 404 else LET_IN
        if route.name in NOT_THERE and answer.status_code == 404 and caller is not Caller.MALLORY:
            got[caller] = LET_IN
        if refused:
            assert answer["Content-Type"] == "application/problem+json"
            if caller is Caller.READ_ONLY and route.method != "get":
                assert answer.json()["code"] == "read_only_token"
    assert got == rights_table.expected(route.name, rights_table.ROUTES[route.name])


@pytest.mark.parametrize("route", UNSAFE, ids=names(UNSAFE))
def test_another_page_cannot_use_a_session(route: Route, alice: User, things: dict[str, Any]) -> None:
    """Browsers send the cookie by themselves: without the CSRF token nothing that writes is done."""
    answer = call(api_for(alice, enforce_csrf_checks=True), route, things)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


@pytest.mark.parametrize("route", UNSAFE, ids=names(UNSAFE))
def test_no_view_does_what_another_page_asks_for(route: Route, alice: User, things: dict[str, Any]) -> None:
    """Whatever that page sends: here the CSRF token is not asked for, as with a bearer token."""
    client = api_for(alice)
    client.defaults["HTTP_ORIGIN"] = "https://evil.example"
    answer = call(client, route, things)
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_origin")


OPEN_AND_UNSAFE = [route for route in UNSAFE if route.name in PUBLIC]


@pytest.mark.parametrize("route", OPEN_AND_UNSAFE, ids=names(OPEN_AND_UNSAFE))
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])
def test_no_form_of_another_page_does_what_needs_no_session(route: Route, stranger: APIClient, kind: str) -> None:
    User.objects.all().delete()  # or the set-up would be over
    assert stranger.post(url(route, {}), "a=b", content_type=kind).status_code == 415


@pytest.mark.parametrize("path", ["/", "/s/farm", "/api/docs/assets/swagger-ui.css"])
def test_what_is_no_api_only_answers_reads(path: str, stranger: APIClient) -> None:
    assert {getattr(stranger, method)(path).status_code for method in ("post", "put", "patch", "delete")} == {405}


OF_ONE_THING = [route for route in OF_A_SITE if route.parameters]


@pytest.mark.parametrize("route", OF_ONE_THING, ids=names(OF_ONE_THING))
def test_mallory_gets_404_too_when_she_names_her_own_site_beside_it(
    route: Route, mallory_api: APIClient, things: dict[str, Any]
) -> None:
    assert call(mallory_api, route, things, site="elsewhere").status_code == 404


LISTS = [route for route in OF_A_SITE if route.method == "get" and not route.parameters]


@pytest.mark.parametrize("route", LISTS, ids=names(LISTS))
def test_a_list_over_all_of_mallorys_sites_holds_nothing_of_the_farm(
    route: Route, mallory_api: APIClient, things: dict[str, Any]
) -> None:
    hers = mallory_api.get(url(route, things))
    assert hers.status_code in (200, 400)
    assert '"farm"' not in hers.content.decode()


# They compute from a rule that is sent along, and store nothing.
ONLY_READ = ("POST api/v1/sites/<slug:slug>/rules/replay", "POST api/v1/sites/<slug:slug>/rules/try")
# Tokens of their own, for what they may see anyway.
OWN_TOKENS = (
    "POST api/v1/cameras/<str:camera_id>/rtsp-tokens",
    "DELETE api/v1/cameras/<str:camera_id>/rtsp-tokens/<int:rtsp_token_id>",
)


def test_a_viewer_changes_nothing_anywhere() -> None:
    changing = [route for route in OF_A_SITE if route.method != "get" and route.name not in (*ONLY_READ, *OWN_TOKENS)]
    assert [route.name for route in changing if route.needed is Role.VIEWER] == []
