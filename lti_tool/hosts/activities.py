"""How each kind of platform names its activities in statements, and says that one was completed."""

from dataclasses import dataclass

COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
PASSED = "http://adlnet.gov/expapi/verbs/passed"
PROGRESSED = "http://adlnet.gov/expapi/verbs/progressed"
EARNED = "http://id.tincanapi.com/verb/earned"
UNCOMPLETED = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted"
VIEWED = "http://id.tincanapi.com/verb/viewed"
STARTED = "http://activitystrea.ms/schema/1.0/start"
INITIALIZED = "http://adlnet.gov/expapi/verbs/initialized"
LAUNCHED = "http://adlnet.gov/expapi/verbs/launched"
PLAYED = "https://w3id.org/xapi/video/verbs/played"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A short way to name an activity in a mapping file: `{}` in each of `patterns` (rules.glob) stands for what the organiser wrote.

    `verbs`, `takes_back`, `events`: what completes it and takes it back when the organiser says nothing else. `numbered`: only a whole
    number names such an activity. `begins`: what says that somebody turned to it.
    """

    name: str
    patterns: tuple[str, ...]
    verbs: frozenset[str]
    takes_back: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    numbered: bool = False
    begins: frozenset[str] = frozenset()


# `completed` serves activity completion, quiz attempts, SCORM objects, lessons and whole courses alike: these two events are the ones
# that say an activity is done. (A SCORM score, for one, comes as `completed` too.)
_MOODLE_EVENTS = frozenset(
    {r"\core\event\course_module_completion_updated", r"\mod_quiz\event\attempt_submitted"}
)

# Moodle says of every activity that it was viewed, of a quiz that an attempt started. (A SCORM package says "launched" of the address
# with "#sco" behind it, after the view.)
_MOODLE_BEGINS = frozenset({VIEWED, STARTED})

IDNUMBER = Shortcut(
    "idnumber",
    ("{}",),
    frozenset({COMPLETED, PASSED}),
    frozenset({UNCOMPLETED}),
    _MOODLE_EVENTS,
    begins=_MOODLE_BEGINS,
)

# Statements carry the course-module id (cmid); an attempt at a quiz is an object of its own that names the cmid last.
CMID = Shortcut(
    "cmid",
    ("**/mod/*/view.php?id={}", "**/mod/*/attempt.php?attempt=*&cmid={}"),
    frozenset({COMPLETED, PASSED}),
    frozenset({UNCOMPLETED}),
    _MOODLE_EVENTS,
    numbered=True,
    begins=_MOODLE_BEGINS,
)

# Most Open edX events wrap the usage key into an address; exams and some problem events send the bare key. A video says when it was
# loaded and played, an exam when its attempt was made. Of a whole subsection nothing is said when it is opened ("navigated" comes at the
# first step within it), and "attempted" of a problem is its answer: no beginnings.
USAGE_KEY = Shortcut(
    "usage_key",
    ("**/xblock/{}", "{}"),
    frozenset({PROGRESSED, COMPLETED, PASSED}),
    begins=frozenset({INITIALIZED, PLAYED}),
)

SHORTCUTS = {shortcut.name: shortcut for shortcut in (IDNUMBER, CMID, USAGE_KEY)}

# Our own blocks complete as soon as we score them, so they must never be evidence of a topic.
NEVER_EVIDENCE = ("**/mod/lti/**", "**type@lti_consumer+**", "**type@lti+**")
