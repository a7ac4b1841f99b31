"""A person's own account: who they are, their password, where they are signed in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from belvedere.accounts import selectors
from belvedere.accounts.agents import describe_agent
from belvedere.accounts.models import BrowserSession, Membership, Role, User


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


class CloseAccountSerializer(serializers.Serializer[Any]):
    """The present password as proof."""

    current_password = PasswordField()


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
