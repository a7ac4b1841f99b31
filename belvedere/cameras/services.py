"""Write cameras: `check_` validates, `do_` writes. receivers.py logs what is deleted."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from belvedere.accounts import audit
from belvedere.accounts.models import Site
from belvedere.accounts.secrets import SecretError, encrypt
from belvedere.accounts.services import lock_row
from belvedere.accounts.zones import find_or_make_zone
from belvedere.cameras import selectors
from belvedere.cameras.masks import MASK, UnknownSecretError, is_masked, mask_url, unmask_url
from belvedere.cameras.models import Camera
from belvedere.cameras.source import Source, SourceError, check_addresses, parse_source
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import append
from belvedere.web_api.problems import Problem


def check_source(url: str) -> Source:
    """Parse and validate a camera's URL. Raises 400 with the broken rule as its code.

    Names are not looked up here but by the gateway at every connect, because their addresses change.
    """
    try:
        source = parse_source(url)
        if source.address is not None:
            check_addresses(source, [source.address], settings.ENV.camera_allow, selectors.own_addresses().listening())
    except SourceError as error:
        more = {"character": error.character} if error.character else None
        errors = {"source.url": [str(error)]}
        raise Problem(400, error.reason.value, str(error), errors=errors, more=more) from error
    return source


def lock_camera(camera_id: str) -> Camera:
    """Return the camera's row, locked until the transaction ends. Raises Http404 where it is gone."""
    return lock_row(Camera.objects.all(), camera_id)


def _encrypt(text: str) -> str:
    return encrypt(text) if text else ""


def do_set_source(camera: Camera, sent: dict[str, Any]) -> None:
    """Set url, username and password, where they were sent, without saving the row.

    Credentials in the URL are used where there are no separate fields. When the host changes and no password is sent,
    the old password is dropped; else anyone who may edit a camera could have it sent to a machine of their own.
    """
    if "url" in sent:
        source = check_source(sent["url"])
        moved = not camera.url or not parse_source(camera.url).same_host(source)
        _set_url(camera, source.url, moved=moved)
        if source.username:
            sent = {"username": source.username, "password": source.password} | sent
        if moved and "password" not in sent:
            camera.password_encrypted = ""
    if "username" in sent:
        renamed = sent["username"] != _decrypt_username(camera)
        camera.username_encrypted = _encrypt(sent["username"])
        if renamed and "password" not in sent:
            camera.password_encrypted = ""
    if "password" in sent:
        camera.password_encrypted = _encrypt(sent["password"])


def _set_url(camera: Camera, url: str, *, moved: bool) -> None:
    """Set the masked address, and the encrypted whole one where it holds credentials. Raises 400."""
    if is_masked(url):
        try:
            url = check_source(unmask_url(url, "" if moved else selectors.decrypt_url(camera))).url
        except (UnknownSecretError, SecretError) as error:
            sentence = f"Write the log-in in the address again: {MASK} stands for what is known for this server only."
            raise Problem(400, "masked_credential", sentence, errors={"source.url": [sentence]}) from error
    camera.url = mask_url(url)
    camera.url_encrypted = _encrypt(url if url != camera.url else "")


def _decrypt_username(camera: Camera) -> str | None:
    try:
        return selectors.decrypt_credential(camera.username_encrypted)
    except SecretError:
        return None


def do_create_camera(site: Site, camera_id: str, sent: dict[str, Any]) -> Camera:
    """Create a camera of this site. Raises 409 where the id is taken, here or at another site."""
    camera = Camera(id=camera_id, site=site, name=sent.get("name") or camera_id, enabled=sent.get("enabled", True))
    do_set_source(camera, sent["source"])
    with transaction.atomic():
        camera.zone = find_or_make_zone(site, sent.get("zone"))
        try:
            with transaction.atomic():
                camera.save(force_insert=True)
        except IntegrityError as error:
            raise Problem(409, "camera_id_taken", "Another camera has this id already: choose another.") from error
        audit.record("camera.created", camera.name, site_id=site.pk, id=camera.pk)
        append(ChangeKind.CAMERA, camera.pk, site_id=camera.site_id)
    return camera


@transaction.atomic
def do_update_camera(camera: Camera, sent: dict[str, Any]) -> None:
    """Change name, zone, source and `enabled` of a locked camera, as far as they were sent."""
    camera.name = sent.get("name", camera.name)
    camera.enabled = sent.get("enabled", camera.enabled)
    if "zone" in sent:
        camera.zone = find_or_make_zone(camera.site, sent["zone"])
    do_set_source(camera, sent.get("source", {}))
    camera.version += 1
    fields = ["name", "zone", "url", "url_encrypted", "username_encrypted", "password_encrypted", "enabled", "version"]
    camera.save(update_fields=fields)
    audit.record("camera.changed", camera.name, site_id=camera.site_id, id=camera.pk, fields=sorted(sent))
    append(ChangeKind.CAMERA, camera.pk, site_id=camera.site_id)


def do_delete_camera(camera: Camera) -> None:
    """Delete the camera; the supervisor ends its viewers."""
    audit.record("camera.deleted", camera.name, site_id=camera.site_id, id=camera.pk)
    camera.delete()
