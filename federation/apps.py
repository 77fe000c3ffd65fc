"""Toile authenticates federation itself: the toolkit serves behind our gate, with our contexts, and answers nobody."""

import logging

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_save, pre_save

log = logging.getLogger("toile.federation")

RESOLVERS = {"federation.contexts.RefusingResolver"}


class FederationConfig(AppConfig):
    name = "federation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Detach the toolkit's own traffic and lock contexts; refuse to start if it did not take."""
        # here, since models must be loaded first; the checks register themselves
        from federation import checks, contexts, readers, receivers  # noqa: F401
        from federation.signin.acts import have_signed
        from governance.actions.remote import set_signer
        from network.queries.readers import add_source

        detach_receivers()
        replace_resolvers()
        contexts.lock()
        if not contexts.is_locked():
            raise ImproperlyConfigured("JSON-LD contexts are not locked to the bundled ones")
        if settings.FEDERATION_TEST_PEERS or settings.FEDERATION_CA_FILE:
            log.warning("switches for tests are set: FEDERATION_TEST_PEERS or FEDERATION_CA_FILE")
        receivers.connect()
        add_source(readers.collections_of)
        set_signer(have_signed)


def detach_receivers() -> None:
    """Disconnect the toolkit's receivers that follow, deliver or add collections by themselves."""
    from activitypub.core import handlers, models, signals

    add_collections = handlers.on_ap_object_create_define_related_collections
    for signal, receiver, sender in (
        (post_save, handlers.on_follow_request_received_check_policies, models.FollowRequest),
        (post_save, handlers.on_follow_request_created_post_activity, models.FollowRequest),
        (post_save, handlers.on_notification_created_send_to_target, models.Notification),
        (signals.notification_accepted, handlers.on_notification_accepted_process_standard_flows, models.Notification),
        (
            signals.document_loaded,
            handlers.on_lemmy_activity_document_loaded_mark_unresolvable,
            models.LinkedDataDocument,
        ),
        (
            signals.reference_field_changed,
            handlers.on_new_reply_add_to_replies_collection,
            models.BaseAs2ObjectContext.in_reply_to.through,
        ),
        (pre_save, add_collections, models.ObjectContext),
        (pre_save, add_collections, models.BaseAs2ObjectContext),
    ):
        if not signal.disconnect(receiver, sender=sender):
            raise ImproperlyConfigured(f"toolkit receiver not found: {receiver.__name__}")


def replace_resolvers() -> None:
    """Let the toolkit open no address by itself; addresses are opened by federation/client.py alone."""
    from activitypub.core.settings import AppSettings, app_settings

    AppSettings.LinkedData.default_document_resolvers = RESOLVERS
    AppSettings.LinkedData.extra_document_resolvers = set()
    names = [f"{resolver.__module__}.{resolver.__qualname__}" for resolver in app_settings.DOCUMENT_RESOLVERS]
    if set(names) != RESOLVERS:
        raise ImproperlyConfigured(f"toolkit resolvers not replaced: {names}")
