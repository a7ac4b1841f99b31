"""A camera that pauses is told from one that is gone."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.rtsp.liveness import Act, Liveness


def acts(liveness: Liveness, begin: int, end: int) -> list[tuple[int, Act]]:
    """What is done in these seconds, but the reports."""
    done: list[tuple[int, Act]] = []
    for now in range(begin, end):
        while (act := liveness.next_act(now)) is not Act.WAIT:
            if act is not Act.REPORT:
                done.append((now, act))
            if act is Act.GIVE_UP:
                return done
    return done


def begun(at: float = 0.0, every: float = 25.0) -> Liveness:
    liveness = Liveness(at)
    liveness.begin(at)
    liveness.keep_alive_every(every, at)
    return liveness


def test_a_first_packet_has_20_s_to_come() -> None:
    liveness = begun()
    assert acts(liveness, 0, 19) == []
    assert acts(liveness, 19, 30) == [(20, Act.GIVE_UP)]


def test_a_camera_that_sends_is_asked_at_its_distance_only() -> None:
    liveness = begun()
    done = []
    for now in range(100):
        liveness.hear_packet(now)
        done += acts(liveness, now, now + 1)
    assert done == [(25, Act.ASK), (50, Act.ASK), (75, Act.ASK)]


def test_a_silent_camera_is_asked_once_and_given_up_when_it_does_not_answer() -> None:
    liveness = begun()
    liveness.hear_packet(1)
    assert acts(liveness, 1, 60) == [(5, Act.ASK), (9, Act.GIVE_UP)]


def test_a_silent_camera_that_answers_stays_a_minute() -> None:
    liveness = begun()
    liveness.hear_packet(0)
    done = []
    for now in range(70):
        done += acts(liveness, now, now + 1)
        if done and done[-1] == (now, Act.ASK):
            liveness.hear_answer(now)
    assert next(now for now, act in done if act is Act.GIVE_UP) == 60
    assert done[0] == (4, Act.ASK)


def test_a_keep_alive_that_nobody_answers_is_no_matter_while_packets_come() -> None:
    liveness = begun(every=1.0)
    for now in range(60):
        liveness.hear_packet(now)
        assert liveness.next_act(now + 0.5) is not Act.GIVE_UP


def test_reports_are_due_every_5_s() -> None:
    liveness = begun()
    due = []
    for now in range(31):
        liveness.hear_packet(now)
        while (act := liveness.next_act(now)) is not Act.WAIT:
            due += [now] if act is Act.REPORT else []
    assert due == [5, 10, 15, 20, 25, 30]
    assert liveness.wakes_at() <= 35
