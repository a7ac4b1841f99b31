"""Members of a site, and invitations."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from belvedere.accounts.models import Invitation, Membership, Role
from belvedere.accounts.serializers.account import PasswordField


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
