"""Reading accounts: which sites a person sees, and as what."""

from __future__ import annotations

from django.db.models import QuerySet

from belvedere.accounts.models import Membership, Role, Site, Token, User, Zone


def sites_for(user: User) -> QuerySet[Site]:
    """The sites this person is a member of, by name."""
    return Site.objects.filter(memberships__user=user).order_by("name", "id")


def role_of(user: User, site: Site) -> Role | None:
    """This person's role at the site; None for somebody else's site."""
    role = Membership.objects.filter(user=user, site=site).values_list("role", flat=True).first()
    return Role(role) if role else None


def operates(user: User) -> bool:
    """Whether this person operates or owns a site, whichever."""
    return Membership.objects.filter(user=user, role__in=(Role.OPERATOR, Role.OWNER)).exists()


def memberships_of(user: User) -> QuerySet[Membership]:
    """Site and role, for `me`."""
    return Membership.objects.filter(user=user).select_related("site").order_by("site__name", "site_id")


def members_of(site: Site) -> QuerySet[Membership]:
    """Everybody at a site, in the order they joined."""
    return Membership.objects.filter(site=site).select_related("user").order_by("id")


def zones_of(site: Site) -> QuerySet[Zone]:
    """The zones of a site in the owner's order."""
    return Zone.objects.filter(site=site)


def tokens_of(user: User) -> QuerySet[Token]:
    """The person's tokens; the secrets themselves are not kept."""
    return Token.objects.filter(user=user).order_by("-id")


def setup_needed() -> bool:
    """Whether nobody has set this installation up yet."""
    return not User.objects.exists()
