"""What every command promises: help with examples, JSON, one clear line for an error, no traceback."""

import argparse

import pytest

from lti_tool.cli.main import make_parser


def commands(parser, path=()):
    """Every command's words and parser."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        return [(path, parser)]
    return [one for name, inner in groups[0].choices.items() for one in commands(inner, (*path, name))]


ALL = commands(make_parser())
WANTED = """serve; worker; migrate; doctor; admin add; admin reset; platform add; platform list; platform remove; platform approve;
platform invite; credential add; credential list; credential revoke; programme check; programme load; mapping import; mapping list;
roster import; learner show; certificate show; certificate verify; quarantine list; quarantine retry; job list; job retry;
report verify; practice"""


def test_every_command_the_guides_name_is_there():
    assert {" ".join(words.split()) for words in WANTED.split(";")} <= {" ".join(path) for path, _ in ALL}


@pytest.mark.parametrize(("path", "parser"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_has_help_with_examples_and_json(path, parser):
    text = parser.format_help()
    assert "examples:" in text
    assert f"donghanh {' '.join(path)}" in text
    assert "--json" in text


@pytest.mark.parametrize(("path", "parser"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_the_examples_of_every_command_can_be_parsed(path, parser):
    for line in parser.epilog.splitlines()[1:]:
        words = line.replace("'", "").split()
        if "'" in line:
            continue
        make_parser().parse_args(words[1:])


def test_a_wrong_setting_is_named_and_stops_the_command(run):
    said = run("platform list", DONGHANH_BASE_URL="tool.example.vn")
    assert said.code == 2
    assert said.err.startswith("donghanh: DONGHANH_BASE_URL: ")
    assert len(said.err.splitlines()) == 1


def test_a_database_that_does_not_answer_is_one_line(run):
    said = run("platform list --json", DONGHANH_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert (said.code, len(said.err.splitlines())) == (1, 1)
    assert "database" in said.json["error"]


def test_a_database_without_tables_says_what_to_do(run, tmp_path):
    said = run("platform list", DONGHANH_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert said.code == 1
    assert "donghanh migrate" in said.err


def test_migrate_brings_an_empty_database_to_head_and_is_repeatable(run, tmp_path):
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    assert run("migrate", DONGHANH_DATABASE_URL=fresh).code == 0
    assert run("migrate", DONGHANH_DATABASE_URL=fresh).code == 0
    assert run("platform list", DONGHANH_DATABASE_URL=fresh).code == 0
