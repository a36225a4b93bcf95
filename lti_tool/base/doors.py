"""Who may enter a blueprint. A test fails for a blueprint that does not say."""

from enum import StrEnum

from flask import Blueprint


class Audience(StrEnum):
    """Everyone a blueprint can be open to."""

    ANYONE = "anyone"  # the public: verification of a certificate, static files
    PLATFORM = "platform"  # an LMS: launch, keys, registration
    LAUNCHED = "launched"  # a person whose launch is bound to this browser
    STAFF = "staff"  # an account of the console
    CREDENTIAL = "credential"  # a client of the learning record store
    OPERATIONS = "operations"  # health and metrics


def declare(blueprint: Blueprint, audience: Audience) -> Blueprint:
    """Say who may enter; read back by `audience_of`."""
    blueprint.audience = audience  # type: ignore[attr-defined]
    return blueprint


def audience_of(blueprint: Blueprint) -> Audience | None:
    return getattr(blueprint, "audience", None)
