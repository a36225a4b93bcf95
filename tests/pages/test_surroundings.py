"""What surrounds every page: how much may be sent."""

import pytest

from tests.assembly import assembled


@pytest.fixture
def tool(tmp_path, now):
    with assembled(tmp_path, now) as found:
        yield found


@pytest.mark.parametrize("path", ["/lti/launch", "/lti/login", "/console/sign-in"])
def test_no_stranger_fills_our_disk_with_an_upload(tool, path):
    head = b'--cut\r\nContent-Disposition: form-data; name="id_token"; filename="token.txt"\r\n\r\n'
    upload = head + b"x" * 3_000_000 + b"\r\n--cut--\r\n"
    answer = tool.browser().post(path, data=upload, content_type="multipart/form-data; boundary=cut")
    assert answer.status_code == 413


def test_a_large_batch_of_statements_is_no_upload(tool):
    tool.add_platform("moodle", "https://lms.example.vn")
    one = {
        "actor": {"account": {"homePage": "https://lms.example.vn", "name": "4"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://lms.example.vn/mod/page/view.php?id=7"},
        "result": {"response": "x" * 20_000},
    }
    assert tool.post("moodle", [one] * 200).status_code == 200
