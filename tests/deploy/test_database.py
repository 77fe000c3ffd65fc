"""The suite runs on the database that was asked for, and the clock obeys."""

import os
import socket
import threading

import pytest
from django.db import connection

from network import clock as house_clock
from network.models import Account


@pytest.mark.django_db
def test_the_database_is_the_one_named() -> None:
    asked = os.environ.get("TOILE_TEST_DATABASE", "sqlite")
    assert connection.vendor == asked


@pytest.mark.django_db(transaction=True)
def test_threads_share_the_database() -> None:
    seen: list[int] = []

    def look() -> None:
        seen.append(Account.objects.count())
        connection.close()

    Account.objects.create(username="alix")
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [1]


def test_the_clock_stands_still_until_told(clock) -> None:
    before = house_clock.now()
    assert house_clock.now() == before
    clock.advance(days=2)
    assert (house_clock.now() - before).days == 2


def test_nothing_outside_answers() -> None:
    with pytest.raises(OSError, match="only loopback"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("example.org", 80)
