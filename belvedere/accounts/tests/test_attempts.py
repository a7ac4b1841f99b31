"""How often somebody may guess, as arithmetic."""

from __future__ import annotations

import pytest

from belvedere.accounts import attempts
from belvedere.accounts.attempts import ONE_ACCOUNT, ONE_ADDRESS, ONE_NAME, AttemptBook, find_network, list_buckets

HERE, THERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def book() -> AttemptBook:
    return AttemptBook()


def tries_left(book: AttemptBook, wanted: list[attempts.Bucket], now: float = 0.0) -> int:
    count = 0
    while book.take(wanted, now) == 0:
        count += 1
    return count


def test_after_the_tries_of_one_name_there_is_one_more_each_refill(book: AttemptBook) -> None:
    bob = list_buckets("bob", HERE)
    assert tries_left(book, bob) == ONE_NAME.tries == 5
    assert book.take(bob, 0.0) == ONE_NAME.refill_seconds == 30
    assert book.take(bob, 29.0) == pytest.approx(1)
    assert tries_left(book, bob, 30.0) == 1
    assert tries_left(book, bob, 30.0 + 5 * 30) == 5


def test_guesses_from_one_address_do_not_stop_the_person_at_another(book: AttemptBook) -> None:
    tries_left(book, list_buckets("bob", THERE))
    assert tries_left(book, list_buckets("bob", HERE)) == ONE_NAME.tries


def test_one_address_runs_out_of_tries_however_many_names_it_takes(book: AttemptBook) -> None:
    allowed = [name for name in range(100) if book.take(list_buckets(name, THERE), 0.0) == 0]
    assert len(allowed) == ONE_ADDRESS.tries
    assert book.take(list_buckets("bob", HERE), 0.0) == 0


def test_one_account_runs_out_of_tries_however_many_addresses_guess_but_for_one_refill_only(book: AttemptBook) -> None:
    addresses = [f"10.0.{n // 250}.{n % 250}" for n in range(300)]
    allowed = [address for address in addresses if book.take(list_buckets("bob", address), 0.0) == 0]
    assert len(allowed) == ONE_ACCOUNT.tries
    assert book.take(list_buckets("bob", HERE), 0.0) == ONE_ACCOUNT.refill_seconds
    assert book.take(list_buckets("bob", HERE), ONE_ACCOUNT.refill_seconds) == 0


def test_a_known_browser_has_tries_of_its_own(book: AttemptBook) -> None:
    for name in range(100):
        book.take(list_buckets(name, HERE), 0.0)
    for n in range(300):
        book.take(list_buckets("bob", f"10.0.{n // 250}.{n % 250}"), 0.0)
    assert tries_left(book, list_buckets("bob", HERE, "mark")) == ONE_NAME.tries


def test_tries_that_were_no_guesses_cost_nothing(book: AttemptBook) -> None:
    bob = list_buckets("bob", HERE)
    for _ in range(200):
        assert book.take(bob, 0.0) == 0
        book.give_back(bob, 0.0)
    assert book._full_at == {}


def test_a_right_password_forgives_the_name_and_not_the_address(book: AttemptBook) -> None:
    bob = list_buckets("bob", HERE)
    for _ in range(4):
        book.take(bob, 0.0)
    book.take(bob, 0.0)
    book.give_back(bob, 0.0)
    assert tries_left(book, bob) == 5
    assert tries_left(book, list_buckets("charlie", HERE)) == 5
    assert tries_left(book, list_buckets("dave", HERE)) == 5
    assert tries_left(book, list_buckets("eve", HERE)) == 20 - 4 - 15


def test_what_is_refused_uses_nothing_up(book: AttemptBook) -> None:
    bob = list_buckets("bob", HERE)
    tries_left(book, bob)
    for _ in range(100):
        book.take(bob, 0.0)
    assert book.take(bob, 30.0) == 0


def test_a_code_is_no_account_whose_tries_strangers_could_use_up(book: AttemptBook) -> None:
    for n in range(300):
        book.take(list_buckets("setup", f"10.0.{n // 250}.{n % 250}", named=False), 0.0)
    assert book.take(list_buckets("setup", HERE, named=False), 0.0) == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_an_address_stands_for_all_that_one_customer_has(address: str, network: str) -> None:
    assert find_network(address) == network


def test_many_addresses_cannot_fill_the_memory(book: AttemptBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MAX_BUCKETS", 10)
    for n in range(300):
        book.take(list_buckets(n, f"10.0.{n // 250}.{n % 250}"), 0.0)
    assert len(book._full_at) == 10
