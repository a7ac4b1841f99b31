"""The audit log."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from belvedere.accounts.audit import MEMBER_KINDS, AuditGroup
from belvedere.accounts.models import AuditEntry


class AuditQuerySerializer(serializers.Serializer[Any]):
    """What is asked of an audit log."""

    cursor = serializers.IntegerField(min_value=1, default=None)
    q = serializers.CharField(max_length=150, allow_blank=True, default="")
    kind = serializers.ChoiceField(choices=AuditGroup.choices, allow_blank=True, default="")


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """Who did what. token_name: of the access token by which it was done, "" for a browser.

    who, subject: names as they were. who_name, subject_name: what these people are called now, "" for nobody.
    """

    token_name = serializers.CharField(source="token")
    who_name = serializers.CharField(source="user.display_name", default="")
    subject_name = serializers.SerializerMethodField()
    data = serializers.DictField()  # type: ignore[assignment]  # REST framework takes it off the class

    class Meta:
        model = AuditEntry
        fields = ("id", "at", "kind", "who", "who_name", "subject", "subject_name", "data", "address", "token_name")
        read_only_fields = fields

    def get_subject_name(self, entry: AuditEntry) -> str:
        """Return what the member whom the entry is about is called now, "" for nobody."""
        names: dict[str, str] = self.context["names"]  # of audit.find_names
        return names.get(entry.subject, "") if entry.kind in MEMBER_KINDS else ""


class AuditPageSerializer(serializers.Serializer[Any]):
    """Entries, newest first. next: the `cursor` of the page after this, null after the last."""

    entries = AuditEntrySerializer(many=True)
    next = serializers.IntegerField(allow_null=True)
