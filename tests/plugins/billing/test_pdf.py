"""The PDF of an invoice: archivable, accessible, exact, and deaf to what is written in it."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from billing_books import TODAY, line

from riskportal.db.guard import Scope
from riskportal_billing import pdf
from riskportal_billing.models import Invoice


@pytest.fixture
def download(testapp: Any, signed_in: Any, user: Any, bill_group: Any) -> Any:
    """A function that gives the response with an invoice's PDF."""
    signed_in(testapp, user)
    return lambda invoice: testapp.get(f"/g/{bill_group.public_id}/billing/invoices/{invoice.public_id}.pdf")


def read(response: Any) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(response.body))


def text_of(response: Any) -> str:
    """All text of all pages, spaces made plain."""
    return " ".join(" ".join(page.extract_text() for page in read(response).pages).split())


def picture(width: int, height: int) -> bytes:
    """A green PNG."""
    rows = zlib.compress(b"".join(b"\0" + bytes((11, 93, 87)) * width for _ in range(height)))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_it_is_tagged_and_archivable(download: Any, books: Any) -> None:
    invoice = books.invoice()
    response = download(invoice)
    document = read(response)
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root
    assert root["/Lang"] == "en" and root["/ViewerPreferences"]["/DisplayDocTitle"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp and "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert document.metadata is not None and document.metadata.title == f"Invoice {invoice.number}"
    for page in document.pages:
        for font in page["/Resources"]["/Font"].values():
            descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_it_is_a_private_download(download: Any, books: Any) -> None:
    invoice = books.invoice(number='R-"7"/../é')
    response = download(invoice)
    assert response.content_type == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert "/" not in response.headers["Content-Disposition"].split("filename*")[0]
    assert response.headers["Cache-Control"] == "private, no-store"


def test_its_figures_are_the_database_s(download: Any, books: Any) -> None:
    invoice = books.invoice(
        line("Care plan", "330.00"),
        line("Storage", "0.0045", quantity=Decimal("1234.5"), unit="GB", tax_rate=Decimal(7)),
        due=TODAY + timedelta(days=10),
        po_number="4500-88",
    )
    text = text_of(download(invoice))
    assert (invoice.net_minor, invoice.tax_minor, invoice.total_minor) == (33556, 6309, 39865)
    for expected in (
        invoice.number, "€335.56", "VAT 19% on €330.00", "€62.70", "VAT 7% on €5.56", "€0.39", "€398.65",
        "1,234.5 GB", "€0.0045", "4500-88", "Northwind Atelier GmbH", "Alder Hosting GmbH",
        "Please pay €398.65 by 30 Apr 2027.", "Page 1 of 1",
    ):  # fmt: skip
        assert expected in text, expected


def test_it_speaks_the_invoice_s_language(download: Any, books: Any) -> None:
    invoice = books.invoice(line(tax_category="AE", tax_rate=Decimal(0)), language="de")
    text = text_of(download(invoice))
    assert "Rechnungsnummer" in text and "Steuerschuldnerschaft" in text and "100,00 €" in text
    assert read(download(invoice)).trailer["/Root"]["/Lang"] == "de"


def test_the_same_invoice_gives_the_same_bytes(
    download: Any, books: Any, clock: Any, database: Any, tenant: Any, customer: Any
) -> None:
    """security.md C18: also days later, and after the customer, the brand and the settlement have changed."""
    invoice = books.invoice(note="Thank you")
    first = download(invoice).body
    books.pay(invoice)
    clock.advance(hours=20)
    with database.session(Scope.tenant_wide(tenant.id)) as db:
        db.get(type(customer), customer.id).legal_name = "Renamed Ltd"
        db.get(type(tenant), tenant.id).legal_name = "Renamed Hosting Ltd"
    assert download(invoice).body == first


@pytest.mark.parametrize(
    "evil",
    [
        '#read("/etc/passwd")',
        "#import sys",
        "*bold* _it_ `raw` $x^2$ @ref <label> // comment /* x */ = heading",
        "\\u{41} #{1+1} ]] }} \" ' \\",
        "<script>alert(1)</script>",
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_customer_text_is_never_markup(download: Any, books: Any, evil: str) -> None:
    invoice = books.invoice(line(evil, detail=evil), note=evil, buyer={"name": evil, "address": [evil]})
    text = text_of(download(invoice))
    plain = "".join(evil.split())
    assert "".join(text.split()).replace("’", "'").replace("‘", "'").count(plain) >= 3


@pytest.mark.parametrize("name", ["Zażółć gęślą jaźń", "Ελλάδα ΑΕ", "Привет ООО", "Ağ Şirketi", "Țară și ființă"])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_european_names_are_printed(download: Any, books: Any, name: str) -> None:
    invoice = books.invoice(buyer={"name": name, "address": []})
    assert name in text_of(download(invoice))


ODD = ["漢字株式会社", "Party \N{PARTY POPPER} GmbH", "ไทย", "a\u200bb\u2028c\ufeff", "\ue000"]
ODD += ["\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}", "e\u0301\u0489"]


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_name_without_glyphs_still_gives_an_invoice(download: Any, books: Any, name: str) -> None:
    invoice = books.invoice(line(name), buyer={"name": name, "address": [name]}, note=name)
    assert "€119.00" in text_of(download(invoice))


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_replaced_characters_are_said(download: Any, books: Any) -> None:
    assert "can't be printed here" not in text_of(download(books.invoice()))
    text = text_of(download(books.invoice(buyer={"name": "漢字", "address": []})))
    assert "can’t be printed here" in text or "can't be printed here" in text


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_logo_of_its_day_stands_on_it(download: Any, books: Any, portal: Any) -> None:
    blob = portal.blobs.put(io.BytesIO(picture(300, 100)), limit=100_000)
    seller = {"name": "Alder", "address": [], "logo_sha256": blob.sha256, "logo_media_type": "image/png"}
    pages = read(download(books.invoice(seller=seller))).pages
    assert len(pages[0].images) == 1
    gone = {**seller, "logo_sha256": "0" * 64}
    assert len(read(download(books.invoice(seller=gone))).pages[0].images) == 0
    broken = portal.blobs.put(io.BytesIO(b"no picture"), limit=100)
    response = download(books.invoice(seller={**seller, "logo_sha256": broken.sha256}))
    assert len(read(response).pages[0].images) == 0


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_long_invoices_repeat_their_head(download: Any, books: Any) -> None:
    invoice = books.invoice(*(line(f"Line {n} " + "word " * (n % 40)) for n in range(120)))
    document = read(download(invoice))
    assert len(document.pages) > 3
    assert all("Description" in page.extract_text() for page in document.pages[:-1])
    assert f"Page 2 of {len(document.pages)}" in " ".join(document.pages[1].extract_text().split())


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_when_typst_fails_the_customer_reads_a_page(
    testapp: Any, signed_in: Any, user: Any, bill_group: Any, books: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice: Invoice = books.invoice()
    signed_in(testapp, user)

    def fail(*_args: Any) -> Any:
        raise pdf.PdfError("out of ink")

    monkeypatch.setattr(pdf, "render", fail)
    url = f"/g/{bill_group.public_id}/billing/invoices/{invoice.public_id}"
    response = testapp.get(url + ".pdf", expect_errors=True)
    assert response.status_int == 503
    response.mustcontain("could not be made", url, no="out of ink")
