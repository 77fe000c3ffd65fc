from django.db import migrations, models


class Migration(migrations.Migration):
    """A claim says who settled it, by which proof, and what the entry was, so that it can be undone."""

    dependencies = [
        ("network", "0004_cooptation"),
    ]

    operations = [
        migrations.AddField(
            model_name="claim",
            name="settled_by",
            field=models.ForeignKey(
                null=True, on_delete=models.deletion.SET_NULL, related_name="+", to="network.member"
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="proof",
            field=models.CharField(blank=True, help_text="page that showed the member's code", max_length=500),
        ),
        migrations.AddField(
            model_name="claim",
            name="title",
            field=models.CharField(
                blank=True, help_text="what the entry that was taken over was called", max_length=120
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="uri",
            field=models.CharField(
                blank=True, help_text="address of that entry, which now leads to the member", max_length=500
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="kept",
            field=models.JSONField(
                default=dict, help_text="that entry and what became of it, as long as this can be undone"
            ),
        ),
        migrations.AddField(
            model_name="claim",
            name="undone_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="claim",
            name="undone_by",
            field=models.ForeignKey(
                null=True, on_delete=models.deletion.SET_NULL, related_name="+", to="network.member"
            ),
        ),
        migrations.AlterField(
            model_name="claim",
            name="state",
            field=models.CharField(
                choices=[
                    ("asked", "Asked"), ("accepted", "Accepted"), ("refused", "Refused"), ("undone", "Undone"),
                ],
                default="asked",
                max_length=8,
            ),
        ),
    ]  # fmt: skip
