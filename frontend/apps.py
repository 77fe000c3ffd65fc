from django.apps import AppConfig


class FrontendConfig(AppConfig):
    name = "frontend"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lend the API the sentences of the pages: `detail` of a problem is what a person would read. Count as French
        does where a sentence is French."""
        from frontend import messages
        from frontend.source_language import count_in_french
        from network.api_problems import speak_with

        speak_with(messages.of)
        count_in_french()
