"""The fetch address of a practice page (cmi5, 8.2): once, and only in the launch it was made for, it gives a token for the LRS."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from flask import Blueprint, url_for

from lti_tool.base.errors import Problem
from lti_tool.pages.learner.entry import Visit, visit
from lti_tool.pages.learner.services import Issued, Services


def add(blueprint: Blueprint, services: Services) -> None:
    """Register `fetch`."""

    @blueprint.post("/practice/<topic>/fetch/<offer>")
    def fetch(launch_id: str, topic: str, offer: str) -> dict[str, Any]:
        seen = visit(services, launch_id)
        if topic not in services.practice or not services.offers.holds(offer, launch_id, topic):
            raise Problem(403, "LRN-05", "errors.http.403", detail="no offer of this page, or it has ended")
        # The learner's in this topic, whatever the launch: what a page kept through one is the same when the next one sends it.
        registration = str(uuid5(NAMESPACE_URL, f"{services.base_url}/{seen.learner_id}/{topic}"))
        with services.database.transaction() as connection:
            issued = services.token(
                connection, offer=offer, learner_id=seen.learner_id, registration=registration, now=seen.now
            )
        if issued is None:
            raise Problem(
                409, "LRN-06", "errors.http.other", detail="this page has fetched its token already"
            )
        return _said(issued, registration, services.base_url)


def fetch_url(services: Services, seen: Visit, topic: str) -> str:
    """Where the page that is being shown may fetch its token."""
    offer = services.offers.make(seen.session.id, topic)
    return url_for("learner.fetch", launch_id=seen.session.id, topic=topic, offer=offer)


def _said(issued: Issued, registration: str, base_url: str) -> dict[str, Any]:
    """`auth-token` as cmi5 calls it: "the AU MUST place [it] in the Authorization header" (8.2.2), after "Basic "."""
    return {
        "auth-token": issued.token,
        "endpoint": f"{base_url}/xapi/",
        "actor": issued.actor,
        "registration": registration,
        "verbs": list(issued.verbs),
        "expires": issued.expires.isoformat(),
    }
