"""Structured logs: one event a line, never a secret."""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from collections.abc import MutableMapping
from typing import Any

import structlog

ROLE = "BELVEDERE_ROLE"  # of a process that `belvedere up --profile cluster` has started
SECRET_KEYS = re.compile(r"(?i)(password|secret|token|authorization|cookie|digest|encryption)")
URL_PASSWORD = re.compile(r"(?<=://)[^\s\"'<>]+@")  # to the last @: a password that was not quoted may hold one, or a /


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: values under secret names, and what stands before the @ of a URL, become ***."""
    for key, value in event.items():
        if SECRET_KEYS.search(key):
            event[key] = "***"
        elif isinstance(value, str) and "://" in value:
            event[key] = URL_PASSWORD.sub("***@", value)
    return event


def _drop_traceback(record: logging.LogRecord) -> bool:
    """For what scanners cause: the sentence says all."""
    record.exc_info = None
    return True


def _add_role(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Several processes of one cluster may write to one log."""
    role = os.environ.get(ROLE)
    if role is not None:
        event.setdefault("role", role)
    return event


def set_up(level: str, form: str) -> None:
    """Log to standard error: JSON, or text for people on a terminal. Python's own loggers go the same way."""
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        _add_role,
        hide_secrets,
    ]
    # Its own way with exceptions would print local variables, and passwords among them.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    render = console if text else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("uvicorn.access", "asyncio", "aioice", "websockets"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns of each request that is none: strangers could fill the disk.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    logging.getLogger("django.security.DisallowedHost").addFilter(_drop_traceback)
    # A 401 or 404 is an answer, not an event.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    # WhiteNoise's files are small and read in a thread; Django warns of every one.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
