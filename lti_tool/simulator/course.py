"""The practice course: its topics. Titles come from the configuration file, else these samples are used."""

from dataclasses import dataclass
from typing import Final

# Samples drawn from the subjects of the first programme; an operator passes the real titles in the configuration file.
SAMPLE_TITLES: Final = (
    "Tổng quan về chuyển đổi số ở cấp xã",
    "Chính quyền điện tử và dịch vụ công trực tuyến",
    "Kỹ năng số cơ bản cho cán bộ, công chức",
    "An toàn thông tin và bảo vệ dữ liệu cá nhân",
    "Đạo đức công vụ trên môi trường mạng",
    "Dữ liệu dùng chung và dữ liệu mở",
    "Trí tuệ nhân tạo trong công việc hằng ngày",
    "Chữ ký số và văn bản điện tử",
    "Thanh toán số và kinh tế số nông thôn",
    "Đổi mới sáng tạo ở cơ sở",
    "Sở hữu trí tuệ và chỉ dẫn địa lý",
    "Tiêu chuẩn, đo lường, chất lượng",
    "Truy xuất nguồn gốc nông sản",
    "Ứng dụng công nghệ trong nông nghiệp",
    "Năng lượng nguyên tử và an toàn bức xạ",
    "Truyền thông khoa học và công nghệ",
    "Quản lý nhiệm vụ khoa học và công nghệ cấp cơ sở",
    "Khởi nghiệp sáng tạo cho thanh niên",
    "Tổ công nghệ số cộng đồng",
)


@dataclass(frozen=True, slots=True)
class Topic:
    number: int
    title: str

    @property
    def key(self) -> str:
        """The idnumber an LMS administrator types into the activity: `cd-01` and so on."""
        return f"cd-{self.number:02d}"

    @property
    def page_cmid(self) -> int:
        return 100 + self.number

    @property
    def quiz_cmid(self) -> int:
        return 200 + self.number


def topics(titles: tuple[str, ...] = SAMPLE_TITLES) -> tuple[Topic, ...]:
    return tuple(Topic(number, title) for number, title in enumerate(titles, 1))
