"""What was done to the tree of skills, so that it can be undone."""

from django.db import models

from network.clock import now
from network.models.members import Member, Skill


class SkillMerge(models.Model):
    """One skill made part of another: what moved, so that splitting them again gives back exactly that."""

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="+", help_text="the one that disappeared")
    into = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)
    offers = models.JSONField(default=list, help_text="ids of the offers that moved")
    members = models.JSONField(default=list, help_text="ids of the members that had the one that disappeared")
    both = models.JSONField(default=list, help_text="those of them that had the other too")
    narrower = models.JSONField(default=list, help_text="ids of the skills that hung under it")
    before = models.JSONField(default=dict, help_text="what the other said before: synonyms, exact_match")
    undone_at = models.DateTimeField(null=True)
