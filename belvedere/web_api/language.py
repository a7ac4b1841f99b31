"""The language in which an answer names what nobody has named."""

from __future__ import annotations

from django.utils.translation import get_language
from rest_framework.request import Request


def language_of(request: Request, account: str) -> str:
    """A page says it in Accept-Language, whatever the account has; of a program that does not, the account's."""
    return (get_language() or account) if "Accept-Language" in request.headers else account
