from django.db import migrations
from django.db.models import F


def count_renewals(apps, schema_editor):
    """Attestations of other nodes that were renewed before versions of theirs were counted."""
    vouches = apps.get_model("network", "Vouch").objects
    vouches.filter(issuer__local=False, revision=1, issued_at__gt=F("entered_at")).update(revision=2)


class Migration(migrations.Migration):
    """What was renewed stays so."""

    dependencies = [("network", "0006_contact_addresses")]

    operations = [migrations.RunPython(count_renewals, migrations.RunPython.noop)]
