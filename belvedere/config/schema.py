"""The OpenAPI schema at /api/schema and its pages at /api/docs, without a byte from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import drf_spectacular_sidecar
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.encoding import force_bytes
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from belvedere.accounts.permissions import Access

ASSETS = Path(drf_spectacular_sidecar.__file__).parent / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
ASSET_TYPES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui-standalone-preset.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
METHODS = {"get", "post", "patch", "put", "delete"}

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "An error (RFC 9457). `code` is stable; `errors` maps a field to what is wrong with it.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
    "required": ["type", "title", "status", "detail", "code"],
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # their registry is untyped
    """How programs sign in."""

    target_class = "belvedere.accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002  (the signature is theirs)
        """A token of POST /api/v1/tokens."""
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # their registry is untyped
    """How browsers sign in."""

    target_class = "belvedere.accounts.authentication.CsrfSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002  (the signature is theirs)
        """The cookie of POST /api/v1/session; writing needs the X-CSRFToken header too."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def problems_everywhere(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Postprocessing hook: every operation may answer a problem."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    answer = {
        "description": "An error.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in result["paths"].values():
        for method in METHODS & path.keys():
            path[method]["responses"].setdefault("default", answer)
    return result


class SchemaView(SpectacularAPIView):
    """The schema; public, like the source it is made from."""

    required_roles: ClassVar = {"GET": Access.ANYONE}
    authentication_classes = []  # noqa: RUF012  (declared by the base)
    permission_classes = [AllowAny]  # noqa: RUF012  (declared by the base)

    _rendered: ClassVar[dict[str, bytes]] = {}

    @extend_schema(exclude=True)
    def get(self, request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Made once for a process, because anyone may ask, and making it costs half a second."""
        renderer = request.accepted_renderer
        name = str(renderer.media_type)
        if name not in self._rendered:
            document = self.generator_class().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # theirs is untyped
            self._rendered[name] = force_bytes(renderer.render(document, name))
        filename = f"belvedere.{renderer.format}"
        headers = {"Content-Disposition": f'inline; filename="{filename}"'}
        return HttpResponse(self._rendered[name], content_type=name, headers=headers)


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI; its script is a second answer of the same address, since the CSP lets no inline script run."""

    required_roles: ClassVar = {"GET": Access.ANYONE}
    authentication_classes = []  # noqa: RUF012  (declared by the base)
    permission_classes = [AllowAny]  # noqa: RUF012  (declared by the base)
    url_name = "schema"


@require_safe
@cache_control(max_age=86_400)
def docs_asset(_request: HttpRequest, name: str) -> HttpResponseBase:
    """One of Swagger UI's own files."""
    if name not in ASSET_TYPES:
        raise Http404
    return FileResponse((ASSETS / name).open("rb"), content_type=ASSET_TYPES[name])
