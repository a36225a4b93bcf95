"""Which activities of a platform make which topic: files, versions, the default, and what maps to nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool.base.tables import audit
from lti_tool.hosts.activities import UNCOMPLETED
from lti_tool.programmes import mappings, versions
from lti_tool.programmes.mapping_reader import VERBS, default, read_mapping, restore
from lti_tool.programmes.reader import ProgrammeError
from rules.evidence import ANY_SOURCE, Fact
from rules.progress import progress

MOODLE = "https://moodle.example.vn"
OPENEDX = "https://lms.example.vn"
TOPICS = ("cd-01", "cd-02", "cd-03")
GOOD = """\
programme: kns-2025
platform: https://moodle.example.vn
topics:
  cd-01:
    needs: any
    activities:
      - cmid: 9
      - id: https://moodle.example.vn/mod/page/view.php?id=12
  cd-02:
    activities:
      - usage_key: block-v1:A+B+C+type@sequential+block@x
        min_score: 0.7
"""


@pytest.fixture
def loaded(database, now, kns, marks):
    with database.transaction() as connection:
        made = versions.load(connection, kns, "kns.yaml", now, mark_all=marks)
    marks.count = 0
    return made.programme


def statement(activity, verb="completed", source=MOODLE, now=None, **said):
    """A fact in the measured shapes, in the middle of the window."""
    values = {
        "statement_id": f"{activity} {verb}",
        "external_id": None,
        "order": 1,
        "at": now,
        "arrived": now,
    }
    return Fact(activity=activity, verb=VERBS[verb], source=source, **{**values, **said})


def test_without_a_mapping_the_id_number_of_an_activity_names_its_topic(database, loaded, now):
    with database.reading() as connection:
        found = mappings.current(connection, "kns-2025")
    assert list(found) == [ANY_SOURCE]
    page = f"{MOODLE}/mod/page/view.php?id=4"
    done = statement(page, now=now, external_id="cd-07", completion=True)
    failed = statement(page.replace("4", "5"), now=now, external_id="cd-08", completion=True, success=False)
    scored = statement(
        page.replace("4", "6"),
        now=now,
        external_id="cd-09",
        event_name=r"\mod_scorm\event\scoreraw_submitted",
    )
    ours = statement(f"{MOODLE}/mod/lti/view.php?id=7", now=now, external_id="cd-10", success=True)
    states = progress(loaded, found, [done, failed, scored, ours])
    assert [key for key, state in states.items() if state.done] == ["cd-07"]
    back = statement(page, "uncompleted", now=now, external_id="cd-07", order=2)
    assert not progress(loaded, found, [done, back])["cd-07"].done


def test_an_imported_mapping_is_in_force_for_its_platform_only(database, loaded, now, marks):
    with database.transaction() as connection:
        made = mappings.import_(connection, GOOD, "moodle.yaml", now, mark_all=marks)
    with database.reading() as connection:
        found = mappings.current(connection, "kns-2025")
        assert mappings.text_of(connection, "kns-2025", MOODLE) == GOOD
        assert mappings.text_of(connection, "kns-2025", OPENEDX) is None
        assert connection.scalars(select(audit.c.act)).all() == ["programme.load", "mapping.import"]
    assert (made.programme, made.source, made.version, made.new, marks.count) == (
        "kns-2025",
        MOODLE,
        1,
        True,
        1,
    )
    assert (set(found), found[MOODLE].version) == ({ANY_SOURCE, MOODLE}, 1)


def test_importing_the_same_mapping_again_changes_nothing(database, loaded, now, marks):
    with database.transaction() as connection:
        mappings.import_(connection, GOOD, "moodle.yaml", now, mark_all=marks)
        again = mappings.import_(connection, GOOD, "moodle.yaml", now, mark_all=marks)
    assert (again.version, again.new, marks.count) == (1, False, 1)


def test_a_changed_mapping_is_a_new_version_and_everybody_is_reviewed(database, loaded, now, marks):
    changed = GOOD.replace("cmid: 9", "cmid: 10")
    with database.transaction() as connection:
        mappings.import_(connection, GOOD, "moodle.yaml", now, mark_all=marks)
        mappings.import_(connection, changed, "moodle.yaml", now + timedelta(days=1), mark_all=marks)
        assert mappings.current(connection, "kns-2025")[MOODLE].version == 2
        assert [(one.source, one.version) for one in mappings.listed(connection, "kns-2025")] == [(MOODLE, 2)]
    assert marks.count == 2


def test_a_programme_that_is_not_loaded_has_no_mappings(database, now, marks):
    with database.transaction() as connection:
        assert mappings.current(connection, "kns-2025") == {}
        with pytest.raises(
            ProgrammeError, match=r"moodle\.yaml:1: programme: the programme 'kns-2025' is not loaded"
        ):
            mappings.import_(connection, GOOD, "moodle.yaml", now, mark_all=marks)


@pytest.mark.parametrize(
    ("activity", "said", "done"),
    [
        (f"{MOODLE}/mod/page/view.php?id=9", {}, True),
        (f"{MOODLE}/mod/quiz/view.php?id=9", {"success": True}, True),
        (f"{MOODLE}/mod/quiz/attempt.php?attempt=31&cmid=9", {"success": True, "scaled": 1.0}, True),
        (f"{MOODLE}/mod/quiz/view.php?id=9", {"success": False}, False),
        (f"{MOODLE}/mod/quiz/attempt.php?attempt=31&cmid=9", {"success": False}, False),
        (f"{MOODLE}/mod/page/view.php?id=90", {}, False),
        (f"{MOODLE}/mod/page/view.php?id=12", {}, True),
        (f"{MOODLE}/mod/lti/view.php?id=9", {"success": True}, False),
        (
            f"{MOODLE}/mod/page/view.php?id=9",
            {"event_name": r"\core\event\course_module_completion_updated"},
            True,
        ),
        (f"{MOODLE}/mod/page/view.php?id=9", {"event_name": r"\mod_lesson\event\lesson_ended"}, False),
    ],
)
def test_a_course_module_id_names_the_module_and_its_quiz_attempts(
    database, loaded, now, marks, activity, said, done
):
    with database.transaction() as connection:
        mappings.import_(connection, GOOD, "moodle.yaml", now, mark_all=marks)
        found = mappings.current(connection, "kns-2025")
    assert progress(loaded, found, [statement(activity, now=now, **said)])["cd-01"].done is done


@pytest.mark.parametrize(
    ("activity", "verb", "said", "topic", "done"),
    [
        ("{lms}/xblock/{block}cd01", "progressed", {"completion": True, "progress": 100.0}, "cd-01", True),
        ("{block}cd01", "completed", {}, "cd-01", True),
        ("{lms}/xblock/{block}cd01", "progressed", {"completion": False, "progress": 50.0}, "cd-01", False),
        ("{lms}/xblock/{block}cd01x", "completed", {}, "cd-01", False),
        ("{lms}/xblock/{block}cd02", "earned", {"scaled": 0.7, "success": False}, "cd-02", True),
        ("{lms}/xblock/{block}cd02", "earned", {"scaled": 0.6, "success": True}, "cd-02", False),
        ("{lms}/xblock/{block}cd02", "progressed", {"completion": True, "progress": 100.0}, "cd-02", False),
    ],
)
def test_a_usage_key_names_the_block(database, loaded, now, marks, sample, activity, verb, said, topic, done):
    with database.transaction() as connection:
        mappings.import_(
            connection, sample("mappings/openedx.example.yaml"), "openedx.yaml", now, mark_all=marks
        )
        found = mappings.current(connection, "kns-2025")
    named = activity.format(lms=OPENEDX, block="block-v1:MST+KNS+2025+type@sequential+block@")
    assert progress(loaded, found, [statement(named, verb, OPENEDX, now, **said)])[topic].done is done


def test_our_own_open_edx_block_is_never_evidence(now, loaded):
    text = GOOD.replace("type@sequential", "type@lti_consumer").replace("        min_score: 0.7\n", "")
    found = {MOODLE: read_mapping(text, "m.yaml", lambda _: TOPICS).mapping}
    ours = statement("block-v1:A+B+C+type@lti_consumer+block@x", now=now)
    assert not progress(loaded, found, [ours])["cd-02"].done


def test_the_sample_of_two_videos_and_a_quiz_is_open_until_all_three(database, loaded, now, marks, sample):
    with database.transaction() as connection:
        mappings.import_(
            connection, sample("mappings/moodle.example.yaml"), "moodle.yaml", now, mark_all=marks
        )
        found = mappings.current(connection, "kns-2025")
    facts = [statement(f"{MOODLE}/mod/page/view.php?id={cmid}", now=now) for cmid in (9, 10)]
    quiz = f"{MOODLE}/mod/quiz/attempt.php?attempt=5&cmid=11"
    weak = [*facts, statement(quiz, now=now, success=True, scaled=0.79)]
    good = [*facts, statement(quiz, now=now, success=True, scaled=0.8)]
    assert [progress(loaded, found, those)["cd-01"].done for those in (facts, weak, good)] == [
        False,
        False,
        True,
    ]
    labels = [part.label for part in progress(loaded, found, facts)["cd-01"].parts]
    assert labels == ["Video 1", "Video 2", "Bài trắc nghiệm"]


def test_moodle_completed_uncompleted_completed_in_one_second_ends_completed(database, loaded, now):
    page = f"{MOODLE}/mod/page/view.php?id=4"
    verbs = ["completed", "uncompleted", "completed"]
    facts = [
        statement(page, verb, now=now, external_id="cd-01", order=order, statement_id=str(order))
        for order, verb in enumerate(verbs)
    ]
    found = {ANY_SOURCE: default(loaded.topic_keys)}
    assert progress(loaded, found, facts)["cd-01"].proof == ("2",)
    assert not progress(loaded, found, facts[:2])["cd-01"].done


def test_a_topic_that_nothing_maps_to_is_named(database, loaded, now, marks, sample):
    with database.transaction() as connection:
        mappings.import_(
            connection, sample("mappings/openedx.example.yaml"), "openedx.yaml", now, mark_all=marks
        )
        mappings.import_(
            connection, sample("mappings/moodle.example.yaml"), "moodle.yaml", now, mark_all=marks
        )
        found = mappings.current(connection, "kns-2025")
    missing = mappings.unmapped(loaded, found, ["https://third.example.vn"])
    assert missing == {OPENEDX: tuple(f"cd-{number:02}" for number in range(4, 20))}


def test_without_any_mapping_every_topic_of_a_known_platform_is_unmapped(loaded):
    assert mappings.unmapped(loaded, {}, [MOODLE]) == {MOODLE: loaded.topic_keys}


def test_topics_that_are_not_listed_are_found_by_id_number_where_the_file_says_so():
    text = GOOD.replace("topics:", "others: idnumber\ntopics:")
    found = read_mapping(text, "m.yaml", lambda _: TOPICS).mapping
    assert set(found.topics) == set(TOPICS)
    assert found.topics["cd-03"].activities[0].by == "external_id"
    assert found.topics["cd-01"].activities[0].by == "pattern"


def test_an_organiser_may_say_what_completes_and_what_takes_back():
    said = "cmid: 9\n        verbs: [experienced, 'https://x.vn/verb']\n        taken_back_by: []\n        events: [done]\n        name: Trang"
    rule = (
        read_mapping(GOOD.replace("cmid: 9", said), "m.yaml", lambda _: TOPICS)
        .mapping.topics["cd-01"]
        .activities[0]
    )
    assert (rule.verbs, rule.takes_back) == ({VERBS["experienced"], "https://x.vn/verb"}, frozenset())
    assert (rule.events, rule.label) == ({"done"}, "Trang")
    plain = read_mapping(GOOD, "m.yaml", lambda _: TOPICS).mapping.topics["cd-01"].activities[0]
    assert plain.takes_back == {UNCOMPLETED}


def test_what_begins_an_activity_is_known_by_its_host_or_said_by_the_organiser():
    def begins(text):
        mapping = read_mapping(text, "m.yaml", lambda _: TOPICS).mapping
        return mapping.topics["cd-01"].activities[0].begins

    assert begins(GOOD) == {VERBS["viewed"], VERBS["started"]}
    assert begins(GOOD.replace("cmid: 9", "usage_key: block")) == {VERBS["initialized"], VERBS["played"]}
    assert begins(GOOD.replace("cmid: 9", "cmid: 9\n        begun_by: [attempted]")) == {VERBS["attempted"]}
    assert begins(GOOD.replace("cmid: 9", "cmid: 9\n        begun_by: []")) == frozenset()


def test_a_stored_mapping_that_can_no_longer_be_read_says_so():
    with pytest.raises(ValueError, match="can no longer be read"):
        restore({}, TOPICS, 1)


def test_a_number_of_activities_may_be_enough():
    text = GOOD.replace("needs: any", "needs: 2")
    assert read_mapping(text, "m.yaml", lambda _: TOPICS).mapping.topics["cd-01"].count == 2


BAD = [
    ("cmid: 9", "cmid: nine", ["7: topics.cd-01.activities[1].cmid: whole number is wanted, found text 'nine'"]),
    ("cmid: 9", "cmid: 0", ["7: topics.cd-01.activities[1].cmid: 0 is too small: at least 1 is wanted"]),
    ("cmid: 9", "cmid: [9]", ["7: topics.cd-01.activities[1].cmid: whole number is wanted, found list"]),
    ("cmid: 9", "idnumber: ''", ["7: topics.cd-01.activities[1].idnumber: nothing is written here"]),
    ("cmid: 9", "page: 9", ["7: topics.cd-01.activities[1]: exactly one of idnumber, cmid, usage_key, id, pattern is wanted"]),
    ("cmid: 9", "cmid: 9\n        idnumber: x", ["7: topics.cd-01.activities[1]: exactly one of "]),
    ("cmid: 9", "cmid: 9\n        colour: red", ["8: topics.cd-01.activities[1].colour: unknown key"]),
    ("cmid: 9", "cmid: 9\n        verbs: [done]", ["8: topics.cd-01.activities[1].verbs[1]: 'done' is no verb: write one of completed, "]),
    ("cmid: 9", "cmid: 9\n        verbs: [3]", ["8: topics.cd-01.activities[1].verbs[1]: text is wanted, found whole number 3"]),
    ("cmid: 9", "cmid: 9\n        verbs: [earned]", ["8: topics.cd-01.activities[1].verbs: the verb http://id.tincanapi.com/verb/earned only counts"]),
    ("cmid: 9", "cmid: 9\n        verbs: []", ["8: topics.cd-01.activities[1].verbs: nothing is written here"]),
    ("min_score: 0.7", "min_score: 70", ["12: topics.cd-02.activities[1].min_score: 70 is not between 0 and 1"]),
    ("needs: any", "needs: most", ["5: topics.cd-01.needs: 'most' is none of: all, any"]),
    ("needs: any", "needs: 3", ["5: topics.cd-01.needs: impossible: 3 of 2"]),
    ("needs: any", "needs: 0", ["5: topics.cd-01.needs: 0 is too small"]),
    ("  cd-02:", "  cd-77:", ["9: topics.cd-77: there is no topic 'cd-77'"]),
    ("  cd-02:", "  cd-01:", ["9: topics: the key 'cd-01' comes a second time"]),
    ("platform: https://moodle.example.vn\n", "", ["1: platform is missing"]),
    ("programme: kns-2025", "programme: 2025", ["1: programme: text is wanted, found whole number 2025"]),
    ("programme: kns-2025", "programme: other", ["1: programme: the programme 'other' is not loaded"]),
    ("topics:\n", "others: all\ntopics:\n", ["3: others: 'all' is none of: idnumber, none"]),
    ("topics:\n", "exclude: '*'\ntopics:\n", ["3: exclude: list is wanted, found text '*'"]),
    ("topics:\n", "topics: [\n", ["5: this is not YAML: "]),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "expected"), BAD, ids=[bad for _, bad, _ in BAD])
def test_a_bad_mapping_stops_with_file_line_and_reason(good, bad, expected):
    assert good in GOOD
    with pytest.raises(ProgrammeError) as caught:
        read_mapping(GOOD.replace(good, bad, 1), "m.yaml", lambda key: TOPICS if key == "kns-2025" else None)
    found = [str(fault) for fault in caught.value.faults]
    for fault, start in zip(found, expected, strict=True):
        assert fault.startswith(f"m.yaml:{start}"), fault
