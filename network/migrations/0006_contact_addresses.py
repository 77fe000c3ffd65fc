"""Addresses of clients that were asked whether news may come there."""

from django.db import migrations, models

import network.clock


class Migration(migrations.Migration):
    dependencies = [("network", "0005_claims")]

    operations = [
        migrations.CreateModel(
            name="ContactAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "mark",
                    models.CharField(help_text="keyed digest of the address, lower case", max_length=64, unique=True),
                ),
                ("asked_at", models.DateTimeField(default=network.clock.now)),
                ("agreed_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
