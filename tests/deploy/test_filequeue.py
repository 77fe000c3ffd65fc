"""Messages of the file queue are read whole, whoever writes at the same moment."""

import threading

import pytest
from kombu import Connection

from deploy import filequeue

MESSAGES, BOUND = 300, 40


@pytest.fixture
def link(tmp_path):
    filequeue.install()
    for folder in ("in", "control"):
        (tmp_path / folder).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "in"),
        "data_folder_out": str(tmp_path / "in"),
        "control_folder": str(tmp_path / "control"),
    }
    return lambda: Connection("filesystem://", transport_options=options)


def test_every_message_of_a_busy_writer_is_read_once_and_whole(link):
    def write() -> None:
        with link() as connection:
            queue = connection.SimpleQueue("busy")
            for number in range(MESSAGES):
                queue.put({"n": number, "text": "x" * 2000})

    writer = threading.Thread(target=write)
    writer.start()
    with link() as connection:
        queue, seen = connection.SimpleQueue("busy"), []
        while len(seen) < MESSAGES:
            message = queue.get(timeout=30)
            seen.append(message.payload["n"])
            message.ack()
    writer.join()
    assert sorted(seen) == list(range(MESSAGES))


def test_queues_bound_at_the_same_moment_are_all_known_and_the_list_is_never_half_written(link):
    """Three begin at once, each time on a list that is not there yet, and read it as whoever sends does."""
    wrong: list[Exception] = []
    together = threading.Barrier(3)

    def bind(letter: str) -> None:
        with link() as connection:
            channel = connection.channel()
            for number in range(BOUND):
                together.wait(30)
                try:
                    channel._queue_bind(f"list{number}", letter, "", letter)
                    channel.get_table(f"list{number}")
                except Exception as error:  # noqa: BLE001 - told below
                    wrong.append(error)

    binders = [threading.Thread(target=bind, args=(letter,)) for letter in "abc"]
    for each in binders:
        each.start()
    for each in binders:
        each.join()
    with link() as connection:
        known = [len(connection.channel().get_table(f"list{number}")) for number in range(BOUND)]
    assert (wrong, known) == ([], [3] * BOUND)


def test_an_unreadable_file_is_dropped_and_the_next_one_read(link, tmp_path):
    (tmp_path / "in" / "0_broken.odd.msg").write_bytes(b"")
    with link() as connection:
        queue = connection.SimpleQueue("odd")
        queue.put({"n": 1})
        assert queue.get(timeout=30).payload == {"n": 1}
