"""External ids, and the operator's function for the custom parameter `xapi_actor=${xapi_actor}`."""


def external_id(user, purpose):
    from edx.models import ExternalId  # noqa: PLC0415 - Django's registry must be ready first

    return ExternalId.objects.get_or_create(user=user, purpose=purpose)[0]


def xapi_actor(block):
    return block.runtime.service(block, "user").get_external_user_id("xapi")
