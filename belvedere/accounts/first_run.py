"""The first run: the code on the console makes one owner and one site, once."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from belvedere.accounts import selectors, setup_token
from belvedere.accounts.models import Installation, Site, User
from belvedere.accounts.services import NewPerson, NewSite, check_new_person, do_create_person, do_create_site
from belvedere.web_api.problems import Problem


def check_token(data_dir: Path, token: str) -> None:
    """Raise 409 where the installation has an owner, 403 for another code."""
    if not selectors.needs_setup():
        raise Problem(409, "already_set_up", "This installation has an owner already: sign in.")
    if not setup_token.matches(data_dir, token, settings.ENV.setup_token):
        raise Problem(403, "bad_setup_token", "This is not the set-up code: run `belvedere setup-token` to see it.")


def do_setup(data_dir: Path, token: str, person: NewPerson, site: NewSite) -> tuple[User, Site]:
    """Create the first owner and site and delete the token, in one transaction. Of two at once one gets 409."""
    with transaction.atomic():
        check_token(data_dir, token)
        user = check_new_person(person)
        try:
            with transaction.atomic():
                Installation.objects.create(pk=Installation.THE_ONE)
        except IntegrityError as error:
            raise Problem(409, "already_set_up", "Somebody else set this installation up just now.") from error
        user = do_create_person(user, person.password)
        made = do_create_site(user, site)
        transaction.on_commit(lambda: setup_token.ensure_setup_token(data_dir, needed=False))
    return user, made
