"""Setting up a new installation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from belvedere.accounts.serializers.account import MeSerializer, PasswordField
from belvedere.accounts.serializers.sites import NewSiteSerializer, SiteSerializer


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


class SetupDoneSerializer(serializers.Serializer[Any]):
    """The first owner, signed in, and the first site."""

    user = MeSerializer()
    site = SiteSerializer()
