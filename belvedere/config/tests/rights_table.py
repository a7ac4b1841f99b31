"""Who may call what, written down a second time: the tests compare it with what the routes do.

A new route needs a line here, by the words of `LEVELS`, or `test_rights.py` fails.
"""

from __future__ import annotations

from enum import StrEnum


class Caller(StrEnum):
    """Alice owns the farm, Bob operates it, Charlie views it, Mallory owns another site."""

    ANONYMOUS = "anonymous"
    DEVICE = "a device with its secret"
    READ_ONLY = "Alice's token that may only read"
    MALLORY = "Mallory"
    CHARLIE = "Charlie"
    BOB = "Bob"
    ALICE = "Alice"


LET_IN = 0
Expected = dict[Caller, int]


def _expected(mallory: int, charlie: int, bob: int, alice: int = LET_IN) -> Expected:
    """Status of each, LET_IN = neither 401, 403 nor 404; nobody else comes in at all."""
    return {
        Caller.ANONYMOUS: 401,
        Caller.DEVICE: 401,
        Caller.READ_ONLY: alice,
        Caller.MALLORY: mallory,
        Caller.CHARLIE: charlie,
        Caller.BOB: bob,
        Caller.ALICE: alice,
    }


LEVELS: dict[str, Expected] = {
    "anyone": dict.fromkeys(Caller, LET_IN),
    "signed in": _expected(LET_IN, LET_IN, LET_IN),
    "viewer": _expected(404, LET_IN, LET_IN),
    "viewer, for a proxy that knows no 404": _expected(403, LET_IN, LET_IN),
    "operator": _expected(404, 403, LET_IN),
    "owner": _expected(404, 403, 403),
    "a member of any site": _expected(LET_IN, LET_IN, LET_IN),
    "an operator of any site": _expected(LET_IN, 403, LET_IN),
    "an owner of any site": _expected(LET_IN, 403, 403),
    "an owner of every site": _expected(403, 403, 403, 403),
    "Alice herself": _expected(404, 404, 404),
    "a publisher": dict.fromkeys(Caller, 401),
    "a device": dict.fromkeys(Caller, 401) | {Caller.DEVICE: LET_IN},
}
SAFE = ("GET", "WS")


def expected(name: str, level: str) -> Expected:
    """What each caller gets at the route of this name, `METHOD path`."""
    safe = name.partition(" ")[0] in SAFE
    wanted = LEVELS[level]
    # The token says 403 before anything else is looked at.
    return wanted if safe or level in ("a device", "a publisher") else wanted | {Caller.READ_ONLY: 403}


ROUTES = {
    "GET api/v1/setup": "anyone",
    "POST api/v1/setup": "anyone",
    "POST api/v1/setup/check": "anyone",
    "GET api/v1/timezones": "anyone",
    "POST api/v1/password-reset/read": "anyone",
    "POST api/v1/password-reset/use": "anyone",
    "POST api/v1/session": "anyone",
    "DELETE api/v1/session": "signed in",
    "GET api/v1/sessions": "signed in",
    "DELETE api/v1/sessions": "signed in",
    "DELETE api/v1/sessions/<int:session_id>": "Alice herself",
    "GET api/v1/me/audit": "signed in",
    "GET api/v1/me": "signed in",
    "PATCH api/v1/me": "signed in",
    "POST api/v1/me/password": "signed in",
    "POST api/v1/me/close": "signed in",
    "GET api/v1/me/invitations": "signed in",
    "POST api/v1/me/invitations/<int:invitation_id>": "Alice herself",
    "DELETE api/v1/me/invitations/<int:invitation_id>": "Alice herself",
    "POST api/v1/invitations/read": "anyone",
    "POST api/v1/invitations/accept": "signed in",
    "POST api/v1/invitations/join": "anyone",
    "GET api/v1/tokens": "signed in",
    "POST api/v1/tokens": "signed in",
    "DELETE api/v1/tokens/<int:token_id>": "Alice herself",
    "GET api/v1/sites": "signed in",
    "POST api/v1/sites": "an owner of any site",
    "GET api/v1/sites/<str:slug>": "viewer",
    "PATCH api/v1/sites/<str:slug>": "owner",
    "DELETE api/v1/sites/<str:slug>": "owner",
    "DELETE api/v1/me/sites/<str:slug>": "viewer",
    "GET api/v1/sites/<str:slug>/audit": "owner",
    "POST api/v1/sites/<str:slug>/members/<int:member_id>/reset": "owner",
    "GET api/v1/sites/<str:slug>/members": "owner",
    "POST api/v1/sites/<str:slug>/members": "owner",
    "PATCH api/v1/sites/<str:slug>/members/<int:member_id>": "owner",
    "DELETE api/v1/sites/<str:slug>/members/<int:member_id>": "owner",
    "GET api/v1/sites/<str:slug>/members/<int:member_id>/cameras": "owner",
    "PUT api/v1/sites/<str:slug>/members/<int:member_id>/cameras": "owner",
    "GET api/v1/sites/<str:slug>/invitations": "owner",
    "POST api/v1/sites/<str:slug>/invitations": "owner",
    "DELETE api/v1/sites/<str:slug>/invitations/<int:invitation_id>": "owner",
    "PUT api/v1/sites/<str:slug>/away": "operator",
    "GET api/v1/sites/<str:slug>/zones": "viewer",
    "POST api/v1/sites/<str:slug>/zones": "owner",
    "PUT api/v1/sites/<str:slug>/zones": "owner",
    "PATCH api/v1/sites/<str:slug>/zones/<int:zone_id>": "owner",
    "DELETE api/v1/sites/<str:slug>/zones/<int:zone_id>": "owner",
    "GET api/v1/metrics": "signed in",
    "GET api/v1/units": "signed in",
    "GET api/v1/strangers": "an owner of every site",
    "GET api/v1/sites/<str:slug>/series": "viewer",
    "GET api/v1/sites/<str:slug>/search": "viewer",
    "GET api/v1/sites/<str:slug>/metrics": "viewer",
    "GET api/v1/sites/<str:slug>/overview": "viewer",
    "GET api/v1/sites/<slug:slug>/sparklines": "viewer",
    "GET api/v1/devices": "viewer",
    "POST api/v1/devices": "owner",
    "GET api/v1/devices/<str:device_id>": "viewer",
    "PATCH api/v1/devices/<str:device_id>": "owner",
    "DELETE api/v1/devices/<str:device_id>": "owner",
    "POST api/v1/devices/<str:device_id>/credentials": "owner",
    "DELETE api/v1/devices/<str:device_id>/credentials": "owner",
    "GET api/v1/devices/<str:device_id>/quarantine": "viewer",
    "DELETE api/v1/devices/<str:device_id>/quarantine/<int:row_id>": "operator",
    "POST api/v1/devices/<str:device_id>/quarantine/<int:row_id>/retry": "operator",
    "GET api/v1/series/<int:series_id>": "viewer",
    "PATCH api/v1/series/<int:series_id>": "owner",
    "GET api/v1/series/<int:series_id>/history": "viewer",
    "GET api/v1/series/<int:series_id>/readings.csv": "viewer",
    "GET api/v1/series/<int:series_id>/summary": "viewer",
    "GET api/v1/series/<int:series_id>/summary.csv": "viewer",
    "POST api/v1/sites/<slug:slug>/rules/replay": "viewer",
    "POST api/v1/sites/<slug:slug>/rules/try": "viewer",
    "GET api/v1/rules": "viewer",
    "POST api/v1/rules": "owner",
    "GET api/v1/rules/templates": "signed in",
    "GET api/v1/rules/<int:rule_id>": "viewer",
    "PATCH api/v1/rules/<int:rule_id>": "owner",
    "DELETE api/v1/rules/<int:rule_id>": "owner",
    "GET api/v1/alerts": "viewer",
    "GET api/v1/alerts/events": "viewer",
    "GET api/v1/alerts/<int:alert_id>": "viewer",
    "POST api/v1/alerts/<int:alert_id>/acknowledge": "operator",
    "POST api/v1/alerts/<int:alert_id>/resolve": "operator",
    "POST api/v1/alerts/<int:alert_id>/comments": "operator",
    "POST api/v1/alerts/<int:alert_id>/assign": "operator",
    "POST api/v1/alerts/<int:alert_id>/silence": "operator",
    "GET api/v1/alerts/counts": "viewer",
    "GET api/v1/alerts/assignees": "operator",
    "POST api/v1/alerts/acknowledge": "operator",
    "POST api/v1/alerts/resolve": "operator",
    "POST api/v1/alerts/assign": "operator",
    "GET api/v1/silences": "viewer",
    "POST api/v1/silences": "operator",
    "GET api/v1/silences/<int:silence_id>": "viewer",
    "DELETE api/v1/silences/<int:silence_id>": "operator",
    "GET api/v1/cameras": "viewer",
    "POST api/v1/cameras": "owner",
    "GET api/v1/cameras/<str:camera_id>": "viewer",
    "PATCH api/v1/cameras/<str:camera_id>": "owner",
    "DELETE api/v1/cameras/<str:camera_id>": "owner",
    "POST api/v1/cameras/<str:camera_id>/publisher": "owner",
    "DELETE api/v1/cameras/<str:camera_id>/publisher": "owner",
    "GET api/v1/cameras/<str:camera_id>/rtsp-tokens": "viewer",
    "POST api/v1/cameras/<str:camera_id>/rtsp-tokens": "viewer",
    "DELETE api/v1/cameras/<str:camera_id>/rtsp-tokens/<int:rtsp_token_id>": "Alice herself",
    "GET api/v1/server": "signed in",
    "POST api/v1/clock/confirm": "an operator of any site",
    "GET api/schema": "anyone",
    "GET api/docs": "anyone",
}

# What answers beside Django's URL table (asgi.py), with the address that is tried.
HOT = {
    "GET /api/v1/sites/{slug}/snapshot": "viewer",
    "POST /api/v1/ingest": "a device",
    "POST /media/{camera}/whep": "viewer",
    "PATCH /media/{camera}/whep/{session}": "viewer",
    "DELETE /media/{camera}/whep/{session}": "viewer",
    "POST /media/{camera}/whip": "a publisher",
    "DELETE /media/{camera}/whip/{session}": "a publisher",
    "GET /media/{camera}/hls/{name}": "viewer",
    "GET /media/{camera}/dash/manifest.mpd": "viewer",
    "GET /media/{camera}/snapshot.jpg": "viewer",
    "GET /media/{camera}/rights": "viewer, for a proxy that knows no 404",
    "GET /media/ice": "a member of any site",
    "WS /ws/alerts/": "viewer",
    "GET /livez": "anyone",
    "GET /readyz": "anyone",
    "GET /metrics": "signed in",
}
