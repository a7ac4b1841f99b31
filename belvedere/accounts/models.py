"""Users and their sessions, sites, memberships, invitations, tokens, and who did what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils.crypto import salted_hmac

from belvedere.accounts.names import name_key

SLUG = RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\Z", "Use a-z, 0-9 and hyphens, at most 64 characters.")


class Role(models.TextChoices):
    """What a member may do at a site; each role includes the ones before it in `RANK`."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    OWNER = "owner"


RANK = {Role.VIEWER: 1, Role.OPERATOR: 2, Role.OWNER: 3}


class User(AbstractUser):
    """A person. Signs in by user name or e-mail."""

    language = models.CharField(max_length=5, default="vi")
    session_epoch = models.PositiveIntegerField(default=0)
    # See names.py. None for the later ones of accounts that stood beside each other before there were keys.
    name_key = models.CharField(max_length=300, null=True, unique=True)
    # The address in lower case: databases differ in what they take for the same letter.
    email_key = models.CharField(max_length=254, blank=True, db_index=True, editable=False)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the keys by which name and address are compared."""
        self.email_key = self.email.lower()
        if self._state.adding and self.name_key is None:
            self.name_key = name_key(self.username)
        super().save(*args, **kwargs)

    def get_session_auth_hash(self) -> str:
        """The hash that a session must have; it changes with the password and with `session_epoch`."""
        return self._add_epoch(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same for former values of SECRET_KEY."""
        yield from map(self._add_epoch, super().get_session_auth_fallback_hash())

    def _add_epoch(self, auth_hash: str) -> str:
        if self.session_epoch == 0:  # as in versions before there were epochs
            return auth_hash
        return salted_hmac("belvedere.session-epoch", f"{self.session_epoch}:{auth_hash}").hexdigest()

    @property
    def display_name(self) -> str:
        """Full name where given, else the user name."""
        return self.get_full_name() or self.username


class Installation(models.Model):
    """One row, made by the first set-up: of two set-ups at once its primary key lets one win."""

    THE_ONE = 1

    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"set up {self.created_at:%Y-%m-%d}"


class Site(models.Model):
    """A home, farm, cold store or factory: the unit of rights, of the poll and of the alert log."""

    slug = models.CharField(max_length=64, unique=True, validators=[SLUG])
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    timezone = models.CharField(max_length=64, default="Asia/Ho_Chi_Minh")
    # Of pages that people see before they have an account here.
    language = models.CharField(max_length=5, default="vi")
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)
    # The switch that rules may mind: nobody is there. Who set it last, and when; None where nobody ever did.
    away = models.BooleanField(default=False)
    away_set_at = models.DateTimeField(null=True)
    away_set_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    members_before: list[int]  # user ids, while it is deleted (receivers.py)

    def __str__(self) -> str:
        return self.slug


class Zone(models.Model):
    """A named part of a site, in the owner's order; zones of one position in the order they were made."""

    LAST_POSITION: ClassVar = 10_000

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="zones")
    name = models.CharField(max_length=120)
    note = models.CharField(max_length=200, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "name"], name="one_zone_name_a_site")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role at a site."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "site"], name="one_role_a_site")]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.site}"


class Outcome(models.TextChoices):
    """How an invitation ended; "" while it waits."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations."""

    def pending(self, now: datetime) -> Self:
        """Those that can be accepted: not expired or answered, and made by a person who still owns the site."""
        owners = Membership.objects.filter(user=models.OuterRef("made_by"), site=models.OuterRef("site"))
        still_owner = models.Exists(owners.filter(role=Role.OWNER))
        return self.filter(still_owner, outcome="", expires_at__gt=now, made_by__is_active=True)


class Invitation(models.Model):
    """To become a member of a site: of the account `invited`, or of whoever shows the code.

    name: as the owner typed it, "" with a code. Without `invited` and code nobody can accept it: nobody had that
    name, which the owner is not told. Rows stay when they are answered.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role.choices)
    name = models.CharField(max_length=254, blank=True)
    invited = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="invitations")
    digest = models.CharField(max_length=64, null=True, unique=True)
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations_made")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name or 'code'} {self.role} {self.site}"


class TokenQuerySet(models.QuerySet["Token"]):
    """Tokens."""

    def open_at(self, now: datetime) -> Self:
        """The valid ones: not expired, and of an active user."""
        in_time = models.Q(expires_at=None) | models.Q(expires_at__gt=now)
        return self.filter(in_time, user__is_active=True)


class Token(models.Model):
    """A bearer token of a program, stored as a keyed hash of a 256-bit secret."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    read_only = models.BooleanField(default=False)

    objects = TokenQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class BrowserSession(models.Model):
    """What a person is shown of one of their sessions. session_key: hashed, as in Django's table; agent: as sent."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="browser_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.user} at {self.address}"


class PasswordReset(models.Model):
    """A link by which the person chooses a new password, once. Stored as a keyed hash; a new one replaces it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="password_reset")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"for {self.user}"


class AuditEntry(models.Model):
    """Who did what, written in the transaction of what was done (audit.py).

    who, subject: names as they were. site: None for what belongs to a person alone. data: words and numbers.
    """

    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    who = models.CharField(max_length=150)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, related_name="+")
    subject = models.CharField(max_length=254, blank=True)
    data = models.JSONField(default=dict)
    address = models.CharField(max_length=64, blank=True)
    token = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["site", "-id"], name="audit_of_a_site"),
            models.Index(fields=["user", "-id"], name="audit_of_a_person"),
            models.Index(fields=["kind", "-id"], name="audit_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.who} {self.kind} {self.subject}"
