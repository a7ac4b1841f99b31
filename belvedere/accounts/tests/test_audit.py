"""Who did what is recorded with it, shown to owners and to oneself, and never has a secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from belvedere.accounts import audit
from belvedere.accounts.models import AuditEntry, Membership, Role, Site, User
from belvedere.conftest import PASSWORD, api_for

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another-horse-43-battery"


def read(client: APIClient, path: str = "sites/farm/audit", **query: Any) -> list[tuple[str, str, str]]:
    answer = client.get(f"/api/v1/{path}", query)
    assert answer.status_code == 200, answer.content
    return [(row["who"], row["kind"], row["subject"]) for row in answer.json()["entries"]]


def sign_in(name: str, password: str = PASSWORD) -> int:
    return int(APIClient().post("/api/v1/session", {"username": name, "password": password}).status_code)


def test_an_owner_reads_what_was_done_at_the_site(alice_api: APIClient, bob: User) -> None:
    member = Membership.objects.get(user=bob)
    alice_api.patch("/api/v1/sites/farm", {"name": "Trại mới"})
    alice_api.patch(f"/api/v1/sites/farm/members/{member.pk}", {"role": "viewer"})
    alice_api.delete(f"/api/v1/sites/farm/members/{member.pk}")
    assert read(alice_api) == [
        ("alice", "member.removed", "bob"),
        ("alice", "member.role_changed", "bob"),
        ("alice", "site.changed", "Trại mới"),
    ]


def test_devices_rules_and_cameras_are_in_it(alice_api: APIClient, farm: Site) -> None:
    alice_api.post("/api/v1/devices", {"site": "farm", "id": "pump", "name": "Bơm"})
    alice_api.patch("/api/v1/devices/pump", {"name": "Bơm 2"})
    alice_api.post("/api/v1/devices/pump/credentials")
    rule = {"site": "farm", "name": "Nóng", "metric": "temperature", "condition": {"kind": "above", "level": 8}}
    made = alice_api.post("/api/v1/rules", {**rule, "severity": "warning"}, format="json").json()
    alice_api.delete(f"/api/v1/rules/{made['id']}")
    alice_api.delete("/api/v1/devices/pump")
    assert read(alice_api) == [
        ("alice", "device.deleted", "Bơm 2"),
        ("alice", "rule.deleted", "Nóng"),
        ("alice", "rule.created", "Nóng"),
        ("alice", "device.secret_changed", "Bơm 2"),
        ("alice", "device.changed", "Bơm 2"),
        ("alice", "device.created", "Bơm"),
    ]


def test_sign_ins_of_members_are_in_it_and_repeated_failures_are_counted(alice_api: APIClient, bob: User) -> None:
    assert (sign_in("bob"), sign_in("bob", "wrong"), sign_in("bob", "wrong")) == (200, 401, 401)
    assert read(alice_api, kind="account") == [("bob", "account.sign_in_failed", ""), ("bob", "account.signed_in", "")]
    assert AuditEntry.objects.get(kind=audit.FAILED).data == {"what": "sign_in", "times": 2}


def test_people_are_named_as_they_are_known(alice_api: APIClient, alice: User, bob: User, mallory: User) -> None:
    for user, name in ((alice, "Chị Lan"), (bob, "Anh Bảo"), (mallory, "Cô Mai")):
        user.first_name = name
        user.save()
    member = Membership.objects.get(user=bob)
    alice_api.patch(f"/api/v1/sites/farm/members/{member.pk}", {"role": "viewer"})
    alice_api.post("/api/v1/sites/farm/invitations", {"name": "mallory", "role": "viewer"})
    [invited, changed] = alice_api.get("/api/v1/sites/farm/audit", {"q": "Lan"}).json()["entries"]
    assert (changed["who"], changed["who_name"]) == ("alice", "Chị Lan")
    assert (changed["subject"], changed["subject_name"]) == ("bob", "Anh Bảo")
    # Who was invited may be no member: the log does not tell their name.
    assert (invited["subject"], invited["subject_name"]) == ("mallory", "")


def test_the_name_of_a_closed_account_is_in_no_log(alice_api: APIClient, bob: User) -> None:
    bob.first_name = "Anh Bảo"
    bob.save()
    assert api_for(bob).post("/api/v1/me/close", {"current_password": PASSWORD}).status_code == 204
    entries = alice_api.get("/api/v1/sites/farm/audit").json()["entries"]
    left = next(entry for entry in entries if entry["kind"] == "member.left")
    assert (left["who"], left["who_name"], left["subject_name"]) == ("bob", "bob", "bob")
    assert "Bảo" not in str(entries)


def test_of_a_person_of_another_site_an_owner_sees_nothing(alice_api: APIClient, mallory: User) -> None:
    sign_in("mallory")
    api_for(mallory).patch("/api/v1/sites/elsewhere", {"name": "Secret"})
    assert read(alice_api) == []


def test_somebody_reads_what_they_did_themselves(bob: User, alice_api: APIClient) -> None:
    sign_in("bob")
    alice_api.patch("/api/v1/sites/farm", {"name": "Trại mới"})
    assert read(api_for(bob), "me/audit") == [("bob", "account.signed_in", "")]


def test_no_secret_is_in_it(alice_api: APIClient, alice: User) -> None:
    changed = alice_api.post("/api/v1/me/password", {"current_password": PASSWORD, "password": NEW_PASSWORD})
    assert changed.status_code == 204
    token = alice_api.post("/api/v1/tokens", {"name": "bars"}).json()["token"]
    device = alice_api.post("/api/v1/devices", {"site": "farm", "id": "pump"}).json()["secret"]
    code = alice_api.post("/api/v1/sites/farm/invitations", {"role": "viewer"}).json()["code"]
    stored = str(list(AuditEntry.objects.values()))
    assert "member.invited" in stored
    assert [secret for secret in (PASSWORD, NEW_PASSWORD, token, device, code) if secret in stored] == []


def test_what_was_rolled_back_is_not_in_it(alice: User, farm: Site) -> None:
    audit.actor.set(audit.Actor(alice))

    def fail() -> None:
        with transaction.atomic():
            audit.record("site.changed", "x", site_id=farm.pk)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not AuditEntry.objects.exists()


def test_what_a_program_did_names_its_token(alice_api: APIClient) -> None:
    secret = alice_api.post("/api/v1/tokens", {"name": "bars"}).json()["token"]
    APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}").patch("/api/v1/sites/farm", {"name": "By program"})
    assert AuditEntry.objects.get(kind="site.changed").token == "bars"


def test_pages_follow_each_other_and_can_be_searched(alice_api: APIClient, alice: User, farm: Site) -> None:
    audit.actor.set(audit.Actor(alice))
    for n in range(audit.PAGE + 3):
        audit.record("zone.created", f"Kho {n}", site_id=farm.pk)
    first = alice_api.get("/api/v1/sites/farm/audit").json()
    second = alice_api.get("/api/v1/sites/farm/audit", {"cursor": first["next"]}).json()
    names = [row["subject"] for row in first["entries"] + second["entries"]]
    assert names == [f"Kho {n}" for n in reversed(range(audit.PAGE + 3))]
    assert second["next"] is None
    assert read(alice_api, q="Kho 52") == [("alice", "zone.created", "Kho 52")]
    assert read(alice_api, kind="member") == []
    assert alice_api.get("/api/v1/sites/farm/audit", {"kind": "nothing"}).status_code == 400


def test_old_entries_are_deleted_and_failures_push_out_nothing_else(
    alice: User, farm: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "KEPT_FAILURES", 2)
    audit.actor.set(audit.Actor(alice))
    audit.record("site.changed", "old", site_id=farm.pk)
    AuditEntry.objects.update(at=timezone.now() - audit.KEPT - timedelta(days=1))
    audit.record("site.changed", "new", site_id=farm.pk)
    for n in range(4):
        audit.record(audit.FAILED, str(n))
    audit.trim()
    assert list(AuditEntry.objects.order_by("id").values_list("subject", flat=True)) == ["new", "2", "3"]


def test_an_operator_does_not_read_it(bob_api: APIClient) -> None:
    assert bob_api.get("/api/v1/sites/farm/audit").status_code == 403
    assert Membership.objects.get(user__username="bob").role == Role.OPERATOR
