from django.db import migrations, models


class Migration(migrations.Migration):
    """The offers that changed last are read without looking at all the others."""

    dependencies = [("network", "0008_sensitive_skills")]

    operations = [
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(models.F("state"), models.F("updated_at"), name="offer_state_updated"),
        ),
    ]
