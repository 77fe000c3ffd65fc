"""What can go wrong between nodes: a refusal at the gate, an address out of reach, a document we cannot read."""

from network.errors import DomainError

STATUS = {
    "sig-missing": 401,
    "sig-malformed": 401,
    "sig-coverage": 401,
    "sig-stale": 401,
    "sig-invalid": 401,
    "replay": 401,
    "digest": 401,
    "key-owner": 401,
    "blocked": 403,
    "origin": 403,
    "owner": 403,
    "media-type": 415,
    "json": 400,
    "context": 400,
    "proof": 403,
    "rate": 429,
    "size": 413,
    "unavailable": 503,
}


class Refused(DomainError):
    """The gate does not admit this message. `code` is one of STATUS; `why` says more, for the log of tests and people.

    `status` is the protocol's own answer (other software falls back on 401, waits on 429), so it belongs here.
    """

    def __init__(self, code: str, status: int = 0, /, *, retry_after: int | None = None, why: str = "") -> None:
        super().__init__(code, why=why)
        self.status = status or STATUS[code]
        self.retry_after = retry_after
        self.why = why


class OriginError(ValueError):
    """This is not an address we can compare: no http(s) origin, or one written to deceive."""


class Unreachable(DomainError):
    """An outgoing fetch gave nothing usable.

    Codes: federation-off url scheme address dns connect tls timeout redirects status size headers media-type json
    origin protocol. `status` is the peer's answer if it gave one, `retry_after` in seconds if it named one.
    """

    def __init__(self, code: str, /, *, status: int = 0, retry_after: int | None = None) -> None:
        super().__init__(code, status=status)
        self.status = status
        self.retry_after = retry_after

    @property
    def gone(self) -> bool:
        """Whether the peer says that there is nothing (any more) at this address."""
        return self.status in {404, 410}

    @property
    def passing(self) -> bool:
        """Whether this may be otherwise in a moment: nobody answered, or the peer is in trouble."""
        return self.code in {"dns", "connect", "timeout"} or self.status == 429 or self.status >= 500


class Untranslatable(DomainError):
    """A document that we understand too little to use; the code names the field."""


class Unwelcome(DomainError):
    """A signed object that counts for nothing here, or that we do not have to hand on; the code says why."""
