"""A new password ends what the old one let other nodes do."""

from federation.signin.server import revoke_all
from network.models import Account

__all__ = ["EndsTokens"]


class EndsTokens:
    """Judges no password. Django tells those who do of each one that is set, by a page, an operator's command or
    anything else: whoever had stolen the old one has acts signed no more."""

    def validate(self, password: str, user: object = None) -> None:
        """Let every password pass."""

    def get_help_text(self) -> str:
        return ""

    def password_changed(self, password: str, user: object = None) -> None:
        """Withdraw the account's tokens, in the transaction that stores the password if there is one."""
        if isinstance(user, Account):
            revoke_all(user)
