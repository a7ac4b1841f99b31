"""Permissions of all REST views, decided in one place.

A view says `required_roles = {"GET": Role.VIEWER, "POST": Role.OPERATOR}` for each method it has. For a
role, the site is found before the handler runs, and given to it as `self.site`:

1. `site_of(request, **kwargs)` of the view, where it has one (an object's own site; it may raise Http404);
2. the `slug` of a route like `sites/<slug>/...`;
3. `?site=` of a GET; `"site"` in the body of everything else.

A GET without any of these is a list over all sites: its view filters by `selectors.list_sites(user)`, and
`self.site` is None. Someone of another site gets 404, as if there were nothing; a member whose role is too
low gets 403; a stranger 401. Instead of a role: `Access.SIGNED_IN` or `Access.ANYONE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import Http404
from rest_framework.exceptions import MethodNotAllowed, PermissionDenied, ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from belvedere.accounts import selectors
from belvedere.accounts.models import RANK, Role, Site, User


class Access(Enum):
    """What a route asks for when it belongs to no site."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"


Need = Role | Access


def get_person(request: Request) -> User:
    """The user behind a request that has passed the permission."""
    assert isinstance(request.user, User)
    return request.user


def _find_named_site(user: User, slug: object) -> Site:
    site = selectors.list_sites(user).filter(slug=slug).first() if isinstance(slug, str) else None
    if site is None:
        raise Http404
    return site


def _find_site(request: Request, view: Any) -> Site | None:
    """The site that a request is about; raises Http404 where it does not exist or is foreign."""
    if hasattr(view, "site_of"):
        site: Site = view.site_of(request, **view.kwargs)
        return site
    user = get_person(request)
    if "slug" in view.kwargs:
        return _find_named_site(user, view.kwargs["slug"])
    if request.method in SAFE_METHODS:
        slug = request.query_params.get("site")
        return _find_named_site(user, slug) if slug is not None else None
    slug = request.data.get("site") if isinstance(request.data, Mapping) else None
    if slug is None:
        raise ValidationError({"site": ["Say which site: its slug."]})
    return _find_named_site(user, slug)


def check_role(user: User, site: Site, needed: Role) -> None:
    """Raise Http404 for someone of another site, PermissionDenied where the role is too low."""
    role = selectors.get_role(user, site)
    if role is None:
        raise Http404
    if RANK[role] < RANK[needed]:
        raise PermissionDenied(f"This needs the role {needed.value}; yours at {site.slug} is {role.value}.")


class SiteRolePermission(BasePermission):
    """See the module's docstring. A view without `required_roles` is an error."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Decide by the view's `required_roles`, and set its `site`."""
        roles: Mapping[str, Need] | None = getattr(view, "required_roles", None)
        if roles is None:
            raise ImproperlyConfigured(f"{type(view).__name__} has no required_roles")
        method = "GET" if request.method in ("HEAD", "OPTIONS") else str(request.method)
        if method not in roles:
            raise MethodNotAllowed(method)
        needed = roles[method]
        if needed is Access.ANYONE:
            return True
        if not isinstance(request.user, User):
            return False
        if isinstance(needed, Role):
            view.site = _find_site(request, view)
            if view.site is not None:
                check_role(request.user, view.site, needed)
        return True

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        """Decide by the object's site, for views that use `get_object()`."""
        needed = view.required_roles["GET" if request.method in ("HEAD", "OPTIONS") else request.method]
        if isinstance(needed, Role):
            check_role(get_person(request), obj if isinstance(obj, Site) else obj.site, needed)
        return True
