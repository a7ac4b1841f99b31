"""Write cameras: `check_` validates, `do_` writes. receivers.py logs what is deleted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from belvedere.accounts import audit
from belvedere.accounts.models import Membership, Role, Site
from belvedere.accounts.secrets import SecretError, encrypt
from belvedere.accounts.services import lock_row
from belvedere.accounts.zones import find_or_make_zone
from belvedere.cameras import selectors
from belvedere.cameras.masks import MASK, UnknownSecretError, is_masked, mask_url, unmask_url
from belvedere.cameras.models import Camera, CameraSelection, CameraWay
from belvedere.cameras.publishers import PREFIX
from belvedere.cameras.source import Source, SourceError, check_addresses, parse_source
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import append
from belvedere.web_api.problems import Problem

URL, SUB_URL = "source.url", "source.sub_url"
PUBLISHER_ID = f"The id of a camera that publishes begins with {PREFIX}."
WAY_IS_FIXED = "A camera that publishes cannot become one that is pulled, nor the other way round: add another one."
PUBLISHES = "A camera that publishes has no address and no log-in here."
OTHER_SERVER = "The sub stream must be on the same server as the main one, with the same scheme and port."


def check_source(url: str, field: str = URL) -> Source:
    """Parse and validate a camera's URL. Raises 400 with the broken rule as its code. field: where the URL was sent.

    Names are not looked up here but by the gateway at every connect, because their addresses change.
    """
    try:
        source = parse_source(url)
        if source.address is not None:
            check_addresses(source, [source.address], settings.ENV.camera_allow, selectors.own_addresses().listening())
    except SourceError as error:
        more = {"character": error.character} if error.character else None
        raise Problem(400, error.reason.value, str(error), errors={field: [str(error)]}, more=more) from error
    return source


def lock_camera(camera_id: str) -> Camera:
    """Return the camera's row, locked until the transaction ends. Raises Http404 where it is gone."""
    return lock_row(Camera.objects.all(), camera_id)


def _encrypt(text: str) -> str:
    return encrypt(text) if text else ""


def do_set_source(camera: Camera, sent: dict[str, Any]) -> None:
    """Set url, sub_url, username and password, where they were sent, without saving the row.

    Credentials in the URL are used where there are no separate fields. When the host changes and no password is sent,
    the old password is dropped; else anyone who may edit a camera could have it sent to a machine of their own. The
    sub stream is of the same server for the same reason. Raises 400.
    """
    _set_way(camera, sent)
    if "url" in sent:
        source = check_source(sent["url"])
        moved = not camera.url or not parse_source(camera.url).same_host(source)
        known = "" if moved else _read_stored(selectors.decrypt_url, camera)
        camera.url, camera.url_encrypted = _hide_secrets(source.url, URL, known)
        if moved:
            camera.sub_url = camera.sub_url_encrypted = ""
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
    if "sub_url" in sent:
        _set_sub_url(camera, sent["sub_url"].strip())
    camera.make_sub = sent.get("make_sub", camera.make_sub)


def _set_way(camera: Camera, sent: dict[str, Any]) -> None:
    """Set who connects to whom. One that publishes stays so and has no address; another one never does."""
    way = sent.get("way", camera.way)
    is_new = not camera.created_at
    if is_new and way == CameraWay.PUSH and not camera.pk.startswith(PREFIX):
        raise Problem(400, "publisher_id", PUBLISHER_ID, errors={"id": [PUBLISHER_ID]})
    if not is_new and (way == CameraWay.PUSH) != (camera.way == CameraWay.PUSH):
        raise Problem(400, "way_is_fixed", WAY_IS_FIXED, errors={"source.way": [WAY_IS_FIXED]})
    if way == CameraWay.PUSH and sent.keys() & {"url", "sub_url", "username", "password"}:
        raise Problem(400, "publishes", PUBLISHES, errors={URL: [PUBLISHES]})
    camera.way = way


def _set_sub_url(camera: Camera, url: str) -> None:
    """Set the address of the sub stream, "" for none. Raises 400."""
    if not url:
        camera.sub_url = camera.sub_url_encrypted = ""
        return
    source = check_source(url, SUB_URL)
    if not source.same_host(parse_source(camera.url)):
        raise Problem(400, "other_server", OTHER_SERVER, errors={SUB_URL: [OTHER_SERVER]})
    # One that was made from the main address has that one's masks.
    known = _read_stored(selectors.decrypt_sub_url, camera), _read_stored(selectors.decrypt_url, camera)
    camera.sub_url, camera.sub_url_encrypted = _hide_secrets(source.url, SUB_URL, *known)


def _hide_secrets(url: str, field: str, *known: str) -> tuple[str, str]:
    """Return the masked address, and the encrypted whole one where it holds credentials, else "". Raises 400.

    known: whole addresses of the same server, from which masks are filled in; the first that can.
    """
    if is_masked(url):
        url = check_source(_unmask(url, field, known), field).url
    shown = mask_url(url)
    return shown, _encrypt(url if url != shown else "")


def _unmask(url: str, field: str, known: Sequence[str]) -> str:
    for stored in known:
        with contextlib.suppress(UnknownSecretError):
            return unmask_url(url, stored)
    sentence = f"Write the log-in in the address again: {MASK} stands for what is known for this server only."
    raise Problem(400, "masked_credential", sentence, errors={field: [sentence]})


def _read_stored(decrypted: Callable[[Camera], str], camera: Camera) -> str:
    """Return what this selector decrypts, "" where it cannot be read."""
    with contextlib.suppress(SecretError):
        return decrypted(camera)
    return ""


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
    urls = ["url", "url_encrypted", "sub_url", "sub_url_encrypted", "make_sub"]
    fields = ["name", "zone", *urls, "username_encrypted", "password_encrypted", "way", "enabled", "version"]
    camera.save(update_fields=fields)
    audit.record("camera.changed", camera.name, site_id=camera.site_id, id=camera.pk, fields=sorted(sent))
    append(ChangeKind.CAMERA, camera.pk, site_id=camera.site_id)


def do_delete_camera(camera: Camera) -> None:
    """Delete the camera; the supervisor ends its viewers."""
    audit.record("camera.deleted", camera.name, site_id=camera.site_id, id=camera.pk)
    camera.delete()


ONLY_VIEWERS = "Operators and owners see every camera of their site: this is for viewers."


@transaction.atomic
def do_select_cameras(membership: Membership, camera_ids: Sequence[str] | None) -> None:
    """Let a viewer see these cameras of the site only, or all of them. Raises 409 for other roles, 400.

    What they watch beyond that ends within 5 s.
    """
    if membership.role != Role.VIEWER:
        raise Problem(409, "not_a_viewer", ONLY_VIEWERS)
    CameraSelection.objects.filter(membership=membership).delete()
    if camera_ids is not None:
        cameras = Camera.objects.filter(site=membership.site, pk__in=camera_ids)
        if len(cameras) < len({*camera_ids}):
            sentence = "Name cameras of this site."
            raise Problem(400, "unknown_camera", sentence, errors={"cameras": [sentence]})
        CameraSelection.objects.create(membership=membership).cameras.set(cameras)
    chosen = sorted(camera_ids) if camera_ids is not None else None
    audit.record("member.cameras_selected", membership.user.username, site_id=membership.site_id, cameras=chosen)
    append(ChangeKind.PERSON, membership.user_id, site_id=membership.site_id)
