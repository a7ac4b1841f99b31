"""Links by which a member gets a new password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from belvedere.accounts.models import User
from belvedere.accounts.serializers.account import PasswordField
from belvedere.accounts.serializers.members import CodeSerializer


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
