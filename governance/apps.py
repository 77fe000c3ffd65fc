from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "governance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from governance import checks, receivers, signals  # noqa: F401
        from governance.queries.moderators import mandated
        from network.queries.moderators import add_source

        signals.room_changed.connect(receivers.on_room_changed, dispatch_uid="governance.hub")
        add_source(mandated)
