"""One counter for gate, forms and sockets."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from network.rates import Crowd, address_bucket, address_of, allow


def test_allows_up_to_the_limit_then_says_how_long_to_wait(clock):
    clock.advance(seconds=20)  # a period of a minute began at the full minute
    assert [allow("test", "a", 3, 60) for _time in range(5)] == [0, 0, 0, 40, 40]


def test_next_period_is_new(clock):
    assert [allow("test", "a", 1, 60) for _time in range(2)] == [0, 60]
    clock.advance(seconds=60)
    assert allow("test", "a", 1, 60) == 0


def test_keys_and_buckets_count_apart(clock):
    assert [allow("test", "a", 1, 60), allow("test", "b", 1, 60), allow("other", "a", 1, 60)] == [0, 0, 0]


def test_many_at_once_are_all_counted(clock):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _number: allow("test", "a", 10, 60), range(50)))

    assert answers.count(0) == 10


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.9", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("", "198.51.100.1", "unknown"),
    ],
)
def test_forwarding_headers_are_read_from_configured_proxies_only(settings, remote, forwarded, expected):
    settings.TRUSTED_PROXIES = ["10.0.0.0/24"]
    assert address_of({"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}) == expected


def test_ipv6_neighbours_share_a_limit():
    assert address_bucket("2a00:1450::1") == address_bucket("2a00:1450::ffff:1") != address_bucket("2a00:1450:0:1::1")
    assert address_bucket("") == "unknown"


def test_crowd_lets_so_many_in_and_so_many_wait():
    crowd, inside, leave = Crowd(working=1, waiting=1), Barrier(2), Event()

    def work() -> bool:
        with crowd.place() as admitted:
            inside.wait(30)
            leave.wait(30)
            return admitted

    def queue() -> bool:
        with crowd.place() as admitted:
            return admitted

    with ThreadPoolExecutor(3) as pool:
        worker = pool.submit(work)
        inside.wait(30)
        waiter = pool.submit(queue)
        while crowd._queue._value:  # until the waiter stands in the queue
            pass
        with crowd.place() as admitted:
            assert not admitted
        leave.set()
        assert worker.result(30)
        assert waiter.result(30)
