"""What browsers are told with every answer: which scripts may run, who may frame the page, what leaves with a link."""

from __future__ import annotations

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        # Mantine writes its theme into a style element at run time.
        "style-src 'self' 'unsafe-inline'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
POLICY = (
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
)
# All ports of a host name share this, other programs' too: a month, so that giving TLS up shuts nobody out for a year.
STRICT_TRANSPORT_SECURITY = ("strict-transport-security", "max-age=2592000")


def policy_headers(tls: bool) -> tuple[tuple[str, str], ...]:
    """Name and value of each header. tls: this server has the certificate itself."""
    return (*POLICY, STRICT_TRANSPORT_SECURITY) if tls else POLICY
