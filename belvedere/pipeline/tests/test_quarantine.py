"""Refused bodies over REST: sent through again or thrown away."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, User
from belvedere.conftest import api_for
from belvedere.devices.models import Device
from belvedere.domain.reading import Outcome, Reason, Rejection
from belvedere.pipeline import quarantine
from belvedere.pipeline.stream.port import StreamFull
from belvedere.readings.store.port import QuarantineRow, StoreUnavailable

pytestmark = pytest.mark.django_db

URL = "/api/v1/devices/probe/quarantine"
KEY = ":0123456789abcdef"
CAME_MS = 1_763_900_000_000


class Kept:
    """One refused body, and what retry and drop were called with; `trouble` is what they raise."""

    def __init__(self) -> None:
        self.rows = [QuarantineRow(3, KEY, CAME_MS, "too_many_series", 0, "", b"{}")]
        self.outcome = Outcome(1, 0, [])
        self.trouble: Exception | None = None
        self.retried: list[tuple[str, str, bytes, int]] = []

    def quarantined(self, device: str, before_id: int, limit: int) -> list[QuarantineRow]:
        assert before_id < 1 << 63, "SQLite takes no larger integer"
        return [row for row in self.rows if row.device == device and row.id < before_id][:limit]

    def refused_counts(self, device: str) -> dict[str, int]:
        return {"bad_json": 9} if device == KEY else {}

    def retry(self, device_id: str, data_key: str, body: bytes, received_ms: int) -> Outcome:
        if self.trouble is not None:
            raise self.trouble
        self.retried.append((device_id, data_key, body, received_ms))
        return self.outcome

    def errand(self, task: Callable[[], None]) -> Future[None]:
        done: Future[None] = Future()
        try:
            task()
        except StoreUnavailable as error:
            done.set_exception(error)
        else:
            done.set_result(None)
        return done

    def drop_device(self, device: str) -> None:
        raise AssertionError("no device is deleted here")

    def drop_quarantined(self, device: str, row_id: int) -> None:
        assert device == KEY
        if self.trouble is not None:
            raise self.trouble
        self.rows = [row for row in self.rows if row.id != row_id]


@pytest.fixture
def kept(farm: Site) -> Kept:
    Device.objects.create(id="probe", site=farm, name="Probe", data_key=KEY)
    made = Kept()
    quarantine.quarantine.bind(quarantine.QuarantineAccess(made, made.retry, made))
    return made


@pytest.fixture
def operator(bob: User) -> APIClient:
    return api_for(bob)


def test_what_is_taken_the_second_time_leaves_quarantine(kept: Kept, operator: APIClient) -> None:
    answer = operator.post(f"{URL}/3/retry")
    assert (answer.status_code, answer.json()) == (200, {"stored": 1, "duplicate": 0, "rejected": []})
    assert kept.retried == [("probe", KEY, b"{}", CAME_MS)]
    assert kept.rows == []


def test_what_is_refused_again_stays(kept: Kept, operator: APIClient) -> None:
    kept.outcome = Outcome(0, 0, [Rejection(0, Reason.TOO_MANY_SERIES)])
    answer = operator.post(f"{URL}/3/retry")
    assert answer.json()["rejected"] == [{"index": 0, "reason": "too_many_series"}]
    assert len(kept.rows) == 1


@pytest.mark.parametrize(
    ("trouble", "status"),
    [(StreamFull("behind"), 503), (TimeoutError(), 503), (LookupError("probe"), 404)],
)
def test_a_retry_that_cannot_be_done_says_so_and_loses_nothing(
    kept: Kept, operator: APIClient, trouble: Exception, status: int
) -> None:
    kept.trouble = trouble
    assert operator.post(f"{URL}/3/retry").status_code == status
    assert len(kept.rows) == 1


def test_a_body_of_which_no_worker_has_told_yet_stays(kept: Kept, operator: APIClient) -> None:
    kept.outcome = Outcome(1, 0, [], is_known=False)
    answer = operator.post(f"{URL}/3/retry")
    assert (answer.status_code, answer.json()["code"], len(kept.rows)) == (503, "not_known_yet", 1)


def test_a_body_that_cannot_be_thrown_away_just_now_stays(kept: Kept, operator: APIClient) -> None:
    kept.trouble = StoreUnavailable("disk full")
    answer = operator.delete(f"{URL}/3")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_stored")
    kept.trouble = None
    assert operator.delete(f"{URL}/3").status_code == 204
    assert kept.rows == []


@pytest.mark.parametrize("row", [2, 4, 1 << 62, 1 << 80])
def test_a_row_that_is_not_there_is_not_found(kept: Kept, operator: APIClient, row: int) -> None:
    assert operator.post(f"{URL}/{row}/retry").status_code == 404
    assert operator.delete(f"{URL}/{row}").status_code == 404


def test_who_only_views_may_not_send_again(kept: Kept, charlie: User) -> None:
    assert api_for(charlie).post(f"{URL}/3/retry").status_code == 403
    assert kept.retried == []


def test_older_bodies_are_on_further_pages_each_once(kept: Kept, operator: APIClient) -> None:
    kept.rows = [QuarantineRow(n, KEY, CAME_MS, "bad_json", 0, "", b"{") for n in range(120, 0, -1)]
    url, seen = URL, []
    while url:
        page = operator.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert seen == list(range(120, 0, -1))


def test_a_device_made_anew_with_an_old_id_finds_nothing_refused_of_the_old_one(
    kept: Kept, elsewhere: Site, mallory: User
) -> None:
    Device.objects.get(pk="probe").delete()
    Device.objects.create(id="probe", site=elsewhere, name="Another")
    api = api_for(mallory)
    answer = api.get(URL).json()
    assert (answer["results"], answer["counts"]) == ([], {})
    assert api.post(f"{URL}/3/retry").status_code == 404
    assert api.delete(f"{URL}/3").status_code == 404
    assert len(kept.rows) == 1


@pytest.mark.parametrize("cursor", ["", "-1", "x", "9" * 40])
def test_a_cursor_of_nobody_is_refused(kept: Kept, operator: APIClient, cursor: str) -> None:
    answer = operator.get(f"{URL}?cursor={cursor}")
    assert (answer.status_code, "cursor" in answer.json()["errors"]) == (400, True)
