"""A data folder of an older version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from belvedere.accounts.backends import find_user

Migrate = Callable[[str, str], Callable[..., Any]]


def test_people_of_an_older_data_folder_sign_in_by_address_as_before(
    migrate: Migrate,
) -> None:
    users = migrate("accounts", "0004_invitations")("accounts", "User").objects
    users.create(username="bob", email="Bob@Example.org")
    users.create(username="charlie")
    upgraded = migrate("accounts", "0005_user_email_key")("accounts", "User").objects
    assert list(upgraded.order_by("id").values_list("email_key", flat=True)) == ["bob@example.org", ""]
    migrate("accounts", MigrationExecutor(connection).loader.graph.leaf_nodes("accounts")[0][1])
    found = find_user("BOB@example.org")
    assert found is not None
    assert found.username == "bob"
