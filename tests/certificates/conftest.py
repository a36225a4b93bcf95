import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from certificates.certificate import Facts, Line, Wording
from certificates.signing import Signer, make_pem

AWARDED = datetime(2025, 12, 9, 13, 30, tzinfo=UTC)

TITLE = Line("Kỹ năng số cho cán bộ cấp xã", "Digital skills for commune officials")
WORDING = Wording(
    issuer=Line("SỞ THỬ NGHIỆM TỈNH MẪU", "Sample Department of Trials"),
    heading=Line("GIẤY CHỨNG NHẬN"),
    subheading=Line("HOÀN THÀNH KHÓA HỌC TRỰC TUYẾN", "Certificate of Completion of an Online Course"),
    presented=Line("Chứng nhận ông/bà", "This is to certify that"),
    achieved=Line("đã hoàn thành khóa học", "has completed the course"),
    number=Line("Số", "No."),
    date=Line("Ngày cấp", "Date of issue"),
    check=Line("Quét mã để kiểm tra", "Scan to verify"),
    signed=Line("Văn bản được ký số", "Digitally signed"),
    specimen=Line("BẢN DIỄN TẬP – KHÔNG CÓ GIÁ TRỊ", "REHEARSAL SPECIMEN – NOT VALID"),
)


def make_facts(
    name: str | None = "Đặng Thị Quỳnh Như", *, rehearsal: bool = False, title: Line = TITLE, **other
) -> Facts:
    return Facts(name, title, "2025", date(2025, 12, 9), rehearsal, WORDING, **other)


@pytest.fixture
def vietnamese_letters() -> str:
    """The 134 Vietnamese letters beyond ASCII: twelve vowels with five tones and their plain forms, and đ, in both cases."""
    tones = ["", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"]
    lower = [unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in tones] + ["đ"]
    letters = [letter for letter in lower if not letter.isascii()]
    return "".join(letters) + "".join(letters).upper()


@pytest.fixture
def facts():
    return make_facts


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer(make_pem("Sở Thử nghiệm", AWARDED))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"
