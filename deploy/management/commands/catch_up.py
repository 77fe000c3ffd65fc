"""`manage.py catch_up`: read now what every actor that this node follows has said and offers."""

from typing import Any

from django.core.management.base import BaseCommand

from federation import harvest, queries
from federation.errors import Unreachable, Untranslatable
from network.clock import now


class Command(BaseCommand):
    help = "Catch up with every node and member that this node follows, for example after it was off for days."

    def handle(self, *args: Any, **options: Any) -> None:
        harvest.mark_all_stale()  # the sweeps go on with it if this is interrupted
        for follow in queries.follows_to_catch_up(now()):
            try:
                stored = harvest.catch_up(follow.pk)
            except (Unreachable, Untranslatable) as error:
                self.stderr.write(f"{follow.followed}: not read ({error.code}); the worker tries again.")
            else:
                self.stdout.write(f"{follow.followed}: {stored} offers.")
