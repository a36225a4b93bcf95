"""The ids under which statements are kept."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from xapi.drafts import Draft

_NAMELESS = UUID("7f1c3c0e-5b0a-4c1e-9d0f-3b1f8f0d6a52")
_WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.none() | st.uuids(), _WORDS, _WORDS, st.integers(0, 9), st.integers(0, 4))
def test_a_derived_id_is_the_name_based_uuid_of_platform_content_and_count(
    sent, source, content, nth, attempt
):
    """RFC 9562, 5.5. A resend meets itself again only as long as nothing of this changes."""
    draft = Draft(0, {}, sent and str(sent), "", None, source, content, nth)
    expected = str(uuid5(sent or _NAMELESS, f"{source}|{content}|{nth}|{attempt}"))
    own = sent is not None and not attempt and not nth
    assert draft.name(attempt) == (str(sent) if own else expected)
