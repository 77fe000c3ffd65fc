from django.apps import AppConfig

from deploy.celery import app as celery_app

__all__ = ["DeployConfig", "celery_app"]


class DeployConfig(AppConfig):
    name = "deploy"
    default_auto_field = "django.db.models.BigAutoField"
