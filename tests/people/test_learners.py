"""Who arrives, and what they are called."""

from lti_tool.people import learners

MOODLE = "https://moodle.example.vn"


def arrive(database, launch, now, marks):
    with database.transaction() as connection:
        return learners.arrive(connection, launch, now, mark=marks)


def test_a_login_is_one_learner_however_often_it_launches(database, launch_of, marks, now):
    first = arrive(database, launch_of(MOODLE, "4"), now, marks)
    assert arrive(database, launch_of(MOODLE, "4"), now, marks) == first
    assert arrive(database, launch_of(MOODLE, "5"), now, marks) != first
    assert arrive(database, launch_of("https://other.example.vn", "4"), now, marks) != first


def test_the_name_is_family_then_given_in_nfc(database, launch_of, marks, now):
    said = launch_of(
        MOODLE, "4", family_name="Nguyê\u0303n  Thị", given_name="Hồng Ánh", name="Hồng Ánh Nguyễn Thị"
    )
    learner = arrive(database, said, now, marks)
    with database.reading() as connection:
        assert learners.name_of(connection, learner) == "Nguyễn Thị Hồng Ánh"


def test_without_both_halves_the_name_claim_is_taken(database, launch_of, marks, now):
    learner = arrive(
        database, launch_of(MOODLE, "4", name="Nguyễn Thị An", family_name="$Person.name.family"), now, marks
    )
    with database.reading() as connection:
        assert learners.name_of(connection, learner) == "Nguyễn Thị An"


def test_a_missing_name_is_asked_for_until_the_platform_says_one(database, launch_of, marks, now):
    learner = arrive(database, launch_of(MOODLE, "4"), now, marks)
    with database.transaction() as connection:
        assert learners.name_of(connection, learner) is None
        assert learners.set_name(connection, learner, "  ", now) is None
        assert learners.set_name(connection, learner, " Trần  Văn Bình ", now) == "Trần Văn Bình"
        assert learners.described(connection, learner) == learners.described(connection, learner)
        assert learners.described(connection, learner).origin == "learner"
    arrive(database, launch_of(MOODLE, "4", family_name="Trần Văn", given_name="Bình"), now, marks)
    with database.reading() as connection:
        assert learners.described(connection, learner).origin == "platform"


def test_a_name_that_cannot_be_printed_gives_way_to_the_one_said_instead(database, launch_of, marks, now):
    learner = arrive(database, launch_of(MOODLE, "4", name="陈文平"), now, marks)
    with database.transaction() as connection:
        learners.set_name(connection, learner, "Trần Văn Bình", now)
        assert learners.name_of(connection, learner) == "Trần Văn Bình"


def test_a_learner_is_found_by_login_and_by_part_of_the_name(database, launch_of, marks, now):
    learner = arrive(
        database, launch_of(MOODLE, "4", family_name="Nguyễn", given_name="An", username="0912"), now, marks
    )
    with database.reading() as connection:
        assert learners.find(connection, MOODLE, "4") == learner
        assert learners.find(connection, MOODLE, "5") is None
        for text in ("0912", "guyễ", learner):
            assert learners.search(connection, text) == [learner]
        assert learners.search(connection, "%") == []
        assert learners.search(connection, "") == []
        assert [found.sub for found in learners.logins(connection, learner)] == ["4"]
