import shutil
import subprocess
import unicodedata
from io import BytesIO

import pytest
import segno
from PIL import Image
from pypdf import PdfReader

from certificates import pdf
from certificates.certificate import Line
from certificates.design import LANDSCAPE

NUMBER = "7K3M-9QTX-0F4B-HDEZ"
ADDRESS = f"https://donghanh.example.gov.vn/verify/{NUMBER}"
HARD_NAMES = [
    "Đặng Thị Quỳnh Như",
    "Nguyễn Thụy Ỷ Lan",
    "Y Thŭ Êban",
    "H'Lan Niê Kdăm",
    "Công Tằng Tôn Nữ Nguyễn Phước Huyền Trân Quỳnh Như Đặng Hoàng",
]

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler-utils")


def text_of(document: bytes) -> str:
    command = ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"]
    return subprocess.run(command, input=document, capture_output=True, check=True).stdout.decode()


def test_the_document_is_one_a4_page_in_vietnamese(facts):
    reader = PdfReader(BytesIO(pdf.compose(facts(), NUMBER, ADDRESS)))
    assert len(reader.pages) == 1
    box = reader.pages[0].mediabox
    assert sorted((round(box.width), round(box.height))) == [595, 842]
    assert reader.trailer["/Root"]["/Lang"] == "vi-VN"
    assert NUMBER in reader.metadata.title


@needs_poppler
def test_every_vietnamese_letter_extracts_composed(facts, vietnamese_letters):
    lines = [vietnamese_letters[start : start + 34] for start in range(0, 134, 34)]
    text = "".join(text_of(pdf.compose(facts(line), NUMBER, ADDRESS)) for line in lines)
    assert all(line in text for line in lines)


@needs_poppler
@pytest.mark.parametrize("name", HARD_NAMES)
def test_the_name_stands_on_one_line_as_given(facts, name):
    lines = text_of(pdf.compose(facts(name), NUMBER, ADDRESS)).splitlines()
    assert name in lines


@needs_poppler
def test_a_decomposed_name_is_printed_composed(facts):
    given = facts().named(unicodedata.normalize("NFD", "Lê Thị Ngọc Ánh"))
    assert "Lê Thị Ngọc Ánh" in text_of(pdf.compose(given, NUMBER, ADDRESS))


@needs_poppler
def test_number_date_programme_and_both_languages_are_printed(facts):
    text = text_of(pdf.compose(facts(unit="Xã Đắk Ơ, tỉnh Đồng Nai"), NUMBER, ADDRESS))
    for part in (
        NUMBER,
        ADDRESS,
        "09/12/2025",
        "Kỹ năng số cho cán bộ cấp xã",
        "GIẤY CHỨNG NHẬN",
        "Xã Đắk Ơ",
    ):
        assert part in text
    assert "Certificate of Completion" in text
    assert "DIỄN TẬP" not in text


@needs_poppler
def test_a_rehearsal_is_marked_as_a_specimen(facts):
    text = text_of(pdf.compose(facts(rehearsal=True), NUMBER, ADDRESS))
    assert "BẢN DIỄN TẬP – KHÔNG CÓ GIÁ TRỊ / REHEARSAL SPECIMEN – NOT VALID" in text


def test_the_same_facts_give_the_same_bytes(facts):
    assert pdf.compose(facts(), NUMBER, ADDRESS) == pdf.compose(facts(), NUMBER, ADDRESS)


@pytest.mark.parametrize(
    ("name", "code"), [(None, "name_missing"), ("李小龙", "name_letters"), ("Đỗ " * 40, "name_long")]
)
def test_a_name_that_cannot_be_printed_is_refused_with_the_reason(facts, name, code):
    with pytest.raises(pdf.ComposeError) as refusal:
        pdf.compose(facts(name), NUMBER, ADDRESS)
    assert refusal.value.problem.code == code


@needs_poppler
def test_a_long_programme_title_pushes_nothing_off_or_over_the_footer(facts, tmp_path):
    long = Line(
        "Bồi dưỡng nghiệp vụ cho cán bộ, công chức, viên chức cấp xã " * 4, "Professional training " * 14
    )
    crowded = pdf.compose(facts("Nguyễn Văn Bình", title=long, unit="Xã Mẫu, tỉnh Mẫu"), NUMBER, ADDRESS)
    boxes = tmp_path / "boxes.html"
    subprocess.run(["pdftotext", "-bbox", "-", str(boxes)], input=crowded, check=True)
    heights = {}
    for line in boxes.read_text().splitlines():
        if "<word" in line:
            heights[line.split(">")[1].split("<")[0]] = float(line.split('yMax="')[1].split('"')[0])
    assert max(heights["training"], heights["Professional"]) < heights["Quét"]


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs poppler-utils")
def test_the_code_on_the_page_is_the_address(facts, tmp_path):
    """Not read by a camera here: the drawn squares must equal the code's own matrix."""
    path = tmp_path / "page"
    document = pdf.compose(facts(), NUMBER, ADDRESS)
    subprocess.run(["pdftoppm", "-r", "288", "-gray", "-", str(path)], input=document, check=True)
    page = Image.open(next(tmp_path.glob("page*")))
    rows = [
        list(row)
        for row in segno.make(ADDRESS, error="m", micro=False, boost_error=False).matrix_iter(border=2)
    ]
    look, step = LANDSCAPE.footer, LANDSCAPE.footer.code_size / len(rows)
    for line, row in enumerate(rows):
        for place, dark in enumerate(row):
            x = (look.left + (place + 0.5) * step) * 4
            y = (LANDSCAPE.height - look.bottom - look.code_size + (line + 0.5) * step) * 4
            assert (page.getpixel((int(x), int(y))) < 128) == bool(dark)
