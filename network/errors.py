"""What can go wrong, as a code and facts. Doors turn the kind into a status, `frontend/messages.py` into a sentence."""


class DomainError(Exception):
    """A refusal that a person or a program can understand: `code` is stable, `facts` are plain values.

    The subclass says of which kind it is; it never carries an HTTP status or a sentence.
    """

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code


class Invalid(DomainError):
    """What was sent is malformed; the fact `field`, if any, names the field at fault."""


class NotEntitled(DomainError):
    """This person may not do this."""


class NotFound(DomainError):
    """There is no such thing, or this person may not know that there is."""


class WrongState(DomainError):
    """The thing is not, or no longer, in a state that allows this."""


class TooOften(DomainError):
    """A limit of rate or quota is reached; the fact `retry_at` or `retry_after`, if any, says when again."""


class Busy(DomainError):
    """Nothing was done, because others are writing; the same thing may succeed after `retry_after` seconds."""


class NotTaken(DomainError):
    """News of another node that this one does not keep: for programs, never before a person's eyes."""
