"""Who gets a place, and who gets it back."""

from __future__ import annotations

import ipaddress

import pytest

from belvedere.config.http import hosts as hosts_module
from belvedere.config.http.hosts import Hosts

PROXY = ipaddress.ip_network("10.1.0.0/16")


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Hosts:
    """Three connections a host, descriptors from 100 on reserved."""
    monkeypatch.setattr(hosts_module, "MAX_CONNECTIONS_PER_HOST", 3)
    return Hosts([PROXY], 100)


def take_places(hosts: Hosts, *addresses: str) -> list[bool]:
    return [hosts.enter(address, 7) is not None for address in addresses]


def test_a_host_has_so_many_connections_and_others_are_not_touched(hosts: Hosts) -> None:
    assert take_places(hosts, *["203.0.113.5"] * 4, "203.0.113.6") == [True, True, True, False, True]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3"])
def test_this_machine_and_trusted_proxies_speak_for_many(hosts: Hosts, address: str) -> None:
    assert all(take_places(hosts, *[address] * 20))


def test_an_ipv6_host_cannot_get_more_by_other_addresses_of_its_network(hosts: Hosts) -> None:
    assert take_places(hosts, *(f"2001:db8::{number}" for number in range(4)), "2001:db8:0:1::1") == [
        *[True] * 3,
        False,
        True,
    ]


def test_an_ipv4_host_is_the_same_on_a_socket_for_both(hosts: Hosts) -> None:
    assert take_places(hosts, "203.0.113.5", "::ffff:203.0.113.5", "203.0.113.5", "203.0.113.5")[3] is False


def test_a_place_is_given_back_once(hosts: Hosts) -> None:
    places = [hosts.enter("203.0.113.5", 7) for _ in range(3)]
    assert places[0] is not None
    places[0].leave()
    places[0].leave()
    assert hosts.connections() == 2
    assert take_places(hosts, "203.0.113.5", "203.0.113.5") == [True, False]


def test_the_last_descriptors_are_nobodys_connections(hosts: Hosts) -> None:
    assert hosts.enter("127.0.0.1", 99) is not None
    assert hosts.enter("127.0.0.1", 100) is None


def test_what_was_answered_is_held_no_more(hosts: Hosts) -> None:
    place, other = hosts.enter("203.0.113.5", 7), hosts.enter("203.0.113.5", 8)
    assert place is not None
    assert other is not None
    place.count(hosts_module.MAX_HELD_BYTES_PER_HOST)
    other.count(hosts_module.FAIR_BYTES)
    assert (place.takes_too_much, other.takes_too_much) == (True, False)
    other.count(1)
    assert other.takes_too_much
    place.release()
    assert not other.takes_too_much
    other.leave()
    assert place.host.held_bytes == 0
