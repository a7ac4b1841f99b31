"""Bearer tokens."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from belvedere.accounts.models import Token


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
