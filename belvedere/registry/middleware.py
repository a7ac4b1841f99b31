"""Of several web processes, each answers by what all have committed: a page reads what it has just written."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from belvedere.registry.log import follower


def keep_up_with_others(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Before each view: what is kept in memory of the registry is as new as the registry."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        follower().keep_up()
        return get_response(request)

    return respond
