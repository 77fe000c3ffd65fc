"""The gazetteer: places that people can name, shipped with the product."""

from django.db import models


class Locality(models.Model):
    """A French commune (or former one), or a European town. `norm` and `bare` are its search forms."""

    country = models.CharField(max_length=2)
    code = models.CharField(max_length=12, blank=True, help_text="INSEE code; not unique alone")
    kind = models.CharField(max_length=4, blank=True, help_text="COM, COMD, COMA, ARM; empty abroad")
    name = models.CharField(max_length=120)
    dept = models.CharField(max_length=8, blank=True, help_text="département; country abroad")
    population = models.PositiveIntegerField()
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    norm = models.CharField(max_length=120, db_index=True)
    bare = models.CharField(max_length=120, db_index=True, help_text="without its article")

    def __str__(self) -> str:
        return f"{self.name} ({self.dept})"


class Postcode(models.Model):
    """A postcode of a place; one covers up to 46 communes."""

    postcode = models.CharField(max_length=5, db_index=True)
    locality = models.ForeignKey(Locality, on_delete=models.CASCADE)


class Alias(models.Model):
    """Another name of a town ("Gand")."""

    norm = models.CharField(max_length=120, db_index=True)
    name = models.CharField(max_length=120)
    locality = models.ForeignKey(Locality, on_delete=models.CASCADE)


class Gazetteer(models.Model):
    """Which files the tables above were filled from. One row."""

    digest = models.CharField(max_length=64, help_text="SHA-256 of the files, hex")
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_gazetteer")]
