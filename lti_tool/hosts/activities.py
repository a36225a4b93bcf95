"""How each kind of platform names its activities in statements, and says that one was completed."""

from dataclasses import dataclass

COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
PASSED = "http://adlnet.gov/expapi/verbs/passed"
PROGRESSED = "http://adlnet.gov/expapi/verbs/progressed"
EARNED = "http://id.tincanapi.com/verb/earned"
UNCOMPLETED = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A short way to name an activity in a mapping file: `{}` in each of `patterns` (rules.glob) stands for what the organiser wrote.

    `verbs`, `takes_back`, `events`: what completes it and takes it back when the organiser says nothing else. `numbered`: only a whole
    number names such an activity.
    """

    name: str
    patterns: tuple[str, ...]
    verbs: frozenset[str]
    takes_back: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    numbered: bool = False


# `completed` serves activity completion, quiz attempts, SCORM objects, lessons and whole courses alike: these two events are the ones
# that say an activity is done. (A SCORM score, for one, comes as `completed` too.)
_MOODLE_EVENTS = frozenset(
    {r"\core\event\course_module_completion_updated", r"\mod_quiz\event\attempt_submitted"}
)

IDNUMBER = Shortcut(
    "idnumber", ("{}",), frozenset({COMPLETED, PASSED}), frozenset({UNCOMPLETED}), _MOODLE_EVENTS
)

# Statements carry the course-module id (cmid); an attempt at a quiz is an object of its own that names the cmid last.
CMID = Shortcut(
    "cmid",
    ("**/mod/*/view.php?id={}", "**/mod/*/attempt.php?attempt=*&cmid={}"),
    frozenset({COMPLETED, PASSED}),
    frozenset({UNCOMPLETED}),
    _MOODLE_EVENTS,
    numbered=True,
)

# Most Open edX events wrap the usage key into an address; exams and some problem events send the bare key.
USAGE_KEY = Shortcut("usage_key", ("**/xblock/{}", "{}"), frozenset({PROGRESSED, COMPLETED, PASSED}))

SHORTCUTS = {shortcut.name: shortcut for shortcut in (IDNUMBER, CMID, USAGE_KEY)}

# Our own blocks complete as soon as we score them, so they must never be evidence of a topic.
NEVER_EVIDENCE = ("**/mod/lti/**", "**type@lti_consumer+**", "**type@lti+**")
