"""The standards' own names that both faces use."""

from typing import Final

LTI: Final = "https://purl.imsglobal.org/spec/lti/claim/"
BASIC_OUTCOME: Final = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"
AGS_CLAIM: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_CLAIM: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
TOOL_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"

AGS_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINEITEM: Final = AGS_SCOPE + "lineitem"
LINEITEM_READONLY: Final = AGS_SCOPE + "lineitem.readonly"
RESULT_READONLY: Final = AGS_SCOPE + "result.readonly"
SCORE: Final = AGS_SCOPE + "score"
MEMBERSHIP_READONLY: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ALL_SCOPES: Final = (LINEITEM, LINEITEM_READONLY, RESULT_READONLY, SCORE, MEMBERSHIP_READONLY)

MEDIA: Final = "application/vnd.ims."
LINEITEM_CONTAINER_TYPE: Final = MEDIA + "lis.v2.lineitemcontainer+json"
LINEITEM_TYPE: Final = MEDIA + "lis.v2.lineitem+json"
SCORE_TYPE: Final = MEDIA + "lis.v1.score+json"
RESULT_CONTAINER_TYPE: Final = MEDIA + "lis.v2.resultcontainer+json"
MEMBERSHIP_TYPE: Final = MEDIA + "lti-nrps.v2.membershipcontainer+json"

ROLE: Final = "http://purl.imsglobal.org/vocab/lis/v2/"

COMPLETED: Final = "http://adlnet.gov/expapi/verbs/completed"
UNCOMPLETED: Final = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted"
VIEWED: Final = "http://id.tincanapi.com/verb/viewed"
STARTED: Final = "http://activitystrea.ms/schema/1.0/start"
LOGGED_IN: Final = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/login"
PROGRESSED: Final = "http://adlnet.gov/expapi/verbs/progressed"
EARNED: Final = "http://id.tincanapi.com/verb/earned"
PASSED: Final = "http://adlnet.gov/expapi/verbs/passed"
