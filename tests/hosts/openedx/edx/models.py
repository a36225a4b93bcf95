"""The few tables of edx-platform that the consumer reaches: enrolments, external ids, block settings, published grades."""

import uuid

from django.conf import settings
from django.db import models


class Person(models.Model):
    """edx-platform keeps the full name in a profile; NRPS prefetches it under the name `profile`."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="profile")
    name = models.CharField(max_length=200)


class Enrolment(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    course = models.CharField(max_length=200)
    role = models.CharField(max_length=20)


class ExternalId(models.Model):
    """A UUID per person and purpose: `lti` is the launch's sub, `xapi` the account name in statements. They differ."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    purpose = models.CharField(max_length=20)
    external_user_id = models.UUIDField(default=uuid.uuid4, unique=True)

    class Meta:
        unique_together = [("user", "purpose")]


class Block(models.Model):
    usage = models.CharField(max_length=200, unique=True)
    values = models.JSONField()


class Published(models.Model):
    """One grade as the block published it: in the real LMS a signal carries it into the gradebook."""

    user_id = models.IntegerField()
    usage = models.CharField(max_length=200)
    value = models.FloatField(null=True)
    maximum = models.FloatField(null=True)
