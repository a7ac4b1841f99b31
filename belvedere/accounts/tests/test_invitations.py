"""Invitations: accepted by whom they are for, once, in time, and not after they were taken back."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from belvedere.accounts import invitations
from belvedere.accounts.models import Invitation, Membership, Role, Site, User
from belvedere.conftest import PASSWORD, api_for, person
from belvedere.web_api.problems import Problem

pytestmark = pytest.mark.django_db
OF_FARM = "/api/v1/sites/farm/invitations"


@pytest.fixture
def dave(db: None) -> User:
    """Has an account and belongs nowhere."""
    return person("dave")


@pytest.fixture
def dave_api(dave: User) -> APIClient:
    return api_for(dave)


def invite(owner: APIClient, name: str = "", role: str = "operator") -> Any:
    answer = owner.post(OF_FARM, {"name": name, "role": role})
    assert answer.status_code == 201, answer.content
    return answer.json()


def role_of(user: User, slug: str = "farm") -> str | None:
    return Membership.objects.filter(user=user, site__slug=slug).values_list("role", flat=True).first()


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("name", ["dave", "DAVE@example.org"])
def test_dave_is_asked_and_becomes_a_member_when_he_accepts(
    alice_api: APIClient, dave: User, dave_api: APIClient, name: str
) -> None:
    made = invite(alice_api, name)
    assert made["code"] == ""
    (asked,) = dave_api.get("/api/v1/me/invitations").json()
    assert (asked["site_name"], asked["role"], asked["made_by"]) == ("Trang trại", "operator", "alice")
    assert role_of(dave) is None
    accepted = dave_api.post(f"/api/v1/me/invitations/{asked['id']}")
    assert (accepted.status_code, accepted.json()["slug"], accepted.json()["role"]) == (200, "farm", "operator")
    assert role_of(dave) == "operator"
    assert dave_api.get("/api/v1/me/invitations").json() == alice_api.get(OF_FARM).json() == []


def test_who_is_invited_is_told_the_owners_user_name_and_no_more(alice_api: APIClient, dave_api: APIClient) -> None:
    User.objects.filter(username="alice").update(first_name="Nguyễn Thị Hạnh")
    code = invite(alice_api)["code"]
    invite(alice_api, "dave")
    told = dave_api.get("/api/v1/me/invitations").content.decode()
    told += APIClient().post("/api/v1/invitations/read", {"code": code}).content.decode()
    assert "alice@example.org" not in told
    assert "Hạnh" not in told
    assert "alice" in told


def test_the_owner_sees_what_waits_alike_whether_somebody_has_the_name(alice_api: APIClient, dave: User) -> None:
    invite(alice_api, "dave")
    invite(alice_api, "nobody")
    nobody, known = alice_api.get(OF_FARM).json()
    assert nobody.keys() == known.keys() == {"id", "name", "role", "made_by", "created_at", "expires_at"}
    assert (nobody["name"], known["name"]) == ("nobody", "dave")


def test_a_second_invitation_of_a_name_is_refused_whether_somebody_has_it(alice_api: APIClient, dave: User) -> None:
    for name in ("dave", "nobody"):
        invite(alice_api, name)
        assert code_of(alice_api.post(OF_FARM, {"name": name.upper(), "role": "viewer"})) == (409, "already_invited")


def test_a_member_is_not_invited(alice_api: APIClient, bob: User) -> None:
    assert code_of(alice_api.post(OF_FARM, {"name": "bob", "role": "viewer"})) == (409, "already_member")


def test_names_are_not_tried_out_by_the_hundred(alice_api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MAX_PENDING", 3)
    for n in range(3):
        invite(alice_api, f"name{n}")
    assert code_of(alice_api.post(OF_FARM, {"name": "another", "role": "viewer"})) == (409, "too_many_invitations")
    assert code_of(alice_api.post(OF_FARM, {"role": "viewer"})) == (409, "too_many_invitations")


def test_only_who_is_invited_accepts_or_declines(
    alice_api: APIClient, dave: User, bob_api: APIClient, mallory: User, mallory_api: APIClient
) -> None:
    invitation = invite(alice_api, "dave")["id"]
    for other in (mallory_api, bob_api, alice_api):
        assert other.get("/api/v1/me/invitations").json() == []
        assert other.post(f"/api/v1/me/invitations/{invitation}").status_code == 404
        assert other.delete(f"/api/v1/me/invitations/{invitation}").status_code == 404
    assert role_of(mallory) is None
    assert Invitation.objects.get().outcome == ""


def test_an_invitation_is_accepted_once(alice_api: APIClient, dave: User, dave_api: APIClient, farm: Site) -> None:
    invitation = invite(alice_api, "dave")["id"]
    url = f"/api/v1/me/invitations/{invitation}"
    assert dave_api.post(url).status_code == 200
    Membership.objects.filter(user=dave).delete()
    assert dave_api.post(url).status_code == 404
    assert role_of(dave) is None


def test_an_invitation_that_was_accepted_ends_the_others_to_that_site(
    alice_api: APIClient, dave: User, dave_api: APIClient
) -> None:
    invite(alice_api, "dave@example.org", "owner")
    first = invite(alice_api, "dave", "viewer")["id"]
    assert dave_api.post(f"/api/v1/me/invitations/{first}").status_code == 200
    assert dave_api.get("/api/v1/me/invitations").json() == []
    assert role_of(dave) == "viewer"


def test_a_declined_invitation_is_gone(alice_api: APIClient, dave: User, dave_api: APIClient) -> None:
    invitation = invite(alice_api, "dave")["id"]
    assert dave_api.delete(f"/api/v1/me/invitations/{invitation}").status_code == 204
    assert dave_api.post(f"/api/v1/me/invitations/{invitation}").status_code == 404
    assert role_of(dave) is None


def withdraw(owner: APIClient) -> None:
    for row in owner.get(OF_FARM).json():
        assert owner.delete(f"{OF_FARM}/{row['id']}").status_code == 204


def let_expire(_owner: APIClient) -> None:
    Invitation.objects.update(expires_at="2001-01-01T00:00:00Z")


def remove_the_owner(_owner: APIClient) -> None:
    Membership.objects.filter(user__username="alice").delete()


def demote_the_owner(_owner: APIClient) -> None:
    Membership.objects.filter(user__username="alice").update(role=Role.OPERATOR)


def deactivate_the_owner(_owner: APIClient) -> None:
    User.objects.filter(username="alice").update(is_active=False)


ENDS = [withdraw, let_expire, remove_the_owner, demote_the_owner, deactivate_the_owner]


@pytest.mark.parametrize("end", ENDS)
def test_what_ended_is_not_accepted(alice_api: APIClient, dave: User, dave_api: APIClient, end: Any) -> None:
    invitation = invite(alice_api, "dave")["id"]
    end(alice_api)
    assert dave_api.get("/api/v1/me/invitations").json() == []
    assert dave_api.post(f"/api/v1/me/invitations/{invitation}").status_code == 404
    assert role_of(dave) is None


@pytest.mark.parametrize("end", ENDS)
def test_a_code_that_ended_opens_nothing(alice_api: APIClient, dave: User, dave_api: APIClient, end: Any) -> None:
    code = invite(alice_api)["code"]
    end(alice_api)
    assert code_of(dave_api.post("/api/v1/invitations/accept", {"code": code})) == (403, "bad_invitation")
    assert code_of(APIClient().post("/api/v1/invitations/read", {"code": code})) == (403, "bad_invitation")
    joined = APIClient().post("/api/v1/invitations/join", {"code": code, "username": "eve", "password": PASSWORD})
    assert code_of(joined) == (403, "bad_invitation")
    assert role_of(dave) is None
    assert not User.objects.filter(username="eve").exists()


def test_of_two_who_answer_at_once_the_second_gets_nothing(alice_api: APIClient, dave: User, mallory: User) -> None:
    code = invite(alice_api)["code"]
    seen_by_both = invitations.check_code(code)
    invitations.do_accept(seen_by_both, dave)
    with pytest.raises(Problem) as refused:
        invitations.do_accept(seen_by_both, mallory)
    assert refused.value.code == "bad_invitation"
    assert role_of(mallory) is None


def test_a_code_lets_a_person_with_an_account_in_once(
    alice_api: APIClient, dave: User, dave_api: APIClient, mallory: User, mallory_api: APIClient
) -> None:
    code = invite(alice_api, role="viewer")["code"]
    told = APIClient().post("/api/v1/invitations/read", {"code": f" {code} "})
    assert (told.status_code, told.json()["site_name"]) == (200, "Trang trại")
    assert dave_api.post("/api/v1/invitations/accept", {"code": code}).json()["slug"] == "farm"
    assert code_of(mallory_api.post("/api/v1/invitations/accept", {"code": code})) == (403, "bad_invitation")
    assert (role_of(dave), role_of(mallory)) == ("viewer", None)


def test_a_member_does_not_use_a_code_up(alice_api: APIClient, bob_api: APIClient, dave_api: APIClient) -> None:
    code = invite(alice_api)["code"]
    assert code_of(bob_api.post("/api/v1/invitations/accept", {"code": code})) == (409, "already_member")
    assert dave_api.post("/api/v1/invitations/accept", {"code": code}).status_code == 200


def test_a_code_lets_a_person_without_an_account_make_one_and_signs_in(alice_api: APIClient) -> None:
    code = invite(alice_api, role="viewer")["code"]
    browser = APIClient()
    form = {"code": code, "username": "eve", "password": PASSWORD, "name": "Eve"}
    joined = browser.post("/api/v1/invitations/join", form)
    assert joined.status_code == 201, joined.content
    assert [(site["slug"], site["role"]) for site in joined.json()["sites"]] == [("farm", "viewer")]
    assert browser.get("/api/v1/me").json()["username"] == "eve"
    again = APIClient().post("/api/v1/invitations/join", form | {"username": "eve2"})
    assert code_of(again) == (403, "bad_invitation")


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"username": "bob"}, (409, "username_taken")),
        ({"username": "BOB"}, (409, "username_taken")),
        ({"username": "eve@example.org"}, (400, "invalid")),
        ({"password": "1234567890"}, (400, "weak_password")),
    ],
)
def test_a_code_is_not_used_up_by_an_account_that_cannot_be_made(
    alice_api: APIClient, bob: User, change: dict[str, str], refused: tuple[int, str]
) -> None:
    code = invite(alice_api)["code"]
    form = {"code": code, "username": "eve", "password": PASSWORD}
    assert code_of(APIClient().post("/api/v1/invitations/join", form | change)) == refused
    assert APIClient().post("/api/v1/invitations/join", form).status_code == 201


def test_who_has_a_code_cannot_try_out_which_names_there_are(alice_api: APIClient, bob: User) -> None:
    form = {"code": invite(alice_api)["code"], "username": "bob", "password": PASSWORD}
    answers = [APIClient().post("/api/v1/invitations/join", form).status_code for _ in range(6)]
    assert answers == [409] * 4 + [429] * 2


def test_the_code_is_kept_as_a_hash_and_shown_once(alice_api: APIClient) -> None:
    code = invite(alice_api)["code"]
    assert len(code) == 32
    assert code not in str(list(Invitation.objects.values()))
    assert code not in alice_api.get(OF_FARM).content.decode()


def test_an_invitation_of_another_site_is_not_withdrawn_through_ones_own(
    alice_api: APIClient, mallory_api: APIClient, dave: User
) -> None:
    invitation = invite(alice_api, "dave")["id"]
    assert mallory_api.delete(f"/api/v1/sites/elsewhere/invitations/{invitation}").status_code == 404
    assert Invitation.objects.get().outcome == ""
