"""Settings: a wrong one stops the start, naming the variable and what was wanted."""

from pathlib import Path

import pytest

from lti_tool.base.settings import SettingsError, load


def test_nothing_set_means_practice_on_this_machine(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    assert settings.base_url == "http://127.0.0.1:8200"
    assert settings.on_loopback
    assert settings.home == tmp_path / "instance"
    assert settings.database_url == f"sqlite:///{tmp_path}/instance/donghanh.db"
    assert settings.keys == tmp_path / "instance" / "keys"


@pytest.mark.parametrize(
    ("variable", "value", "wanted"),
    [
        ("DONGHANH_BASE_URL", "tool.example.vn", "public address"),
        ("DONGHANH_BASE_URL", "http://tool.example.vn", "https"),
        ("DONGHANH_BASE_URL", "https://tool.example.vn/path", "without a path"),
        ("DONGHANH_BASE_URL", "https://a:b@tool.example.vn", "public address"),
        ("DONGHANH_BASE_URL", "https://tool.example.vn:99999", "public address"),
        ("DONGHANH_BASE_URL", "https://tool.example.vn:x", "public address"),
        ("DONGHANH_BASE_URL", "https://[::1", "public address"),
        ("DONGHANH_BASE_URL", "https://tool example.vn", "public address"),
        ("DONGHANH_DATABASE_URL", "mysql://x/y", "postgresql://"),
        ("DONGHANH_DATABASE_URL", "nonsense", "sqlite:///"),
        ("DONGHANH_READ_DATABASE_URL", "postgresql://u@h/d", "of DONGHANH_DATABASE_URL"),
        ("DONGHANH_READ_DATABASE_URL", "nonsense", "postgresql://name"),
        ("DONGHANH_DATABASE_URL", "postgresql://u@h:port/d", "postgresql://"),
        ("DONGHANH_DATABASE_URL", "sqlite://", "sqlite:///path"),
        ("DONGHANH_DATABASE_URL", "sqlite:///:memory:", "sqlite:///path"),
        ("DONGHANH_OUTBOUND_ALLOW", "https://lms.example.vn/", "lms.internal"),
        ("DONGHANH_OUTBOUND_ALLOW", "10.20.0.0/40", "lms.internal"),
        ("DONGHANH_SECRET_KEY", "short", "32 characters"),
        ("DONGHANH_TRUSTED_PROXIES", "two", "whole number"),
        ("DONGHANH_LOG_LEVEL", "LOUD", "DEBUG"),
        ("DONGHANH_METRICS_TOKEN_FILE", "nowhere", "can be read"),
        ("DONGHANH_ENV_FILE", "nowhere", "can be read"),
        ("DONGHANH_OUTBOUND_CA", "nowhere", "can be read"),
    ],
)
def test_a_wrong_setting_names_itself_and_what_was_wanted(
    tmp_path: Path, variable: str, value: str, wanted: str
) -> None:
    with pytest.raises(SettingsError, match=wanted) as caught:
        load({variable: value}, tmp_path)
    assert caught.value.variable == variable


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    assert load({"DONGHANH_METRICS_TOKEN_FILE": "token"}, tmp_path).metrics_token == "s3cret"
    with pytest.raises(SettingsError, match="not both"):
        load({"DONGHANH_METRICS_TOKEN_FILE": "token", "DONGHANH_METRICS_TOKEN": "x"}, tmp_path)


@pytest.mark.parametrize("variable", ["DONGHANH_ENV_FILE", "DONGHANH_METRICS_TOKEN_FILE"])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, variable: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="text in UTF-8") as caught:
        load({variable: "binary"}, tmp_path)
    assert caught.value.variable == variable


def test_a_misspelt_name_in_the_file_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    """Left out silently, the tool would start as practice on this machine."""
    file = tmp_path / "donghanh.env"
    file.write_text("LANG=vi\nDONGHANH_BASEURL=https://a.example.vn\n")
    with pytest.raises(SettingsError, match="DONGHANH_BASE_URL") as caught:
        load({"DONGHANH_ENV_FILE": "donghanh.env"}, tmp_path)
    assert caught.value.variable == "DONGHANH_BASEURL"
    file.write_text("LANG=vi\nDONGHANH_LRS_SECRET_FILE=\nDONGHANH_DATABASE_URL_FILE=\n")
    assert load({"DONGHANH_ENV_FILE": "donghanh.env"}, tmp_path).on_loopback


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "donghanh.env").write_text(
        '# a comment\nDONGHANH_BASE_URL="https://a.example.vn/"\nDONGHANH_LOG_LEVEL=debug\n'
    )
    settings = load({"DONGHANH_ENV_FILE": "donghanh.env", "DONGHANH_LOG_LEVEL": "warning"}, tmp_path)
    assert (settings.base_url, settings.host, settings.log_level) == (
        "https://a.example.vn",
        "a.example.vn",
        "WARNING",
    )
    assert not settings.on_loopback


def test_a_line_of_the_file_that_is_no_setting_is_named_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "donghanh.env").write_text("\nDONGHANH_BASE_URL\n")
    with pytest.raises(SettingsError, match="line 2"):
        load({"DONGHANH_ENV_FILE": "donghanh.env"}, tmp_path)


LRS = {
    "DONGHANH_LRS_URL": "https://lrs.example.vn/xapi/",
    "DONGHANH_LRS_KEY": "key",
    "DONGHANH_LRS_SECRET": "secret",
}


def test_an_external_lrs_is_an_address_a_key_and_a_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    found = load({**LRS, "DONGHANH_LRS_SECRET": "", "DONGHANH_LRS_SECRET_FILE": "secret"}, tmp_path).lrs
    assert found is not None
    assert (found.url, found.key, found.secret) == ("https://lrs.example.vn/xapi", "key", "from a file")
    assert "from a file" not in repr(found)
    assert load({}, tmp_path).lrs is None


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"DONGHANH_LRS_URL": "lrs.example.vn"}, "DONGHANH_LRS_URL"),
        ({"DONGHANH_LRS_URL": "https://a:b@lrs.example.vn/"}, "DONGHANH_LRS_URL"),
        ({"DONGHANH_LRS_URL": "https://lrs.example.vn:lrs/"}, "DONGHANH_LRS_URL"),
        ({"DONGHANH_LRS_URL": "https://[::1"}, "DONGHANH_LRS_URL"),
        ({"DONGHANH_LRS_URL": ""}, "DONGHANH_LRS_KEY"),
        ({"DONGHANH_LRS_KEY": ""}, "DONGHANH_LRS_KEY"),
        ({"DONGHANH_LRS_KEY": "a:b"}, "DONGHANH_LRS_KEY"),
        ({"DONGHANH_LRS_SECRET": ""}, "DONGHANH_LRS_SECRET"),
    ],
)
def test_half_an_access_to_an_lrs_names_what_is_wrong(
    tmp_path: Path, changes: dict[str, str], variable: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load({**LRS, **changes}, tmp_path)
    assert caught.value.variable == variable
    assert "a:b" not in str(caught.value)  # it may be a password, and the line goes to a log
