import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from certificates import pdf, signing

NUMBER = "7K3M-9QTX-0F4B-HDEZ"


@pytest.fixture
def document(facts) -> bytes:
    return pdf.compose(facts(), NUMBER, f"https://donghanh.example.gov.vn/verify/{NUMBER}")


@pytest.fixture
def signed(document, signer, now) -> bytes:
    return signer.sign(document, reason="Cấp giấy chứng nhận", now=now)


def test_our_own_signature_is_genuine(signed, signer, now):
    assert signer.verify(signed, now=now) == signing.Genuine()


def test_it_stays_genuine_for_years(signed, signer, now):
    assert signer.verify(signed, now=now + timedelta(days=3000)) == signing.Genuine()


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="needs poppler-utils")
def test_pdfsig_says_the_signature_is_valid_and_covers_all(signed, tmp_path: Path):
    path = tmp_path / "certificate.pdf"
    path.write_bytes(signed)
    report = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in report
    assert "Total document signed" in report
    assert "ETSI.CAdES.detached" in report
    assert "Signature #2" not in report


@pytest.mark.parametrize("place", [300, 5_000, -700])
def test_one_changed_bit_is_found(signed, signer, now, place):
    changed = bytearray(signed)
    changed[place] ^= 1
    assert isinstance(signer.verify(bytes(changed), now=now), signing.Invalid)


def test_bytes_added_after_the_signature_are_found(signed, signer, now):
    assert isinstance(signer.verify(signed + b"\n%more\n", now=now), signing.Invalid)


def test_an_unsigned_document_is_not_genuine(document, signer, now):
    assert signer.verify(document, now=now) == signing.Invalid("0 signatures")


def test_a_document_signed_twice_is_not_genuine(signed, signer, now):
    with pytest.raises(signing.SigningError):
        signer.sign(signed, reason="again", now=now)


def test_another_key_is_not_ours(document, signer, now):
    other = signing.Signer(signing.make_pem("Sở Thử nghiệm", now))
    forged = other.sign(document, reason="Cấp giấy chứng nhận", now=now)
    assert isinstance(signer.verify(forged, now=now), signing.Invalid)


@pytest.mark.parametrize("content", [b"", b"not a pdf", b"%PDF-1.7\n%%EOF\n"])
def test_what_is_no_pdf_is_invalid_not_an_error(content, signer, now):
    assert isinstance(signer.verify(content, now=now), signing.Invalid)


def test_a_kept_key_opens_as_the_same_signer(now):
    pem = signing.make_pem("Sở Thử nghiệm", now)
    assert signing.Signer(pem).fingerprint == signing.Signer(pem).fingerprint
    assert (
        signing.Signer(signing.make_pem("Sở Thử nghiệm", now)).fingerprint != signing.Signer(pem).fingerprint
    )
