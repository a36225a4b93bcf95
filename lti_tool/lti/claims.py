"""From the verified claims of an id_token to a `ValidLaunch` (LTI Core 1.3, 5.3 and 5.4; AGS 2.0, 3.1; NRPS 2.0, 3.6.1.1)."""

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lti_tool.hosts import host, present
from lti_tool.lti import roles
from lti_tool.lti.launch import DEEP_LINKING, RESOURCE_LINK, Context, Link, Profile, ValidLaunch
from lti_tool.lti.platforms import Platform, origin
from lti_tool.lti.refusal import CLAIMS, MESSAGE, PLACING, TARGET, Refused

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_SERVICE = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

_LONGEST = 255
_log = logging.getLogger("donghanh.lti")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
Claims = Mapping[str, Any]


def read(claims: Claims, platform: Platform, base_url: str) -> ValidLaunch:
    """The launch in verified claims. Refused where a required claim is missing or wrong, or the launch is not for us."""
    check_texts(claims)
    _check_message(claims)
    _check_target(claims, base_url)
    launch = _launch(claims, platform)
    if launch.message_type == DEEP_LINKING and not launch.roles.may_place:
        raise Refused(PLACING, "deep linking asked for by somebody who is no staff of the course")
    return launch


def _launch(claims: Claims, platform: Platform) -> ValidLaunch:
    kind, custom = host(platform.kind), _custom(claims)
    ags, presentation = _object(claims, AGS_ENDPOINT), _object(claims, LTI + "launch_presentation")
    sub = _identifier(claims.get("sub"), "sub")
    scopes = ags.get("scope")
    return ValidLaunch(
        platform=platform,
        deployment_id=_identifier(claims.get(LTI + "deployment_id"), "deployment_id"),
        sub=sub,
        message_type=claims[LTI + "message_type"],
        roles=roles.read(_roles(claims)),
        profile=_profile(claims, platform),
        xapi_actor=kind.account_name(sub, custom),
        context=_context(claims),
        link=_link(claims),
        lineitem=_service(ags.get("lineitem"), platform),
        lineitems=_service(ags.get("lineitems"), platform),
        ags_scopes=frozenset(one for one in scopes if isinstance(one, str))
        if isinstance(scopes, list)
        else frozenset(),
        memberships_url=_service(_object(claims, NRPS_SERVICE).get("context_memberships_url"), platform),
        custom=custom,
        locale=present(presentation.get("locale")) or present(claims.get("locale")),
        return_url=_url(presentation.get("return_url")),
        document_target=present(presentation.get("document_target")),
        deep_linking=_deep_linking(claims),
    )


def _profile(claims: Claims, platform: Platform) -> Profile:
    family, given, name = (present(claims.get(key)) for key in ("family_name", "given_name", "name"))
    ext = _object(claims, LTI + "ext")
    return Profile(
        family_name=family,
        given_name=given,
        name=name,
        email=present(claims.get("email")),
        username=present(ext.get("user_username")) or present(claims.get("preferred_username")),
        sourcedid=present(_object(claims, LTI + "lis").get("person_sourcedid")),
        full_name=host(platform.kind).full_name(family, given, name),
    )


def _context(claims: Claims) -> Context | None:
    context = _object(claims, LTI + "context")
    if not present(context.get("id")):
        return None
    return Context(
        _identifier(context["id"], "context.id"), present(context.get("label")), present(context.get("title"))
    )


def _link(claims: Claims) -> Link | None:
    link = _object(claims, LTI + "resource_link")
    if link.get("id") is None:
        return None
    return Link(_identifier(link["id"], "resource_link.id"), present(link.get("title")))


def _deep_linking(claims: Claims) -> Mapping[str, Any] | None:
    if claims[LTI + "message_type"] != DEEP_LINKING:
        return None
    settings = _object(claims, DL_SETTINGS)
    if _url(settings.get("deep_link_return_url")) is None:
        raise Refused(CLAIMS, "deep_link_return_url is missing or no http(s) address")
    return settings


def _custom(claims: Claims) -> dict[str, str]:
    found = {key: present(value) for key, value in _object(claims, LTI + "custom").items()}
    return {key: value for key, value in found.items() if value is not None}


def _roles(claims: Claims) -> list[str]:
    found = claims.get(LTI + "roles")
    if not isinstance(found, list):
        raise Refused(CLAIMS, "the roles claim is missing or no list")
    return [one for one in found if isinstance(one, str)]


def _identifier(value: object, name: str) -> str:
    """An id by which something is found again: a text of 1 to 255 characters (LTI Core 1.3, 5.3 and 5.4)."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
        raise Refused(CLAIMS, f"{name} is missing or no text of 1 to 255 characters")
    return value


def _object(claims: Claims, name: str) -> Claims:
    found = claims.get(name)
    return found if isinstance(found, dict) else {}


def _url(value: object) -> str | None:
    """An http(s) address; anything else, such as `javascript:`, is as good as absent."""
    text = present(value)
    return text if text and _origin(text) else None


def _service(value: object, platform: Platform) -> str | None:
    """The address of a service, where it is the platform's own; another's is as good as absent, and logged.

    One platform's launches must not lay hands on another's line items: neither their scores nor a token would belong there.
    """
    url = _url(value)
    if url is None or _origin(url) in platform.origins:
        return url
    _log.warning(
        "a service of %r was left out: %s is none of the platform's addresses (name it as a frame origin if it is)",
        platform.name,
        _origin(url),
    )
    return None


def _origin(text: str) -> str | None:
    try:
        return origin(text)
    except ValueError:
        return None


def _check_message(claims: Claims) -> None:
    kind = claims.get(LTI + "message_type")
    if kind not in {RESOURCE_LINK, DEEP_LINKING}:
        raise Refused(MESSAGE, f"message type {str(kind)[:60]!r} is not served")


def _check_target(claims: Claims, base_url: str) -> None:
    target = claims.get(LTI + "target_link_uri")
    if not isinstance(target, str):
        raise Refused(CLAIMS, "target_link_uri is missing")
    ours = _origin(target) == origin(base_url)
    if not ours:
        raise Refused(TARGET, "target_link_uri is not an address of this tool")


def check_texts(value: object) -> None:
    """Half a surrogate pair or a NUL can be said in JSON but not stored in a database, nor asked of it."""
    for text in _texts(value):
        if _NO_TEXT.search(text):
            raise Refused(CLAIMS, "a claim holds characters that are no text")


def _texts(value: object) -> Iterator[str]:
    """Every text in it, without recursion: how deep it is nested is the sender's choice."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
