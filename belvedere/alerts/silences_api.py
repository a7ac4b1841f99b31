"""Silences over REST."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.accounts.models import Role, Site, Zone
from belvedere.accounts.selectors import list_sites
from belvedere.accounts.views import SiteView
from belvedere.alerts import silences
from belvedere.alerts import silences_shapes as shapes
from belvedere.alerts.models import Silence
from belvedere.cameras.models import Camera
from belvedere.devices.models import Device, Series
from belvedere.domain.times import now_ms
from belvedere.rules.models import Rule
from belvedere.web_api.rest import checked

MAX_LISTED = 500
SITE = OpenApiParameter("site", str, description="Slug of the site; without it, of all sites one is a member of.")
STATE = OpenApiParameter("state", str, enum=["current", "all"], description="current (default): not over yet.")
NAMED: dict[str, Any] = {"rule": Rule, "series": Series, "device": Device, "zone": Zone}


class SilencesView(SiteView):
    """The silences of a site."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "POST": Role.OPERATOR}

    @extend_schema(
        operation_id="silences_list", parameters=[SITE, STATE], responses=shapes.SilenceSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """Those that hold or are to come, soonest end first; with `all` the newest 500, also those that are over."""
        state = request.query_params.get("state", "current")
        if state not in ("current", "all"):
            raise ValidationError({"state": ["Choose one of current, all."]})
        sites = [self.site] if self.site else list_sites(self.person)
        found = silences.silences_of(sites, now_ms() if state == "current" else None)
        return Response(shapes.SilenceSerializer(found[:MAX_LISTED], many=True).data)

    @extend_schema(
        operation_id="silences_create", request=shapes.NewSilenceSerializer, responses={201: shapes.SilenceSerializer}
    )
    def post(self, request: Request) -> Response:
        """Alerts go on being made and logged; whoever it covers is marked, until it ends by itself."""
        now = now_ms()
        sent = checked(shapes.NewSilenceSerializer(data=request.data))
        fields = {name: _find(model, self.checked_site, name, sent[name]) for name, model in NAMED.items()}
        camera = _find(Camera, self.checked_site, "camera", sent["camera"] or None)
        fields |= {"camera": camera.pk if camera else "", "reason": sent["reason"], "to_ms": sent["to_ms"]}
        fields["from_ms"] = now if sent["from_ms"] is None else sent["from_ms"]
        silence = silences.do_silence(self.checked_site, self.person, fields, now)
        return Response(shapes.SilenceSerializer(silence).data, status=201)


class SilenceView(SiteView):
    """One silence."""

    required_roles: ClassVar = {"GET": Role.VIEWER, "DELETE": Role.OPERATOR}

    def site_of(self, _request: Request, silence_id: int) -> Site:
        """The silence's own."""
        return get_object_or_404(Silence.objects.select_related("site"), pk=silence_id).site

    @extend_schema(operation_id="silences_get", responses=shapes.SilenceSerializer)
    def get(self, _request: Request, silence_id: int) -> Response:
        """As it is now."""
        return Response(shapes.SilenceSerializer(get_object_or_404(Silence, pk=silence_id)).data)

    @extend_schema(operation_id="silences_end", request=None, responses=shapes.SilenceSerializer)
    def delete(self, _request: Request, silence_id: int) -> Response:
        """End it now: it stays in the list, with who ended it."""
        silence = silences.do_end(get_object_or_404(Silence, pk=silence_id), self.person, now_ms())
        return Response(shapes.SilenceSerializer(silence).data)


def _find(model: Any, site: Site, name: str, key: Any) -> Any:
    """The thing of this key, at this site. Raises 400."""
    if key is None:
        return None
    found = model.objects.filter(site=site, pk=key).first()
    if found is None:
        raise ValidationError({name: [f"This site has no such {name}."]})
    return found
