"""Every route that writes tells the parts of the program that hold in memory what it has changed."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from rest_framework.test import APIClient

from belvedere.accounts import invitations
from belvedere.accounts.models import Invitation, Role, Site, User
from belvedere.config.tests.rights_table import ROUTES, SAFE
from belvedere.config.tests.test_rights import ROUTES as VIEWS
from belvedere.config.tests.test_rights import make_things, url
from belvedere.conftest import PASSWORD, api_for
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import changes_after, newest

CAMERA = {"site": "farm", "id": "yard", "name": "Yard", "source": {"url": "rtsp://192.168.1.20/stream1"}}
RULE = {"site": "farm", "name": "Cold", "metric": "temperature", "condition": {"kind": "below", "level": 2}}
DEVICE = {"site": "farm", "id": "freezer", "name": "Freezer"}
NEW_PASSWORD = "another-horse-43-battery"  # of a person of the tests
SOMEBODY = {"username": "dana", "password": NEW_PASSWORD}


class Logged(NamedTuple):
    """What a route is sent, by whom, and the kinds of what it logs."""

    kinds: list[ChangeKind]
    body: dict[str, Any] = {}  # noqa: RUF012  (never changed)
    caller: str = "alice"


PERSON, SERIES, CAMERAS, SITE = [ChangeKind.PERSON], [ChangeKind.SERIES], [ChangeKind.CAMERA], [ChangeKind.SITE]

LOGGED = {
    "DELETE api/v1/session": Logged(PERSON),
    "DELETE api/v1/sessions": Logged(PERSON),
    "POST api/v1/me/password": Logged(PERSON, {"current_password": PASSWORD, "password": NEW_PASSWORD}),
    "POST api/v1/me/close": Logged(PERSON, {"current_password": PASSWORD}, "charlie"),
    "POST api/v1/me/invitations/<int:invitation_id>": Logged(PERSON, {}, "mallory"),
    "POST api/v1/invitations/accept": Logged(PERSON, {"code": "CODE"}, "mallory"),
    "POST api/v1/invitations/join": Logged(PERSON, {"code": "CODE", **SOMEBODY}, "nobody"),
    "DELETE api/v1/sessions/<int:session_id>": Logged(PERSON),
    "DELETE api/v1/me/sites/<str:slug>": Logged(PERSON, {}, "charlie"),
    "DELETE api/v1/tokens/<int:token_id>": Logged(PERSON),
    "POST api/v1/sites": Logged([ChangeKind.RULE] * 4 + PERSON, {"slug": "barn", "name": "Barn"}),
    "PUT api/v1/sites/<str:slug>/away": Logged(SITE, {"away": True}),
    "PUT api/v1/sites/<str:slug>/zones": Logged(SITE, {"order": "ALL"}),
    "POST api/v1/sites/<str:slug>/zones": Logged(SITE, {"name": "Cold store"}),
    "PATCH api/v1/sites/<str:slug>/zones/<int:zone_id>": Logged(SITE, {"name": "Another"}),
    "DELETE api/v1/sites/<str:slug>/zones/<int:zone_id>": Logged(SITE),
    "POST api/v1/sites/<str:slug>/members/<int:member_id>/reset": Logged(PERSON),
    "POST api/v1/sites/<str:slug>/members": Logged(PERSON, {**SOMEBODY, "role": "viewer"}),
    "PATCH api/v1/sites/<str:slug>/members/<int:member_id>": Logged(PERSON, {"role": "operator"}),
    "DELETE api/v1/sites/<str:slug>/members/<int:member_id>": Logged(PERSON),
    "PUT api/v1/sites/<str:slug>/members/<int:member_id>/cameras": Logged(PERSON, {"cameras": []}),
    "POST api/v1/devices": Logged([ChangeKind.DEVICE], DEVICE),
    "PATCH api/v1/devices/<str:device_id>": Logged([ChangeKind.DEVICE], {"name": "Another"}),
    "DELETE api/v1/devices/<str:device_id>": Logged([ChangeKind.DEVICE_DELETED]),
    "POST api/v1/devices/<str:device_id>/credentials": Logged([ChangeKind.DEVICE]),
    "DELETE api/v1/devices/<str:device_id>/credentials": Logged([ChangeKind.DEVICE]),
    "PATCH api/v1/series/<int:series_id>": Logged(SERIES, {"name": "Another"}),
    "POST api/v1/rules": Logged([ChangeKind.RULE], RULE),
    "PATCH api/v1/rules/<int:rule_id>": Logged([ChangeKind.RULE], {"enabled": False}),
    "DELETE api/v1/rules/<int:rule_id>": Logged([ChangeKind.RULE]),
    "POST api/v1/cameras": Logged(CAMERAS, CAMERA),
    "PATCH api/v1/cameras/<str:camera_id>": Logged(CAMERAS, {"enabled": False}),
    "DELETE api/v1/cameras/<str:camera_id>": Logged(CAMERAS),
}

NO_PART_HOLDS_IT = "No part of the program holds this in memory: it is read from the database each time."
NOT_ASKED_YET = "It opens something new, with a secret that nobody has shown yet."
NOTHING_YET = "An invitation gives nothing before it is accepted."
ALERT_LOG = "Alerts have a log of their own."
ASKED_EACH_TIME = "The media server asks the database for each log-in, and again every few seconds."
READINGS = "The pipeline does it, in readings.db."
ASKS = "It asks, and writes nothing."

LOGS_NOTHING = {
    "POST api/v1/setup": "It makes an owner and a site, as `POST api/v1/sites` does.",
    "POST api/v1/session": NOT_ASKED_YET,
    "POST api/v1/setup/check": ASKS,
    "POST api/v1/password-reset/read": ASKS,
    "POST api/v1/password-reset/use": "Sessions and the old password ended when the link was made.",
    "DELETE api/v1/sites/<str:slug>": "test_with_a_site_goes_everything_and_each_is_logged",
    "POST api/v1/sites/<slug:slug>/rules/replay": ASKS,
    "POST api/v1/sites/<slug:slug>/rules/try": ASKS,
    "PATCH api/v1/me": NO_PART_HOLDS_IT,
    "DELETE api/v1/me/invitations/<int:invitation_id>": NOTHING_YET,
    "POST api/v1/invitations/read": NOTHING_YET,
    "POST api/v1/tokens": NOT_ASKED_YET,
    "PATCH api/v1/sites/<str:slug>": NO_PART_HOLDS_IT,
    "POST api/v1/sites/<str:slug>/invitations": NOTHING_YET,
    "DELETE api/v1/sites/<str:slug>/invitations/<int:invitation_id>": NOTHING_YET,
    "DELETE api/v1/devices/<str:device_id>/quarantine/<int:row_id>": READINGS,
    "POST api/v1/devices/<str:device_id>/quarantine/<int:row_id>/retry": READINGS,
    "POST api/v1/alerts/<int:alert_id>/acknowledge": ALERT_LOG,
    "POST api/v1/alerts/<int:alert_id>/resolve": ALERT_LOG,
    "POST api/v1/alerts/<int:alert_id>/comments": ALERT_LOG,
    "POST api/v1/alerts/<int:alert_id>/assign": ALERT_LOG,
    "POST api/v1/alerts/<int:alert_id>/silence": ALERT_LOG,
    "POST api/v1/alerts/acknowledge": ALERT_LOG,
    "POST api/v1/alerts/resolve": ALERT_LOG,
    "POST api/v1/alerts/assign": ALERT_LOG,
    "POST api/v1/silences": ALERT_LOG,
    "DELETE api/v1/silences/<int:silence_id>": ALERT_LOG,
    "POST api/v1/cameras/<str:camera_id>/publisher": ASKED_EACH_TIME,
    "DELETE api/v1/cameras/<str:camera_id>/publisher": ASKED_EACH_TIME,
    "POST api/v1/cameras/<str:camera_id>/rtsp-tokens": ASKED_EACH_TIME,
    "DELETE api/v1/cameras/<str:camera_id>/rtsp-tokens/<int:rtsp_token_id>": ASKED_EACH_TIME,
    "POST api/v1/clock/confirm": "The clock itself is told.",
}


def test_every_route_that_writes_is_in_one_of_the_two_lists() -> None:
    writing = {name for name in ROUTES if name.partition(" ")[0] not in SAFE}
    assert LOGGED.keys() | LOGS_NOTHING.keys() == writing
    assert not LOGGED.keys() & LOGS_NOTHING.keys()


@pytest.fixture
def people(alice: User, charlie: User, mallory: User) -> dict[str, APIClient]:
    return {"alice": api_for(alice), "charlie": api_for(charlie), "mallory": api_for(mallory), "nobody": api_for(None)}


@pytest.fixture
def things(farm: Site, alice: User, charlie: User) -> dict[str, Any]:
    return make_things(farm, alice, charlie)


@pytest.mark.parametrize("name", LOGGED)
def test_what_a_route_writes_is_logged(
    name: str,
    people: dict[str, APIClient],
    things: dict[str, Any],
    farm: Site,
    alice: User,
    mallory: User,
) -> None:
    sent = LOGGED[name]
    if sent.caller == "mallory":
        Invitation.objects.update(invited=mallory)
    code = invitations.do_invite_by_code(farm, alice, Role.VIEWER)[1]
    body = sent.body | ({"code": code} if "code" in sent.body else {})
    if "order" in body:
        body["order"] = [things["zone_id"]]
    (view,) = [view for view in VIEWS if view.name == name]
    before = newest()
    answer = getattr(people[sent.caller], view.method)(url(view, things), body, format="json")
    assert answer.status_code < 300, answer.content
    assert [change.kind for change in changes_after(before)] == sent.kinds


def test_with_a_site_goes_everything_and_each_is_logged(things: dict[str, Any], farm: Site) -> None:
    before = newest()
    members = set(map(str, farm.memberships.values_list("user_id", flat=True)))
    farm.delete()
    logged = {(change.kind, change.key) for change in changes_after(before)}
    assert logged == {
        (ChangeKind.DEVICE_DELETED, "probe"),
        (ChangeKind.RULE, str(things["rule_id"])),
        (ChangeKind.CAMERA, "gate"),
        *((ChangeKind.PERSON, member) for member in members),
    }


def test_a_deleted_device_is_one_line_that_says_what_went_with_it(
    things: dict[str, Any],
    people: dict[str, APIClient],
    farm: Site,
) -> None:
    rule = {"site": "farm", "name": "Cold", "device": "probe", "metric": "temperature"}
    made = people["alice"].post("/api/v1/rules", rule | {"condition": {"kind": "below", "level": 2}}, format="json")
    assert made.status_code == 201
    before = newest()
    assert people["alice"].delete("/api/v1/devices/probe").status_code == 204
    (change,) = changes_after(before)
    assert change.data["series"] == [things["series_id"]]
    assert change.data["site_id"] == farm.pk
