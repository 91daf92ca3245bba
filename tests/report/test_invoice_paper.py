"""R16.1, 適格請求書: what stands on the paper, in PDF and HTML alike; the same document gives the same bytes."""

import io
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader

from smartdesk_pbx.billing.invoice import Document
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.report.invoice_html import invoice_html
from smartdesk_pbx.report.invoice_pdf import FONT, font_file, invoice_pdf
from tests.rules.documents import HEAD, document, line


def invoice(more: int = 0) -> Document:
    lines = [
        line(10_000),
        line(3_750, code="over", text="超過コール <31件目から>", cases=25),
        line(500, "8", "paper", text="紙の報告書"),
        line(10_000, "none", "early-termination", text="中途解約金"),
    ]
    return document(42, *lines, *(line(1, code=f"x{i}", text=f"追加項目その{i}") for i in range(more)))


def text_of(content: bytes) -> str:
    """The text of a PDF as a reader copies it, without spaces and line ends."""
    pages = PdfReader(io.BytesIO(content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


WHAT_THE_LAW_WANTS = (
    *("株式会社スマートデスク", "T7000012050002", "2026年12月1日", "2026年11月1日〜11月30日", "株式会社さくら商事御中"),
    *("10%対象", "¥13,750", "¥1,375", "8%対象（軽減税率）", "¥500", "¥40", "軽減税率（8%）の対象です"),
    *("不課税", "¥10,000"),
)
AND_WE = (
    *("請求書", "000042", "¥25,665", "お支払期限", "2026年12月31日", "みずほ銀行丸の内支店普通1234567"),
    *("超過コール<31件目から>", "25件", str(HEAD.chain), HEAD.hash, "手数料は、利用規約第16条第1項"),
)


def test_r16_1_the_pdf_says_all_that_a_qualified_invoice_must() -> None:
    text = text_of(invoice_pdf(invoice()))
    assert [part for part in (*WHAT_THE_LAW_WANTS, *AND_WE) if part not in text] == []


def test_r16_1_the_page_says_the_same() -> None:
    html = invoice_html(invoice())
    text = "".join(html.replace("&lt;", "<").replace("&gt;", ">").replace("<small>", "").split())
    assert [part for part in (*WHAT_THE_LAW_WANTS, *AND_WE) if "".join(part.split()) not in text] == []
    assert "&lt;31件目から&gt;" in html, "nothing of a text becomes markup"
    assert "http" not in html.replace("http-equiv", ""), "it needs nothing from elsewhere"


def test_the_same_document_gives_the_same_bytes() -> None:
    assert invoice_pdf(invoice()) == invoice_pdf(invoice())
    assert invoice_html(invoice()) == invoice_html(invoice())
    assert invoice_pdf(invoice()) != invoice_pdf(invoice(1))


def test_every_font_that_text_is_set_in_is_embedded() -> None:
    for page in PdfReader(io.BytesIO(invoice_pdf(invoice()))).pages:
        fonts = [ref.get_object() for ref in page["/Resources"]["/Font"].values()]  # type: ignore[index]
        ours = [font for font in fonts if FONT in font["/BaseFont"]]
        assert ours and all("/FontFile2" in font["/FontDescriptor"].get_object() for font in ours)


def test_a_long_invoice_goes_on_over_numbered_pages_with_the_ledger_head_on_each() -> None:
    pages = PdfReader(io.BytesIO(invoice_pdf(invoice(80)))).pages
    assert len(pages) == 4
    for number, page in enumerate(pages, 1):
        text = "".join(page.extract_text().split())
        assert f"{number}/4" in text and HEAD.hash in text
        assert ("摘要" in text) == (number < 4), "the heading stands over the lines of each page"


def test_r16_1_a_credit_note_says_what_is_given_back_and_for_which_invoice() -> None:
    note = document(43, line(-1_000), refers_to=42, issued_on=date(2026, 12, 10), note="2026年11月分の訂正")
    text = text_of(invoice_pdf(note))
    for part in ("返還請求書", "ご返還金額（税込）", "¥1,100", "-¥1,000", "請求書番号000042", "2026年11月分の訂正"):
        assert part in text, part
    assert "お支払期限" not in text and "お振込先" not in text


def test_without_a_font_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(RuleBroken, match="apt-get install fonts-ipaexfont-gothic"):
        font_file(tmp_path / "none.ttf")
