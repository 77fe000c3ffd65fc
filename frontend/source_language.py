"""The language of the source: sentences without a catalogue still follow French grammar in how they count."""

from gettext import NullTranslations

from django.conf import settings
from django.utils.translation import trans_real

__all__ = ["count_in_french"]


class _French(NullTranslations):
    """The sentence itself; up to two exclusive, a count is singular: « 0 réponse », « 1,5 jour », « 2 jours »."""

    def ngettext(self, msgid1: str, msgid2: str, n: float) -> str:
        return msgid1 if abs(n) < 2 else msgid2


def count_in_french() -> None:
    """Have sentences that no French catalogue holds, which are all of ours, take the plural where French does.

    Else they would get the rule of a language without catalogue, in which zero is plural. Django asks a fallback of
    the catalogue before that rule; there it has none, since no language stands behind that of the source.
    """
    source = trans_real.translation(settings.LANGUAGE_CODE)
    if not isinstance(source._fallback, _French):
        source.add_fallback(_French())
