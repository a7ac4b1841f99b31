"""The cast, for every app's tests: Alice owns the farm, Bob operates it, Charlie views, Mallory owns another site."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.apps import AppConfig
from django.contrib.contenttypes.management import create_contenttypes
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from hypothesis import Phase, settings
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from belvedere.accounts.audit import Actor, actor
from belvedere.accounts.guessing import forget_attempts
from belvedere.accounts.models import Membership, Role, Site, User
from belvedere.domain.provided import unbind_all
from belvedere.registry.models import RegistryCounter

PASSWORD = "correct-horse-42-battery"

# As the program's log does. With rich, which our tools bring, each exception would be drawn with all variables of all
# its frames: half a second of a processor.
PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], PLAIN])

# The same examples in each run, so that none fails by luck; `--hypothesis-profile=search` looks for new ones.
settings.register_profile("search", deadline=None)
settings.register_profile("same", deadline=None, derandomize=True)
# For `make mutants`, which only asks whether a test fails, hundreds of times: no search for the smallest example.
settings.register_profile(
    "mutants", deadline=None, derandomize=True, database=None, max_examples=40, phases=(Phase.explicit, Phase.generate)
)
settings.load_profile("same")


def person(username: str) -> User:
    """Somebody who can sign in with PASSWORD."""
    return User.objects.create_user(username, f"{username}@example.org", PASSWORD, language="en")


def api_for(user: User | None, **kwargs: Any) -> APIClient:
    """A browser with this person's real session; `enforce_csrf_checks=True` to test CSRF."""
    client = APIClient(**kwargs)
    if user is not None:
        client.force_login(user, backend="belvedere.accounts.backends.NameOrEmailBackend")
    return client


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was imported stays to the end: a tenth of the processor went into looking through it for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()
    forget_attempts()
    actor.set(Actor())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """The tables of the tests, made as pytest-django does; from then on Django's permissions are made no more.

    Nothing here uses them, and a test that commits would make them all anew as it ends.
    """
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)


@receiver(post_migrate)
def _number_changes_again(sender: AppConfig, **_: object) -> None:
    """A test that commits ends with all tables emptied, also of the counters' rows, which migrations make once."""
    if sender.label == "registry":
        RegistryCounter.objects.get_or_create(pk=1)
    if sender.label == "devices":
        sender.get_model("PresenceNumber")._default_manager.get_or_create(pk=0)  # an app above this file


@pytest.fixture(autouse=True)
def _nothing_stays_bound() -> Iterator[None]:
    """What a test binds, as config/wiring/ does in the program, is gone after it."""
    yield
    unbind_all()


@pytest.fixture
def migrate(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> Iterator[Callable[[str, str], Callable[..., Any]]]:
    """`migrate(app, migration)` takes an app's tables there and gives the models that fit the tables as they are then.

    They are made in an empty database, as that version made them; the tests' own is in use again after the test.
    """
    assert not connection.in_atomic_block, "the test asks for the tests' own database (`db`) too"
    tested = connection.settings_dict
    creation: Any = connection.creation  # its steps without the migrations, which its types leave out
    usual = {"NAME": tested["NAME"], "TEST": tested["TEST"]}

    def run(app: str, name: str) -> Callable[..., Any]:
        executor = MigrationExecutor(connection)
        executor.migrate([(app, name)])
        executor.loader.build_graph()
        applied = [node for node in executor.loader.graph.nodes if node in executor.loader.applied_migrations]
        get_model: Callable[..., Any] = executor.loader.project_state(applied).apps.get_model
        return get_model

    with django_db_blocker.unblock():
        connection.close()
        older = tmp_path / "older.db" if connection.vendor == "sqlite" else f"{tested['NAME']}_older"
        tested["TEST"] = {**tested["TEST"], "NAME": older}
        tested["NAME"] = creation._create_test_db(verbosity=0, autoclobber=True)
        yield run
        connection.close()
        creation._destroy_test_db(tested["NAME"], verbosity=0)
        tested.update(usual)


@pytest.fixture
def farm(db: None) -> Site:
    return Site.objects.create(slug="farm", name="Trang trại")


@pytest.fixture
def elsewhere(db: None) -> Site:
    return Site.objects.create(slug="elsewhere", name="Elsewhere")


@pytest.fixture
def alice(farm: Site) -> User:
    alice = person("alice")
    Membership.objects.create(user=alice, site=farm, role=Role.OWNER)
    return alice


@pytest.fixture
def bob(farm: Site) -> User:
    bob = person("bob")
    Membership.objects.create(user=bob, site=farm, role=Role.OPERATOR)
    return bob


@pytest.fixture
def charlie(farm: Site) -> User:
    charlie = person("charlie")
    Membership.objects.create(user=charlie, site=farm, role=Role.VIEWER)
    return charlie


@pytest.fixture
def mallory(elsewhere: Site) -> User:
    mallory = person("mallory")
    Membership.objects.create(user=mallory, site=elsewhere, role=Role.OWNER)
    return mallory


@pytest.fixture
def stranger(db: None) -> APIClient:
    """Nobody is signed in."""
    return api_for(None)


@pytest.fixture
def alice_api(alice: User) -> APIClient:
    return api_for(alice)


@pytest.fixture
def bob_api(bob: User) -> APIClient:
    return api_for(bob)


@pytest.fixture
def charlie_api(charlie: User) -> APIClient:
    return api_for(charlie)


@pytest.fixture
def mallory_api(mallory: User) -> APIClient:
    return api_for(mallory)
