from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "governance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from governance import checks, receivers, signals  # noqa: F401
        from governance.actions.candidacy_decisions import register_effects
        from governance.actions.charter import CHARTER
        from governance.actions.effects import register_effect
        from governance.queries import waiting_sources
        from governance.queries.candidacy_waiting import candidacies_waiting
        from governance.queries.choosing_waiting import choosing_waits
        from governance.queries.mandates import ending_mandates
        from governance.queries.moderators import mandated
        from governance.queries.polls import polls_waiting
        from governance.queries.proxies import proxies_waiting
        from governance.queries.waiting import add_source as add_waiting
        from governance.queries.written import waiting_in_writing
        from network.queries.moderators import add_source

        signals.room_changed.connect(receivers.on_room_changed, dispatch_uid="governance.hub")
        signals.room_stirred.connect(receivers.on_room_stirred, dispatch_uid="governance.stir")
        add_source(mandated)
        register_effect("charter", CHARTER)
        register_effects()
        waiting_sources.register()
        add_waiting("mandates", ending_mandates)
        add_waiting("choosing", choosing_waits)
        add_waiting("consent", waiting_in_writing)
        add_waiting("polls", polls_waiting)
        add_waiting("proxies", proxies_waiting)
        add_waiting("candidacies", candidacies_waiting)
