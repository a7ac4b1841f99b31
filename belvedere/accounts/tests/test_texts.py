"""Texts are compared letter by letter, whatever the database: names by what was typed, addresses in any case."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, User, Zone
from belvedere.conftest import person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("one", "other"), [("Pump", "pump"), ("Tủ", "Tu"), ("Đông", "Dong")])
def test_zones_whose_names_differ_by_case_or_by_a_mark_stand_beside_each_other(
    farm: Site, alice_api: APIClient, one: str, other: str
) -> None:
    for name in (one, other):
        assert alice_api.post("/api/v1/sites/farm/zones", {"name": name}).status_code == 201
    assert Zone.objects.get(site=farm, name=one).name == one
    assert alice_api.post("/api/v1/sites/farm/zones", {"name": one}).status_code == 409


def test_a_user_name_with_another_mark_is_somebody_else(stranger: APIClient) -> None:
    person("tủ")
    assert not User.objects.filter(username="tu").exists()


@pytest.mark.parametrize("address", ["bob@example.org", "BOB@Example.ORG"])
def test_an_address_in_another_case_is_taken(bob: User, address: str) -> None:
    assert list(User.objects.filter(email_key=address.lower())) == [bob]
