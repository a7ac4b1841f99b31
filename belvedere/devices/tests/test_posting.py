from __future__ import annotations

from itertools import accumulate

from belvedere.devices.posting import AT_LEAST_SECONDS, Posting


def after(*intervals: float, known: float = 0.0) -> tuple[Posting, float]:
    """A device that posted with these intervals between, and the moment of its last post."""
    moments = list(accumulate(intervals, initial=1_000.0))
    posting = Posting(moments[0], known)
    for moment in moments[1:]:
        posting.note_post(moment)
    return posting, moments[-1]


def online_for(posting: Posting, last: float) -> float:
    return max(seconds for seconds in range(0, 200_000, 50) if posting.is_due(last + seconds))


def test_a_device_that_posts_is_online_for_two_and_a_half_of_its_intervals() -> None:
    assert online_for(*after(600, 600)) == 1500
    assert online_for(*after(590)) == 1450


def test_a_device_of_no_known_or_of_a_short_interval_has_five_minutes() -> None:
    assert online_for(*after()) == AT_LEAST_SECONDS
    assert online_for(*after(5, 5, 5)) == AT_LEAST_SECONDS
    assert online_for(*after(90, 90, 90)) == AT_LEAST_SECONDS


def test_several_bodies_of_one_waking_up_are_one_post() -> None:
    assert online_for(*after(2, 3, 600, 2, 3, 600, 2, 3)) == 1500


def test_an_outage_is_no_interval_and_a_new_rhythm_is_followed() -> None:
    assert online_for(*after(600, 600, 600, 60_000)) == 1500
    assert online_for(*after(600, 600, 600, 3600, 3600, 3600)) == 9000
    assert online_for(*after(3600, 3600, 3600, 600, 600, 600)) == 1500


def test_the_interval_of_before_a_restart_holds_until_there_is_a_new_one() -> None:
    assert online_for(*after(known=600)) == 1500
