"""Codes of problems in organisers' files, in words. English: they appear on the command line and in the console's import page."""

from collections.abc import Mapping

_REASONS = {
    "alias": "an alias (*name) is not allowed here: write the value again",
    "bad_activity": "exactly one of {options} is wanted to name the activity",
    "bad_choice": "{found!r} is none of: {options}",
    "bad_key": "{found!r} is no short name: lower-case letters, digits, dot, dash and underscore, at most 64",
    "bad_requirement": "exactly one of at_least, all_of, any_of is wanted",
    "bad_span": '{found!r} is no length of time: write it as "3 days", "12 hours" or "30 minutes"',
    "bad_time": "{found!r} is no time: write it as 2025-12-01T00:00:00+07:00",
    "bad_verb": "{found!r} is no verb: write one of {known}, or a whole IRI",
    "bad_yaml_key": "the key must be plain text",
    "closes_before_opens": "closes ({closes}) is not after opens ({opens})",
    "duplicate": "{found!r} comes a second time",
    "duplicate_key": "the key {key!r} comes a second time",
    "empty": "nothing is written here",
    "impossible": "impossible: {count} of {total}",
    "missing_key": "{key} is missing",
    "needs_score": "the verb {verb} only counts with a min_score",
    "no_minutes": "topic {topic} has no minutes, so the pace cannot count its study time",
    "no_offset": "the time {found!r} does not name its offset from UTC, such as +07:00",
    "not_a_fraction": "{found!r} is not between 0 and 1",
    "not_loaded": "the programme {found!r} is not loaded",
    "not_yaml": "this is not YAML: {reason}",
    "set_never_asked": "the requirement does not ask for the set {set}",
    "too_deep": "nested too deep: {most} levels are the most",
    "too_large": "the file is too large: {most} characters are the most",
    "too_small": "{found!r} is too small: at least {least} is wanted",
    "topic_in_no_set": "topic {topic} is in no set",
    "topic_never_asked": "the requirement does not ask for topic {topic}",
    "unknown_key": "unknown key {key!r}; known are: {known}",
    "unknown_set": "there is no set {found!r}; known are: {known}",
    "unknown_tag": "the tag {tag} is not allowed",
    "unknown_topic": "there is no topic {found!r}",
    "wrong_type": "{wanted} is wanted, found {found}",
}


def reason(code: str, values: Mapping[str, object]) -> str:
    """The sentence for a problem; KeyError for a code nobody put into words."""
    return _REASONS[code].format(**values)
