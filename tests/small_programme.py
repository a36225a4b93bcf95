"""A programme of three topics: the first compulsory, one of the two others wanted. Of the last nobody says how long it takes."""

PROGRAMME = """\
programme: small
edition: "2025"
languages: [vi, en]
titles: {vi: Chương trình nhỏ, en: A small programme}
window: {opens: 2025-12-01T00:00:00+07:00, closes: 2025-12-16T00:00:00+07:00, late_arrival: 3 days}
topics:
  - {key: t1, titles: {vi: Một, en: One}, minutes: 20}
  - {key: t2, titles: {vi: Hai, en: Two}, minutes: 20}
  - {key: t3, titles: {vi: Ba, en: Three}}
sets:
  must: {titles: {vi: Bắt buộc, en: Compulsory}, topics: [t1]}
  may: {titles: {vi: Tự chọn, en: Optional}, topics: [t2, t3]}
requirement:
  all_of: [{at_least: all, of: must}, {at_least: 1, of: may}]
certificate:
  vi: {issuer: Đơn vị mẫu, heading: GIẤY CHỨNG NHẬN, subheading: Hoàn thành, achieved: đã hoàn thành}
  en: {issuer: A sample issuer, heading: CERTIFICATE, subheading: of completion, achieved: has completed}
"""
