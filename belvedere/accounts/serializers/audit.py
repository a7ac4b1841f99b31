"""The audit log."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from belvedere.accounts.audit import AuditGroup
from belvedere.accounts.models import AuditEntry


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
