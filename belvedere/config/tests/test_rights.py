"""Who may call which route. The routes are read from the URL table, so a new one cannot be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient
from rest_framework.views import APIView

from belvedere.accounts.models import RANK, Invitation, Membership, Role, Site, User, Zone
from belvedere.accounts.permissions import Access, SiteRolePermission
from belvedere.alerts.models import Alert
from belvedere.cameras.models import Camera
from belvedere.config import dashboard, schema
from belvedere.conftest import api_for
from belvedere.devices.models import Device, Series
from belvedere.rules.models import Rule, Severity

METHODS = ("get", "post", "put", "patch", "delete")
NO_API = {dashboard.page, schema.docs_asset}
PUBLIC = {
    "GET api/v1/setup",
    "POST api/v1/setup",
    "POST api/v1/session",
    "POST api/v1/invitations/read",
    "POST api/v1/invitations/join",
    "GET api/schema",
    "GET api/docs",
}


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


def names(routes: list[Route]) -> list[str]:
    return [route.name for route in routes]


@pytest.fixture
def things(alice: User, bob: User, charlie: User, farm: Site) -> dict[str, Any]:
    """One of everything at the farm, by the name that routes give it."""
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
    return {
        "slug": farm.slug,
        "zone_id": Zone.objects.create(site=farm, name="Kho").pk,
        "member_id": Membership.objects.get(user=charlie).pk,
        "device_id": device.pk,
        "series_id": series.pk,
        "rule_id": rule.pk,
        "alert_id": alert.pk,
        "camera_id": Camera.objects.create(id="gate", site=farm, name="Gate", url="rtsp://camera.example/1").pk,
        "invitation_id": Invitation.objects.create(
            site=farm, role=Role.VIEWER, name="dave", made_by=alice, expires_at="2100-01-01T00:00:00Z"
        ).pk,
        "row_id": 1,
        "token_id": 1,
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


@pytest.mark.parametrize("route", closed := [route for route in ROUTES if route.name not in PUBLIC], ids=names(closed))
def test_a_stranger_gets_401(route: Route, stranger: APIClient, things: dict[str, Any]) -> None:
    assert call(stranger, route, things).status_code == 401


@pytest.mark.parametrize("route", OF_A_SITE, ids=names(OF_A_SITE))
def test_mallory_gets_404_for_what_belongs_to_the_farm(
    route: Route, mallory_api: APIClient, things: dict[str, Any]
) -> None:
    answer = call(mallory_api, route, things)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


OF_ONE_THING = [route for route in OF_A_SITE if route.parameters]


@pytest.mark.parametrize("route", OF_ONE_THING, ids=names(OF_ONE_THING))
def test_mallory_gets_404_too_when_she_names_her_own_site_beside_it(
    route: Route, mallory_api: APIClient, things: dict[str, Any]
) -> None:
    assert call(mallory_api, route, things, site="elsewhere").status_code == 404


LISTS = [route for route in OF_A_SITE if route.method == "get" and not route.parameters]


@pytest.mark.parametrize("route", LISTS, ids=names(LISTS))
def test_a_list_over_all_of_mallorys_sites_holds_nothing_of_the_farm(
    route: Route, mallory_api: APIClient, charlie_api: APIClient, things: dict[str, Any]
) -> None:
    hers = mallory_api.get(url(route, things))
    assert hers.status_code in (200, 400)
    assert '"farm"' not in hers.content.decode()


@pytest.mark.parametrize("route", OF_A_SITE, ids=names(OF_A_SITE))
def test_a_member_needs_the_role_that_the_route_names(
    route: Route, alice: User, bob: User, charlie: User, things: dict[str, Any]
) -> None:
    assert isinstance(route.needed, Role)
    members = {Role.OWNER: alice, Role.OPERATOR: bob, Role.VIEWER: charlie}
    for role in (Role.VIEWER, Role.OPERATOR, Role.OWNER):
        status = call(api_for(members[role]), route, things).status_code
        if RANK[role] < RANK[route.needed]:
            assert status == 403, f"{role} got {status}"
        else:
            assert status not in (401, 403), f"{role} got {status}"
            break


def test_a_viewer_changes_nothing_anywhere() -> None:
    assert [route.name for route in OF_A_SITE if route.method != "get" and route.needed is Role.VIEWER] == []
