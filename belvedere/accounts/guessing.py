"""Limits and logs guesses wherever a password or code is checked."""

from __future__ import annotations

import math
import re
import secrets
import threading
import time
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager

import structlog
from django.core.signing import BadSignature, Signer
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts import audit
from belvedere.accounts.attempts import AttemptBook, Bucket, list_buckets
from belvedere.accounts.models import User
from belvedere.web_api.problems import Problem

log = structlog.get_logger(__name__)

# Codes of problems that count as a guess: a wrong secret, or a name that is taken.
GUESSES = frozenset(
    {"bad_credentials", "wrong_password", "bad_setup_token", "bad_invitation", "bad_reset", "username_taken"}
)

BROWSER_COOKIE = "known"
BROWSER_SECONDS = 365 * 24 * 3600

# A shorter text cannot be a password of this installation: the validators want this many characters.
SHORTEST_PASSWORD = 10
# What names and addresses look like, and passphrases of several words do not: "administrator", "an.nguyen@example.vn".
LIKELY_NAME = re.compile(r"[a-z][a-z0-9]*([._-][a-z0-9]+){0,2}(@[a-z0-9.-]+)?")
MOST_SHOWN = 64
SHOWN_OF_AN_UNKNOWN_NAME = 3

_book = AttemptBook()
_lock = threading.Lock()


def forget_attempts() -> None:
    """Fill all buckets; for tests."""
    global _book
    _book = AttemptBook()


@contextmanager
def guard_guesses(request: Request, what: str, name: str, user: User | None) -> Iterator[None]:
    """Wrap the check of a secret; a Problem with a code of `GUESSES` raised inside counts as a guess.

    The try is taken before the check and given back unless it was a guess, so that parallel guesses count too. Raises
    429 where no try is left, whether the secret is right or wrong, and in place of the last refusal.
    what: `sign_in`, `password`, `setup`, `invitation`, `reset`. name: as typed. user: the account of that name.
    """
    address = str(request._request.META.get("REMOTE_ADDR", ""))
    account: Hashable = user.pk if user else (what, name.strip().casefold())
    wanted = list_buckets(account, address, _read_browser_mark(request, user), named=bool(name))
    with _lock:
        _refuse(_book.take(wanted, time.monotonic()))
    try:
        yield
    except Problem as problem:
        if problem.code not in GUESSES:
            _give_back(wanted)
            raise
        log.warning("wrong_guess", what=what, name=mask_name(name, user), address=address)
        if user is not None:
            audit.record_failure(user, what)
        with _lock:
            _refuse(_book.wait_seconds(wanted, time.monotonic()))
        raise
    except BaseException:  # whatever ends the check, it was no guess
        _give_back(wanted)
        raise
    _give_back(wanted)


def mask_name(name: str, user: User | None) -> str:
    """The name for the log. Of a text that is no account's and does not look like a name only the beginning is shown.

    Somebody may have typed a password into the wrong field.
    """
    if user is not None:
        return user.username
    clean = "".join(char if char.isprintable() else "?" for char in name.strip())
    if len(clean) < SHORTEST_PASSWORD or (len(clean) <= MOST_SHOWN and LIKELY_NAME.fullmatch(clean)):
        return clean
    return f"{clean[:SHOWN_OF_AN_UNKNOWN_NAME]}… ({len(clean)} characters)"


def remember_browser(request: Request, response: Response, user: User) -> None:
    """Mark the browser after a sign-in: guesses of strangers under this name do not block it any more."""
    if _read_browser_mark(request, user) is None:
        response.set_cookie(
            BROWSER_COOKIE,
            _make_signer(user).sign(secrets.token_urlsafe(9)),
            max_age=BROWSER_SECONDS,
            path="/api/v1/",
            httponly=True,
            samesite="Strict",
        )


def _read_browser_mark(request: Request, user: User | None) -> str | None:
    """The mark of a browser from which this account was signed in since its last change of password, else None."""
    mark = request.COOKIES.get(BROWSER_COOKIE)
    if user is None or mark is None or len(mark) > 128:
        return None
    try:
        return str(_make_signer(user).unsign(mark))
    except BadSignature:
        return None


def _make_signer(user: User) -> Signer:
    return Signer(salt=f"{BROWSER_COOKIE}:{user.pk}:{user.get_session_auth_hash()}")


def _give_back(wanted: Sequence[Bucket]) -> None:
    with _lock:
        _book.give_back(wanted, time.monotonic())


def _refuse(wait_seconds: float) -> None:
    if wait_seconds > 0:
        seconds = math.ceil(wait_seconds)
        sentence = f"Too many failed attempts. Wait {seconds} seconds, then try again."
        raise Problem(429, "locked_out", sentence, headers={"Retry-After": str(seconds)})
