from django.db import migrations, models

SENSITIVE = [
    "hebergement", "sauvegarde", "securite-informatique", "recuperation-de-donnees", "gestion-d-adherents",
    "relation-usagers",
]  # fmt: skip


def mark(apps, schema_editor):
    """Mark what is known to give access to data, and whatever part of that has been merged into."""
    skills = apps.get_model("network", "Skill").objects
    marked = set(skills.filter(slug__in=SENSITIVE).values_list("pk", flat=True))
    rows = list(skills.values_list("pk", "broader", "merged_into"))
    below = set(marked)
    while more := {own for own, broader, _ in rows if broader in below} - below:
        below |= more
    into = {kept for own, _, kept in rows if own in below and kept}
    skills.filter(pk__in=marked | into).update(sensitive=True)


class Migration(migrations.Migration):
    """Skills say whether they give root access or handle personal data."""

    dependencies = [("network", "0007_renewed")]

    operations = [
        migrations.AddField(
            model_name="skill",
            name="sensitive",
            field=models.BooleanField(
                default=False, help_text="gives root access or handles personal data, and so does everything under it"
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
