"""Security headers of every answer: content security policy, framing, referrer, HSTS."""

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
# It applies to all ports of the host name, other programs included. A month, so that turning TLS off locks nobody out
# for a year.
STRICT_TRANSPORT_SECURITY = ("strict-transport-security", "max-age=2592000")


def build_policy_headers(tls: bool) -> tuple[tuple[str, str], ...]:
    """Name and value of each header. tls: this server terminates TLS itself."""
    return (*POLICY, STRICT_TRANSPORT_SECURITY) if tls else POLICY
