"""Zones of a site: made, changed, put in order, deleted."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from belvedere.accounts import audit
from belvedere.accounts.models import Site, Zone
from belvedere.accounts.services import log_site
from belvedere.web_api.problems import Problem


def _raise_version(site_id: int) -> None:
    """Raise the site's version, since its representation shows the zones."""
    Site.objects.filter(pk=site_id).update(version=F("version") + 1)


def make_zone(site: Site, name: str, note: str = "", position: int | None = None) -> Zone:
    """An unsaved zone, after the last one unless `position` is given."""
    if position is None:
        last = Zone.objects.filter(site=site).aggregate(last=Max("position"))["last"]
        position = 0 if last is None else min(last + 1, Zone.LAST_POSITION)
    return Zone(site=site, name=name, note=note, position=position)


def find_or_make_zone(site: Site, name: str | None) -> Zone | None:
    """The zone of this name, made where the site has none; None without a name."""
    if not name:
        return None
    return Zone.objects.filter(site=site, name=name).first() or do_save_zone(make_zone(site, name))


@transaction.atomic
def do_edit_zone(zone: Zone) -> Zone:
    """Save a zone for its own sake, and log it."""
    do_save_zone(zone)
    log_site(zone.site_id)
    return zone


def do_save_zone(zone: Zone) -> Zone:
    """Save the zone, which whoever makes it for a device or a camera logs. Raises 409 where its name is taken."""
    try:
        with transaction.atomic():
            _raise_version(zone.site_id)  # first, since it locks the site
            verb = "zone.created" if zone.pk is None else "zone.changed"
            zone.save()
            audit.record(verb, zone.name, site_id=zone.site_id)
    except IntegrityError as error:
        raise Problem(409, "zone_exists", "This site has a zone of that name already.") from error
    return zone


def check_zone_order(site: Site, order: list[int]) -> None:
    """Raise 409 unless these are the zones of a locked site, each once: another person added or deleted one."""
    known = set(Zone.objects.filter(site=site).values_list("pk", flat=True))
    if len(order) != len(known) or set(order) != known:
        raise Problem(409, "zones_changed", "The zones were changed meanwhile: load them again.")


@transaction.atomic
def do_order_zones(site: Site, order: list[int]) -> None:
    """Put the zones of a locked site into this order, which was checked."""
    _raise_version(site.pk)
    for position, pk in enumerate(order):
        Zone.objects.filter(pk=pk).update(position=position)
    audit.record("zone.ordered", site_id=site.pk)
    log_site(site.pk)


@transaction.atomic
def do_delete_zone(zone: Zone, heir: Zone | None = None) -> None:
    """Delete the zone. Its devices and cameras go to the heir; without one they stay, in no zone."""
    _raise_version(zone.site_id)
    if heir is not None:
        for relation in Zone._meta.related_objects:  # of later apps, which this one does not know
            relation.related_model._default_manager.filter(zone=zone).update(zone=heir)
    audit.record("zone.deleted", zone.name, site_id=zone.site_id)
    zone.delete()
    log_site(zone.site_id)
