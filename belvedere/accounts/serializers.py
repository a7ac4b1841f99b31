"""Shapes of accounts in the REST API."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from belvedere.accounts import selectors, services
from belvedere.accounts.agents import describe_agent
from belvedere.accounts.audit import AuditGroup
from belvedere.accounts.models import (
    SLUG,
    AuditEntry,
    BrowserSession,
    Invitation,
    Membership,
    Role,
    Site,
    Token,
    User,
    Zone,
)


class TimezoneField(serializers.CharField):
    """A name of the tz database."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        name = str(super().to_internal_value(data))
        try:
            services.check_timezone(name)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
        return name


class SiteRoleSerializer(serializers.ModelSerializer[Membership]):
    """A site of the person, with the role there."""

    slug = serializers.CharField(source="site.slug")
    name = serializers.CharField(source="site.name")
    timezone = serializers.CharField(source="site.timezone")
    address = serializers.CharField(source="site.address")
    role = serializers.ChoiceField(choices=Role.choices)

    class Meta:
        model = Membership
        fields = ("slug", "name", "timezone", "address", "role")


class MeSerializer(serializers.ModelSerializer[User]):
    """The person who is signed in."""

    name = serializers.CharField(source="display_name")
    language = serializers.ChoiceField(choices=settings.LANGUAGES)
    sites = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "username", "email", "name", "language", "sites")

    @extend_schema_field(SiteRoleSerializer(many=True))
    def get_sites(self, user: User) -> Any:
        """Site and role of each membership."""
        return SiteRoleSerializer(selectors.list_memberships(user), many=True).data


class MeChangeSerializer(serializers.Serializer[Any]):
    """What people may change about themselves."""

    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)
    name = serializers.CharField(max_length=150, allow_blank=True, required=False)


class PasswordField(serializers.CharField):
    """Taken as typed: no stripping; bounded, since hashing costs by length."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=1024, trim_whitespace=False, write_only=True, **kwargs)


class PasswordChangeSerializer(serializers.Serializer[Any]):
    """A new password, with the present one as proof."""

    current_password = PasswordField()
    password = PasswordField()


class CredentialsSerializer(serializers.Serializer[Any]):
    """User name or e-mail, and password."""

    username = serializers.CharField(max_length=254)
    password = PasswordField()


class NewSiteSerializer(serializers.Serializer[Any]):
    """A site to be made."""

    slug = serializers.CharField(max_length=64, validators=[SLUG])
    name = serializers.CharField(max_length=120)
    timezone = TimezoneField(default="Asia/Ho_Chi_Minh")
    address = serializers.CharField(max_length=200, allow_blank=True, default="")
    language = serializers.ChoiceField(choices=settings.LANGUAGES, default="vi")


class SetupSerializer(serializers.Serializer[Any]):
    """First run: the code from the console, the owner, the site."""

    token = serializers.CharField(max_length=200, write_only=True)
    username = serializers.CharField(max_length=150)
    password = PasswordField()
    email = serializers.EmailField(max_length=254, allow_blank=True, default="")
    name = serializers.CharField(max_length=150, allow_blank=True, default="")
    language = serializers.ChoiceField(choices=settings.LANGUAGES, default="vi")
    site = NewSiteSerializer()


class SetupCheckSerializer(serializers.Serializer[Any]):
    """A step of the set-up: the code always, the owner or the site as soon as they are filled in."""

    token = serializers.CharField(max_length=200, write_only=True)
    username = serializers.CharField(max_length=150, required=False)
    password = PasswordField(required=False)
    email = serializers.EmailField(max_length=254, allow_blank=True, required=False)
    name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    site = NewSiteSerializer(required=False)


class SetupStateSerializer(serializers.Serializer[Any]):
    """Whether somebody still has to set this installation up."""

    needed = serializers.BooleanField()


class ZoneSerializer(serializers.ModelSerializer[Zone]):
    """A named part of a site. Without a position a new zone goes last."""

    note = serializers.CharField(max_length=200, allow_blank=True, required=False)
    position = serializers.IntegerField(min_value=0, max_value=Zone.LAST_POSITION, required=False)

    class Meta:
        model = Zone
        fields = ("id", "name", "note", "position")


class ListedZoneSerializer(ZoneSerializer):
    """A zone, with how much stands in it."""

    device_count = serializers.IntegerField()
    camera_count = serializers.IntegerField()

    class Meta:
        model = Zone
        fields = ("id", "name", "note", "position", "device_count", "camera_count")


class ZoneOrderSerializer(serializers.Serializer[Any]):
    """The ids of all zones of the site in their new order."""

    order = serializers.ListField(child=serializers.IntegerField(), max_length=Zone.LAST_POSITION)


class ZoneDeletionSerializer(serializers.Serializer[Any]):
    """heir: the zone to which devices and cameras go; without it they stay, in no zone."""

    heir = serializers.IntegerField(required=False, allow_null=True, default=None)


class SiteSerializer(serializers.ModelSerializer[Site]):
    """A site with its zones in order."""

    language = serializers.ChoiceField(choices=settings.LANGUAGES)
    zones = ZoneSerializer(many=True, read_only=True)
    away_set_by = serializers.CharField(source="away_set_by.display_name", allow_null=True, default=None)

    class Meta:
        model = Site
        fields = (
            "slug",
            "name",
            "address",
            "timezone",
            "language",
            "away",
            "away_set_at",
            "away_set_by",
            "zones",
            "version",
        )
        read_only_fields = fields


class AwaySerializer(serializers.Serializer[Any]):
    """The away switch: whether nobody is at the site."""

    away = serializers.BooleanField()


class SiteChangeSerializer(serializers.Serializer[Any]):
    """What an owner may change; the slug stays, since addresses are built from it."""

    name = serializers.CharField(max_length=120, required=False)
    address = serializers.CharField(max_length=200, allow_blank=True, required=False)
    timezone = TimezoneField(required=False)
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)


class TimezoneSerializer(serializers.Serializer[Any]):
    """A time zone. offset_minutes: east of UTC, now."""

    name = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField(allow_blank=True)
    offset_minutes = serializers.IntegerField()


class SetupDoneSerializer(serializers.Serializer[Any]):
    """The first owner, signed in, and the first site."""

    user = MeSerializer()
    site = SiteSerializer()


class TokenSerializer(serializers.ModelSerializer[Token]):
    """A bearer token, without its secret. last_used_at: up to a minute late."""

    class Meta:
        model = Token
        fields = ("id", "name", "created_at", "expires_at", "last_used_at", "read_only")
        read_only_fields = fields


class TokenRequestSerializer(serializers.Serializer[Any]):
    """A token to be made. Without expires_in_days it ends only when it is deleted."""

    name = serializers.CharField(max_length=120)
    read_only = serializers.BooleanField(default=False)  # type: ignore[assignment]  # REST framework takes it off the class
    expires_in_days = serializers.IntegerField(min_value=1, max_value=3650, allow_null=True, default=None)


class NewTokenSerializer(serializers.Serializer[Any]):
    """The only answer that shows the token."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    token = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)
    read_only = serializers.BooleanField()  # type: ignore[assignment]  # as above


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A person at a site."""

    username = serializers.CharField(source="user.username")
    name = serializers.CharField(source="user.display_name")
    email = serializers.CharField(source="user.email")
    role = serializers.ChoiceField(choices=Role.choices)

    class Meta:
        model = Membership
        fields = ("id", "username", "name", "email", "role")


class NewMemberSerializer(serializers.Serializer[Any]):
    """With a password: a new person. Without: an invitation for whoever has this user name or e-mail address."""

    username = serializers.CharField(max_length=150)
    email = serializers.EmailField(max_length=254, allow_blank=True, default="")
    name = serializers.CharField(max_length=150, allow_blank=True, default="")
    password = PasswordField(required=False)
    role = serializers.ChoiceField(choices=Role.choices)


class AddedMemberSerializer(serializers.Serializer[Any]):
    """What was asked for. id: null where the person is invited and has to accept, or nobody has that name."""

    id = serializers.IntegerField(allow_null=True)
    username = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField(allow_blank=True)
    role = serializers.ChoiceField(choices=Role.choices)


class RoleChangeSerializer(serializers.Serializer[Any]):
    """Another role for a member."""

    role = serializers.ChoiceField(choices=Role.choices)


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation that waits for an answer. name: as the owner typed it, "" where it is by code."""

    role = serializers.ChoiceField(choices=Role.choices)
    made_by = serializers.CharField(source="made_by.username")

    class Meta:
        model = Invitation
        fields = ("id", "name", "role", "made_by", "created_at", "expires_at")
        read_only_fields = fields


class InvitationRequestSerializer(serializers.Serializer[Any]):
    """Whom to invite: a user name or an e-mail address; "" for an invitation by code."""

    name = serializers.CharField(max_length=254, allow_blank=True, default="")
    role = serializers.ChoiceField(choices=Role.choices)


class NewInvitationSerializer(serializers.Serializer[Any]):
    """The only answer that shows the code; "" where a name was given."""

    id = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)
    role = serializers.ChoiceField(choices=Role.choices)
    expires_at = serializers.DateTimeField()
    code = serializers.CharField(allow_blank=True)


class MyInvitationSerializer(serializers.ModelSerializer[Invitation]):
    """What somebody is invited to."""

    site_name = serializers.CharField(source="site.name")
    site_language = serializers.ChoiceField(choices=settings.LANGUAGES, source="site.language")
    role = serializers.ChoiceField(choices=Role.choices)
    made_by = serializers.CharField(source="made_by.username")

    class Meta:
        model = Invitation
        fields = ("id", "site_name", "site_language", "role", "made_by", "expires_at")
        read_only_fields = fields


class CodeSerializer(serializers.Serializer[Any]):
    """The code of an invitation."""

    code = serializers.CharField(max_length=200, write_only=True)


class JoinSerializer(CodeSerializer):
    """An account for whoever has a code."""

    username = serializers.CharField(max_length=150)
    password = PasswordField()
    name = serializers.CharField(max_length=150, allow_blank=True, default="")
    language = serializers.ChoiceField(choices=settings.LANGUAGES, default="vi")


class CloseAccountSerializer(serializers.Serializer[Any]):
    """The present password as proof."""

    current_password = PasswordField()


class NewResetSerializer(serializers.Serializer[Any]):
    """The only answer that shows the code."""

    code = serializers.CharField()
    expires_at = serializers.DateTimeField()


class ResetSerializer(serializers.ModelSerializer[User]):
    """Whose password a link changes."""

    name = serializers.CharField(source="display_name")
    language = serializers.ChoiceField(choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ("username", "name", "language")
        read_only_fields = fields


class ResetUseSerializer(CodeSerializer):
    """A new password, by the code of a link."""

    password = PasswordField()


class BrowserSessionSerializer(serializers.ModelSerializer[BrowserSession]):
    """A session. browser: such as "Firefox 145, Windows", "" where unknown. last_used_at: up to a minute late."""

    browser = serializers.SerializerMethodField()
    current = serializers.SerializerMethodField()

    class Meta:
        model = BrowserSession
        fields = ("id", "browser", "address", "created_at", "last_used_at", "current")
        read_only_fields = fields

    def get_browser(self, row: BrowserSession) -> str:
        """By the header that the browser sent."""
        return describe_agent(row.agent)

    def get_current(self, row: BrowserSession) -> bool:
        """Whether this is the session of the request."""
        return bool(row.session_key == self.context["current"])


class AuditQuerySerializer(serializers.Serializer[Any]):
    """What is asked of an audit log."""

    cursor = serializers.IntegerField(min_value=1, default=None)
    q = serializers.CharField(max_length=150, allow_blank=True, default="")
    kind = serializers.ChoiceField(choices=AuditGroup.choices, allow_blank=True, default="")


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """Who did what. token_name: of the access token by which it was done, "" for a browser."""

    token_name = serializers.CharField(source="token")
    data = serializers.DictField()  # type: ignore[assignment]  # REST framework takes it off the class

    class Meta:
        model = AuditEntry
        fields = ("id", "at", "kind", "who", "subject", "data", "address", "token_name")
        read_only_fields = fields


class AuditPageSerializer(serializers.Serializer[Any]):
    """Entries, newest first. next: the `cursor` of the page after this, null after the last."""

    entries = AuditEntrySerializer(many=True)
    next = serializers.IntegerField(allow_null=True)
