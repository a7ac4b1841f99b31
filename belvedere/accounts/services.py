"""Writes accounts, sites, members, tokens and zones: `check_` validates and authorises, `do_` writes."""

from __future__ import annotations

import secrets
import zoneinfo
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Model, Q, QuerySet
from django.shortcuts import get_object_or_404

from belvedere.accounts import audit
from belvedere.accounts.authentication import digest_token
from belvedere.accounts.models import BrowserSession, Membership, Role, Site, Token, User
from belvedere.accounts.names import is_mixed, look_alike_keys, normalize_name
from belvedere.accounts.signals import site_created
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import append
from belvedere.web_api.problems import Problem

M = TypeVar("M", bound=Model)


class NewPerson(NamedTuple):
    """The input for a new account."""

    username: str
    password: str
    email: str = ""
    name: str = ""
    language: str = "vi"


class NewSite(NamedTuple):
    """The input for a new site."""

    slug: str
    name: str
    timezone: str
    address: str = ""
    language: str = "vi"


# --- people


def check_password(password: str, user: User) -> None:
    """Raise a 400 whose errors.password says what is wrong with the password."""
    faults = _find_password_faults(password, user)
    if faults:
        raise Problem(400, "weak_password", "Choose another password.", errors={"password": faults})


def _find_password_faults(password: str, user: User) -> list[str]:
    try:
        password_validation.validate_password(password, user)
    except DjangoValidationError as error:
        return list(error.messages)
    return []


def check_person(person: NewPerson) -> User:
    """Validate the input and give an unsaved user. Raises 400 with all faults; a taken name is none of them."""
    name = normalize_name(person.username)
    user = User(username=name, email=person.email, first_name=person.name, language=person.language)
    try:
        user.full_clean(exclude=["password", "name_key"], validate_unique=False)
        _check_name(name)
    except DjangoValidationError as error:
        faults = {field: list(texts) for field, texts in error.message_dict.items()}
        of_password = _find_password_faults(person.password, user)
        faults |= {"password": of_password} if of_password else {}
        raise Problem(400, "invalid", "Some of what was sent cannot be used.", errors=faults) from error
    check_password(person.password, user)
    return user


def _check_name(name: str) -> None:
    if "@" in name:
        raise DjangoValidationError({"username": "A user name must not look like an e-mail address: leave out the @."})
    if is_mixed(name):
        raise DjangoValidationError({"username": "Use the letters of one script: Latin, Cyrillic or Greek."})


def check_new_person(person: NewPerson) -> User:
    """Validate the input and give an unsaved user. Raises 400, and 409 for a name or address that is taken."""
    user = check_person(person)
    if User.objects.filter(Q(username=user.username) | Q(name_key__in=look_alike_keys(user.username))).exists():
        raise _make_name_taken()
    if person.email and User.objects.filter(email_key=person.email.lower()).exists():
        raise Problem(409, "email_taken", "Somebody has this e-mail address already.")
    return user


def _make_name_taken() -> Problem:
    return Problem(409, "username_taken", "Somebody has this user name already, or one that looks like it.")


def do_create_person(user: User, password: str) -> User:
    """Save a validated user. Raises 409 where somebody else took the name meanwhile."""
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise _make_name_taken() from error
    return user


@transaction.atomic
def do_update_person(user: User, changes: dict[str, str]) -> User:
    """Change the language and the name."""
    user.language = changes.get("language", user.language)
    if "name" in changes:
        user.first_name, user.last_name = changes["name"], ""
    user.save(update_fields=["language", "first_name", "last_name"])
    if "name" in changes:
        audit.record("account.renamed", changes["name"], who=user)
    return user


def check_current_password(user: User, password: str) -> None:
    """Raise 400 unless this is the person's present password."""
    if not user.check_password(password):
        wrong = {"current_password": ["This is not your present password."]}
        raise Problem(400, "wrong_password", "The present password is wrong.", errors=wrong)


@transaction.atomic
def do_change_password(user: User, password: str) -> None:
    """Set a validated password. Every other session of the person ends; tokens stay valid."""
    user.set_password(password)
    user.save(update_fields=["password"])
    BrowserSession.objects.filter(user=user).delete()
    audit.record("account.password_changed", who=user)
    append(ChangeKind.PERSON, user.pk)


@transaction.atomic
def do_end_sessions(user: User) -> None:
    """End every session of the person, with its sockets and streams; tokens stay valid."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    BrowserSession.objects.filter(user=user).delete()
    append(ChangeKind.PERSON, user.pk)


@transaction.atomic
def do_sign_out_everywhere(user: User) -> None:
    """End every session of the person, because the person asked for it."""
    audit.record("account.signed_out_everywhere", who=user)
    do_end_sessions(user)


# --- tokens


@transaction.atomic
def do_create_token(
    user: User, name: str, *, read_only: bool = False, expires_at: datetime | None = None
) -> tuple[Token, str]:
    """Create a bearer token; gives it and its secret, which is not stored."""
    secret = "bv_" + secrets.token_urlsafe(32)
    digest = digest_token(secret)
    token = Token.objects.create(user=user, name=name, digest=digest, read_only=read_only, expires_at=expires_at)
    audit.record("token.created", name, read_only=read_only, expires_at=expires_at.isoformat() if expires_at else None)
    return token, secret


@transaction.atomic
def do_delete_token(token: Token) -> None:
    """Delete the token; it is invalid from now on."""
    token.delete()
    audit.record("token.deleted", token.name)
    append(ChangeKind.PERSON, token.user_id)


# --- sites


def check_timezone(name: str) -> None:
    """Raise ValueError for a zone that the tz database does not have."""
    if name not in zoneinfo.available_timezones():
        raise ValueError(f"{name} is not a time zone such as Asia/Ho_Chi_Minh.")


def check_may_make_sites(user: User) -> None:
    """Raise 403 where the setting site_founders does not allow this person."""
    if settings.ENV.site_founders == "everybody":
        return
    if not Membership.objects.filter(user=user, role=Role.OWNER).exists():
        sentence = "Only who owns a site may make another one here (the setting site_founders)."
        raise Problem(403, "may_not_make_sites", sentence)


def check_owns_every_site(user: User) -> None:
    """Raise 403 for who owns none, or not all: what belongs to no site may be of any of them."""
    owned = Membership.objects.filter(user=user, role=Role.OWNER).values("site")
    if not owned or Site.objects.exclude(pk__in=owned).exists():
        raise Problem(403, "forbidden", "Only who owns all sites of this server may see this.")


def do_create_site(owner: User, site: NewSite) -> Site:
    """Create a site with its owner. Raises 409 where the slug is taken."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Site.objects.create(**site._asdict())
        except IntegrityError as error:
            raise Problem(409, "slug_taken", "Another site has this short name already: choose another.") from error
        Membership.objects.create(user=owner, site=made, role=Role.OWNER)
        audit.record("site.created", made.name, site_id=made.pk, who=owner)
        site_created.send(sender=Site, site=made)
        append(ChangeKind.PERSON, owner.pk)
    return made


@transaction.atomic
def do_update_site(site: Site, changes: dict[str, Any]) -> Site:
    """Write the changed fields of a locked site."""
    changed = sorted(field for field, value in changes.items() if getattr(site, field) != value)
    for field, value in changes.items():
        setattr(site, field, value)
    site.version += 1
    site.save()
    audit.record("site.changed", site.name, site_id=site.pk, fields=changed)
    log_site(site.pk)
    return site


def do_set_away(site: Site, person: User, away: bool, at: datetime) -> Site:
    """Set the away switch of a locked site, which some of its rules mind.

    The version stays: it guards the form of the owner, and the switch is none of its fields.
    """
    if site.away != away:
        site.away, site.away_set_at, site.away_set_by = away, at, person
        site.save(update_fields=["away", "away_set_at", "away_set_by"])
        audit.record("site.away" if away else "site.home", site.name, site_id=site.pk)
        log_site(site.pk)
    return site


def log_site(site_id: int) -> None:
    """Log, as the last step of the transaction, that the site itself or its zones changed."""
    append(ChangeKind.SITE, site_id, site_id=site_id)


def lock_site(pk: int) -> Site:
    """Lock the site's row until the end of the transaction.

    Every transaction that locks rows of a site, or adds to its alert log, locks this row first: with one order there
    are no deadlocks.
    """
    return Site.objects.select_for_update().get(pk=pk)


def lock_row(rows: QuerySet[M], pk: object) -> M:
    """Lock a row that belongs to a site, after the site's own. Raises Http404 where it was deleted meanwhile."""
    site_id = get_object_or_404(rows.values_list("site_id", flat=True), pk=pk)
    get_object_or_404(Site.objects.select_for_update(), pk=site_id)
    return get_object_or_404(rows.select_for_update(), pk=pk)


# --- members


def check_keeps_an_owner(membership: Membership) -> None:
    """Raise 409 where nobody would own the site without this membership. Call it with the site locked."""
    if membership.role == Role.OWNER and not has_other_owner(membership.site_id, membership.user_id):
        raise Problem(409, "last_owner", "A site needs an owner: make somebody else owner first.")


def has_other_owner(site_id: int, user_id: int) -> bool:
    """Whether somebody else who can sign in owns the site."""
    owners = Membership.objects.filter(site=site_id, role=Role.OWNER, user__is_active=True)
    return owners.exclude(user=user_id).exists()


@transaction.atomic
def do_add_member(site: Site, user: User, role: Role, by: User | None = None) -> Membership:
    """Add the person to the site, by an owner or by accepting. Raises 409 for a member."""
    try:
        with transaction.atomic():
            membership = Membership.objects.create(site=site, user=user, role=role)
    except IntegrityError as error:
        raise Problem(409, "already_member", f"{user.username} is a member of this site already.") from error
    audit.record("member.added", user.username, site_id=site.pk, who=by, role=role.value)
    append(ChangeKind.PERSON, user.pk, site_id=site.pk)
    return membership


@transaction.atomic
def do_change_role(membership: Membership, role: Role) -> Membership:
    """Change the role, in this process at once, in others within 5 s. Raises 409 for the last owner."""
    if role is not Role.OWNER:
        check_keeps_an_owner(membership)
    audit.record(
        "member.role_changed",
        membership.user.username,
        site_id=membership.site_id,
        role=role.value,
        was=membership.role,
    )
    membership.role = role
    membership.save(update_fields=["role"])
    append(ChangeKind.PERSON, membership.user_id, site_id=membership.site_id)
    return membership


@transaction.atomic
def do_remove_member(membership: Membership) -> None:
    """Remove the person from the site; the account stays. Raises 409 for the last owner."""
    check_keeps_an_owner(membership)
    audit.record("member.removed", membership.user.username, site_id=membership.site_id)
    membership.delete()
    append(ChangeKind.PERSON, membership.user_id, site_id=membership.site_id)
