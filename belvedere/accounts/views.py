"""The base of the REST views that people and programs of a site call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request

from belvedere.accounts.attempts import find_network
from belvedere.accounts.audit import Actor, actor, find_actor, find_address
from belvedere.accounts.hashing import asker
from belvedere.accounts.models import Site, User
from belvedere.accounts.permissions import Need, get_person
from belvedere.web_api.rest import ApiView


class SiteView(ApiView):
    """A view under `SiteRolePermission` (read its module), with the site that was checked."""

    required_roles: ClassVar[Mapping[str, Need]]
    site: Site | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Note who asks: for the queue of those who want a password hashed, and for the audit log."""
        asker.set(find_network(find_address(request)))
        actor.set(Actor(address=find_address(request)))
        super().initial(request, *args, **kwargs)
        actor.set(find_actor(request))

    @property
    def checked_site(self) -> Site:
        """The site of this request, for handlers that cannot be without one."""
        assert self.site is not None
        return self.site

    @property
    def person(self) -> User:
        """Who is signed in, for handlers that nobody else can reach."""
        return get_person(self.request)
