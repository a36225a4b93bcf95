"""What a person of the test sees and the test asks, beside the consumer's own routes."""

from django.contrib.auth import get_user_model, login
from django.http import HttpResponse, JsonResponse
from django.views.decorators.clickjacking import xframe_options_exempt
from opaque_keys.edx.keys import UsageKey

from edx import blocks, edx_platform
from edx.models import Published
from edx.people import external_id


def sign_in(request, username):
    user = get_user_model().objects.get(username=username)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse("signed in")


def _load(request, usage):
    key = UsageKey.from_string(usage)
    return blocks.load(key, request.user, edx_platform.role_in(request.user, key.context_key) or "student")


@xframe_options_exempt
def block(request, usage):
    """The block's own student view, as it stands in the course page."""
    return HttpResponse(
        "<!doctype html><meta charset=utf-8>" + _load(request, usage).student_view({}).content
    )


def studio(request, usage):
    """What Studio shows the course team to register in the tool."""
    from lti_consumer.api import get_lti_1p3_launch_info

    return JsonResponse(get_lti_1p3_launch_info(_load(request, usage).get_lti_1p3_launch_data()))


def gradebook(_request):
    names = dict(get_user_model().objects.values_list("id", "username"))
    rows = Published.objects.order_by("id")
    return JsonResponse(
        [
            {"who": names[row.user_id], "usage": row.usage, "value": row.value, "maximum": row.maximum}
            for row in rows
        ],
        safe=False,
    )


def people(_request):
    """The account names statements carry, which the LMS's own event router knows."""
    return JsonResponse(
        {
            user.username: str(external_id(user, "xapi").external_user_id)
            for user in get_user_model().objects.all()
        }
    )
