"""SUBSCRIBE and UNSUBSCRIBE, for the device's own topics only (3.8 to 3.11)."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.pipeline.ingest.mqtt.packets import Filter, ProtocolError, ReasonCode, Subscribe, Unsubscribe
from belvedere.pipeline.ingest.mqtt.session import Session, Subscription
from belvedere.pipeline.ingest.mqtt.topics import SHARED, STATUS, OwnTopics, is_valid_filter, matches

_RETAIN_NEVER, _RETAIN_IF_NEW = 2, 1


class Granted(NamedTuple):
    """reasons: one a filter, for the SUBACK. retained: subscriptions that get the retained status after it."""

    reasons: list[int]
    retained: list[Subscription]


def subscribe(packet: Subscribe, topics: OwnTopics, session: Session, most: int) -> Granted:
    """Add what is granted to the session, which has at most `most` subscriptions. Raises ProtocolError."""
    if packet.identifier:
        raise ProtocolError("No subscription identifiers.", ReasonCode.SUBSCRIPTION_IDS_NOT_SUPPORTED)
    granted = Granted([], [])
    for wanted in packet.filters:
        suffix = topics.strip_prefix(wanted.text)
        refused = _find_refusal(wanted, suffix, session, most)
        if refused is not None or suffix is None:
            granted.reasons.append(refused or ReasonCode.NOT_AUTHORIZED)
            continue
        subscription = Subscription(min(wanted.qos, 1), wanted.no_local, wanted.retain_as_published)
        is_new = suffix not in session.subscriptions
        session.subscriptions[suffix] = subscription
        granted.reasons.append(subscription.qos)
        if matches(suffix, STATUS) and _wants_retained(wanted, is_new):
            granted.retained.append(subscription)
    return granted


def unsubscribe(packet: Unsubscribe, topics: OwnTopics, session: Session) -> list[int]:
    """Remove them from the session; gives one reason a filter, for the UNSUBACK."""
    reasons: list[int] = []
    for text in packet.filters:
        suffix = topics.strip_prefix(text)
        existed = suffix is not None and session.subscriptions.pop(suffix, None) is not None
        reasons.append(ReasonCode.SUCCESS if existed else ReasonCode.NO_SUBSCRIPTION_EXISTED)
    return reasons


def _find_refusal(wanted: Filter, suffix: str | None, session: Session, most: int) -> ReasonCode | None:
    if wanted.text.startswith(SHARED):
        return ReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED
    if not is_valid_filter(wanted.text):
        return ReasonCode.TOPIC_FILTER_INVALID
    if suffix is None:
        return ReasonCode.NOT_AUTHORIZED
    if suffix not in session.subscriptions and len(session.subscriptions) >= most:
        return ReasonCode.QUOTA_EXCEEDED
    return None


def _wants_retained(wanted: Filter, is_new: bool) -> bool:
    return wanted.retain_handling != _RETAIN_NEVER and (is_new or wanted.retain_handling != _RETAIN_IF_NEW)
