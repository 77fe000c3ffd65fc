"""Health of the register, for `doctor` and the operator's page. Deployment checks: start-up skips them."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.translation import gettext as _

from governance.queries.register import check_register
from network.models import Collective


@register(Tags.database, deploy=True)
def registers_whole(app_configs: object, databases: object = None, **kwargs: Any) -> list[CheckMessage]:
    """Every register of this node says what it said when it was written."""
    if not databases:
        return []
    found = ((collective, check_register(collective)) for collective in Collective.objects.filter(local=True))
    return [
        Error(
            _("Registre de %(name)s : l’inscription n° %(seq)s a été altérée (%(why)s).")
            % {
                "name": collective.name,
                "seq": whole.first_bad,
                "why": whole.why,
            },
            id="governance.E001",
        )
        for collective, whole in found
        if whole.first_bad is not None
    ]
