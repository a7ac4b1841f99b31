"""Queries of accounts: a person's sites and roles, and the members of a site."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from belvedere.accounts.models import Membership, Role, Site, Token, User, Zone


def list_sites(user: User) -> QuerySet[Site]:
    """The sites this person is a member of, by name."""
    return Site.objects.filter(memberships__user=user).order_by("name", "id")


def get_role(user: User, site: Site) -> Role | None:
    """This person's role at the site; None for someone who is no member."""
    role = Membership.objects.filter(user=user, site=site).values_list("role", flat=True).first()
    return Role(role) if role else None


def operates(user: User) -> bool:
    """Whether this person operates or owns any site."""
    return Membership.objects.filter(user=user, role__in=(Role.OPERATOR, Role.OWNER)).exists()


def list_memberships(user: User) -> QuerySet[Membership]:
    """Site and role, for `me`."""
    return Membership.objects.filter(user=user).select_related("site").order_by("site__name", "site_id")


def list_members(site: Site) -> QuerySet[Membership]:
    """The members of a site, in the order they joined."""
    return Membership.objects.filter(site=site).select_related("user").order_by("id")


def list_zones(site: Site) -> QuerySet[Zone]:
    """The zones of a site in the owner's order."""
    return Zone.objects.filter(site=site)


def list_counted_zones(site: Site) -> QuerySet[Zone]:
    """The same, with `device_count` and `camera_count`."""
    return (
        list_zones(site)
        .annotate(device_count=Count("devices", distinct=True), camera_count=Count("cameras", distinct=True))
        .order_by("position", "id")
    )


def list_tokens(user: User) -> QuerySet[Token]:
    """The person's tokens, newest first; their secrets are not stored."""
    return Token.objects.filter(user=user).order_by("-id")


def needs_setup() -> bool:
    """Whether this installation has no account yet."""
    return not User.objects.exists()
