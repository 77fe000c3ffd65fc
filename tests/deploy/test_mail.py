"""Outgoing mail: none unless the operator says how; what leaves then, on the wire."""

import socket
import threading
from pathlib import Path

import pytest

from frontend.mails import send_due
from tests import factories
from tests.deploy.test_options import settings_with
from tests.network.contact_cast import write

NAMES = ("MAIL_ON", "EMAIL_BACKEND", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL", "EMAIL_HOST_PASSWORD")
SMTP, DUMMY = (f"django.core.mail.backends.{name}.EmailBackend" for name in ("smtp", "dummy"))


def test_a_node_sends_no_mail_unless_it_is_told_how(tmp_path: Path) -> None:
    assert list(settings_with(tmp_path, *NAMES).values())[:2] == [False, DUMMY]
    assert settings_with(tmp_path, *NAMES, MAIL_HOST="smtp.example")["MAIL_ON"] is False, "nobody would be the sender"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, [True, SMTP, 587, True, False]),
        ({"MAIL_TLS": "ssl"}, [True, SMTP, 465, False, True]),
        ({"MAIL_TLS": "off", "MAIL_PORT": "2525"}, [True, SMTP, 2525, False, False]),
    ],
)
def test_how_it_is_told(tmp_path: Path, more: dict[str, str], expected: list[object]) -> None:
    (tmp_path / "password").write_text("secret\n")
    told = {
        "MAIL_HOST": "smtp.example",
        "MAIL_FROM": "toile@node.example",
        "MAIL_PASSWORD_FILE": f"{tmp_path}/password",
    }
    found = list(settings_with(tmp_path, *NAMES, **told, **more).values())
    assert found == [*expected, "secret"]


class MailServer(threading.Thread):
    """A mail server that takes one message and keeps what was said to it: commands, and the lines of the message."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.door.settimeout(30)
        self.commands: list[str] = []
        self.message: list[str] = []

    @property
    def port(self) -> int:
        return self.door.getsockname()[1]

    def run(self) -> None:
        link, _ = self.door.accept()
        with link, link.makefile("rwb") as talk:
            self._say(talk, "220 here")
            while line := talk.readline().decode().rstrip("\r\n"):
                self.commands.append(line.lower())
                if line.lower() == "data":
                    self._say(talk, "354 go on")
                    self._read_message(talk)
                self._say(talk, "250 ok")
                if line.lower() == "quit":
                    return

    def _read_message(self, talk) -> None:
        while (line := talk.readline().decode().rstrip("\r\n")) != ".":
            self.message.append(line)

    @staticmethod
    def _say(talk, text: str) -> None:
        talk.write(f"{text}\r\n".encode())
        talk.flush()


@pytest.mark.django_db
def test_what_leaves_has_one_recipient_and_one_link(settings, clock) -> None:
    server = MailServer()
    server.start()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.MAIL_ON, settings.DEFAULT_FROM_EMAIL = True, "Toile <toile@node.example>"
    factories.node("Nœud\r\nBcc: everybody@mail.example")
    write(factories.member("Alix\nRCPT TO:<x@mail.example>"))
    assert send_due() == 1
    server.join(30)
    named = [
        line.split(":", 1)[1].split(">")[0] for line in server.commands if line.startswith(("mail from", "rcpt to"))
    ]
    assert named == ["<toile@node.example", "<fanny@mail.example"]
    heads, body = server.message[: server.message.index("")], server.message[server.message.index("") :]
    assert [line for line in heads if line.lower().startswith(("to:", "cc:", "bcc:"))] == ["To: fanny@mail.example"]
    text = "\n".join(body)
    assert text.count("http://localhost:8000/echange/") == 1
    assert "Fanny" not in text + "\n".join(heads)
