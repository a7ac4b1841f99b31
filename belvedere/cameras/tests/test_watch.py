"""When people hear of a camera."""

from __future__ import annotations

from belvedere.cameras.watch import News, Watch


def hear(watch: Watch, live: bool, now: float) -> News:
    news = watch.observe(live, now)
    if news is not News.NOTHING:
        watch.mark_announced(news)
    return news


def test_a_short_absence_tells_nobody() -> None:
    watch = Watch()
    assert hear(watch, True, 0) is News.LIVE
    assert [hear(watch, False, t) for t in (1, 5, 10)] == [News.NOTHING] * 3
    assert [hear(watch, live, t) for live, t in ((True, 11), (False, 12), (False, 21))] == [News.NOTHING] * 3


def test_ten_seconds_of_absence_are_told_once_and_so_is_the_return() -> None:
    watch = Watch()
    hear(watch, True, 0)
    assert [hear(watch, False, t) for t in (1, 11, 12, 99)] == [News.NOTHING, News.OFFLINE, News.NOTHING, News.NOTHING]
    assert [hear(watch, True, t) for t in (100, 101)] == [News.LIVE, News.NOTHING]


def test_a_camera_that_never_came_is_told_too() -> None:
    watch = Watch()
    assert [hear(watch, False, t) for t in (0, 10)] == [News.NOTHING, News.OFFLINE]


def test_one_that_was_just_added_has_five_minutes_until_it_shows_its_first_picture() -> None:
    watch = Watch()
    told = [watch.observe(False, t, ever_live=False) for t in (0, 10, 299, 300)]
    assert told == [News.NOTHING, News.NOTHING, News.NOTHING, News.OFFLINE]
    watch = Watch()
    watch.mark_announced(watch.observe(True, 0, ever_live=False))
    assert [watch.observe(False, t, ever_live=False) for t in (1, 11)] == [News.NOTHING, News.OFFLINE]


def test_a_camera_whose_video_comes_is_not_gone_though_its_first_key_frame_is_far() -> None:
    watch = Watch()
    hear(watch, True, 0)
    told = [watch.observe(False, t, arriving=True) for t in (1, 20, 60, 61)]
    assert told == [News.NOTHING, News.NOTHING, News.NOTHING, News.OFFLINE]


def test_news_that_could_not_be_delivered_comes_again() -> None:
    watch = Watch()
    watch.observe(False, 0)
    assert watch.observe(False, 10) is News.OFFLINE
    assert watch.observe(False, 11) is News.OFFLINE
