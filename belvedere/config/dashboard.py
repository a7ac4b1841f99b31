"""The built dashboard: one page for every address that is no API; its files come from WhiteNoise."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Belvedere</title>
<p>The dashboard is not built. Run <code>make setup</code>, or <code>npm run build</code> in <code>web/</code>.</p>
<p>Bảng điều khiển chưa được dựng. Chạy <code>make setup</code>.</p></html>"""


@require_safe
@never_cache
@ensure_csrf_cookie
def page(_request: HttpRequest) -> HttpResponse:
    """The single page; its router shows what the address says."""
    index = Path(settings.DASHBOARD) / "index.html"
    try:
        return HttpResponse(index.read_bytes(), content_type="text/html; charset=utf-8")
    except FileNotFoundError:
        return HttpResponse(NOT_BUILT, status=503, content_type="text/html; charset=utf-8")
