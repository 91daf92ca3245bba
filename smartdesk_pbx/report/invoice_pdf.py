"""An invoice as a PDF on A4 with its Japanese font embedded. The same document gives the same bytes."""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from smartdesk_pbx.billing.invoice import Document
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.report.paper import Paper, paper

FONT = "IPAexGothic"
FONT_FILES = (
    Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
    Path("/usr/share/fonts/truetype/fonts-japanese-gothic.ttf"),
)
"""Where Debian puts it; `invoice_font` in smartdesk.toml names another TrueType font."""

_INK, _SOFT, _RULE, _TINT, _DEEP = "#1c2733", "#5b6875", "#c9d2da", "#eef3f7", "#17456b"
_MARGIN_MM, _FOOT_MM = 18, 26
_PADDING = 6
"""What reportlab's frame keeps on each side, in points."""


def invoice_pdf(document: Document, font: Path | None = None) -> bytes:
    """The PDF. Raises `RuleBroken` when there is no font to embed."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    _embed(font_file(font))
    sheet, out = paper(document), io.BytesIO()
    template = SimpleDocTemplate(
        out, pagesize=A4, invariant=1, leftMargin=_MARGIN_MM * mm - _PADDING, rightMargin=_MARGIN_MM * mm - _PADDING,
        topMargin=_MARGIN_MM * mm, bottomMargin=_FOOT_MM * mm, title=f"{sheet.title} No.{sheet.number}",
        author=document.issuer.name, subject=sheet.period, lang="ja",
    )  # fmt: skip
    template.build(_story(sheet), canvasmaker=_canvas_of(sheet))
    return out.getvalue()


def font_file(chosen: Path | None) -> Path:
    """The font that is embedded. Raises `RuleBroken` saying how to get one."""
    for file in (chosen,) if chosen else FONT_FILES:
        if file.is_file():
            return file
    raise RuleBroken(
        f"no Japanese font at {chosen or FONT_FILES[0]}: apt-get install fonts-ipaexfont-gothic, or set invoice_font"
    )


@lru_cache(1)
def _embed(file: Path) -> None:
    from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
    from reportlab.pdfbase.ttfonts import TTFont

    registerFont(TTFont(FONT, str(file)))
    registerFontFamily(FONT, normal=FONT, bold=FONT, italic=FONT, boldItalic=FONT)


def _text(text: str, size: float = 9.5, *, right: bool = False, colour: str = _INK, lead: float = 1.5) -> Any:
    from html import escape

    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        f"{size}{right}{colour}{lead}", fontName=FONT, fontSize=size, leading=size * lead, textColor=colour,
        alignment=2 if right else 0, wordWrap="CJK",
    )  # fmt: skip
    return Paragraph(escape(text), style)


def _story(sheet: Paper) -> list[Any]:
    from reportlab.lib.units import mm
    from reportlab.platypus import KeepTogether, Spacer

    end: list[Any] = [_taxes(sheet), Spacer(0, 5 * mm)]
    if sheet.bank:
        end += [_text(f"お振込先　{sheet.bank}", 10), Spacer(0, 2 * mm)]
    end += [_text(remark, 8.5, colour=_SOFT) for remark in sheet.remarks]
    return [
        _head(sheet), Spacer(0, 6 * mm), _parties(sheet), Spacer(0, 6 * mm), _text(sheet.greeting),
        Spacer(0, 3 * mm), _sum(sheet), Spacer(0, 6 * mm), _lines(sheet), Spacer(0, 5 * mm), KeepTogether(end),
    ]  # fmt: skip


def _table(rows: Sequence[Sequence[Any]], widths_mm: Sequence[float], style: Sequence[Any], **more: Any) -> Any:
    from reportlab.lib.units import mm
    from reportlab.platypus import Table

    base = [("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (-1, -1), 5),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5)]  # fmt: skip
    return Table(rows, [width * mm for width in widths_mm], style=[*base, *style], **more)


def _head(sheet: Paper) -> Any:
    facts = (("請求書番号", sheet.number), ("発行日", sheet.issued_on), ("対象期間", sheet.period))
    tight = [("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]
    listed = [[_text(name, 9, colour=_SOFT), _text(value, 9, right=True)] for name, value in facts]
    spaced = "　".join(sheet.title)
    row = [_text(spaced, 22, colour=_DEEP, lead=1.3), _table(listed, (22, 56), tight)]
    style = [("LINEBELOW", (0, 0), (-1, 0), 1.6, _DEEP), ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
             ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]  # fmt: skip
    return _table([row], (96, 78), style)


def _parties(sheet: Paper) -> Any:
    to = [_text(sheet.recipient, 14, lead=1.4)]
    if sheet.recipient_address:
        to.append(_text(sheet.recipient_address, 9, colour=_SOFT))
    issuer = [_text(sheet.issuer[0], 11, right=True)]
    issuer += [_text(line, 9, right=True) for line in sheet.issuer[1:]]
    issuer.append(_text(f"登録番号 {sheet.registration}", 9, right=True))
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
             ("RIGHTPADDING", (0, 0), (-1, -1), 0)]  # fmt: skip
    return _table([[to, issuer]], (100, 74), style)


def _sum(sheet: Paper) -> Any:
    due = [_text("お支払期限", 9, right=True, colour=_SOFT), _text(sheet.due, 12, right=True)] if sheet.due else ""
    row = [_text(sheet.amount_label, 10), _text(sheet.amount, 22, colour=_DEEP, lead=1.25), due]
    style = [("BACKGROUND", (0, 0), (-1, -1), _TINT), ("LINEBEFORE", (0, 0), (0, -1), 4, _DEEP),
             ("TOPPADDING", (0, 0), (-1, -1), 8), ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
             ("LEFTPADDING", (0, 0), (0, -1), 10)]  # fmt: skip
    return _table([row], (46, 78, 50), style)


def _lines(sheet: Paper) -> Any:
    names = ("摘要", "数量", "単価", "金額（税抜）", "税率")
    rows: list[list[Any]] = [[_text(name, 9, right=i > 0, colour="#ffffff") for i, name in enumerate(names)]]
    for row in sheet.rows:
        what = f"{row.text}　（{row.cases}）" if row.cases else row.text
        cells = (row.quantity, row.unit, row.amount, row.tax)
        rows.append([_text(what), *(_text(cell, right=True) for cell in cells)])
    return _table(rows, (80, 20, 25, 30, 19), _ruled(), repeatRows=1)


def _taxes(sheet: Paper) -> Any:
    names = ("区分", "対象額（税抜）", "消費税額", "計（税込）")
    rows = [[_text(name, 9, right=i > 0, colour="#ffffff") for i, name in enumerate(names)]]
    for row in (*sheet.tax_rows, sheet.total):
        rows.append([_text(row.name), *(_text(cell, right=True) for cell in (row.base, row.tax, row.total))])
    style = [*_ruled(), ("BACKGROUND", (0, -1), (-1, -1), _TINT)]
    return _table(rows, (44, 32, 28, 30), style, hAlign="RIGHT")


def _ruled() -> list[Any]:
    return [("BACKGROUND", (0, 0), (-1, 0), _DEEP), ("LINEBELOW", (0, 1), (-1, -1), 0.5, _RULE),
            ("TOPPADDING", (0, 0), (-1, -1), 3), ("BOTTOMPADDING", (0, 0), (-1, -1), 4)]  # fmt: skip


def _canvas_of(sheet: Paper) -> Any:
    """A canvas that knows how many pages there are before it draws their feet."""
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    class Numbered(Canvas):  # type: ignore[misc]
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._pages, 1):
                self.__dict__.update(page)
                self._foot(number)
                super().showPage()
            super().save()

        def _foot(self, number: int) -> None:
            self.setStrokeColor(_RULE)
            self.line(_MARGIN_MM * mm, 22 * mm, (210 - _MARGIN_MM) * mm, 22 * mm)
            self.setFillColor(_SOFT)
            self.setFont(FONT, 6)
            for i, text in enumerate(sheet.proof):
                self.drawString(_MARGIN_MM * mm, (18.5 - 3 * i) * mm, text)
            self.setFont(FONT, 8)
            foot = f"{sheet.title} No.{sheet.number}　{number} / {len(self._pages)}"
            self.drawRightString((210 - _MARGIN_MM) * mm, 18.5 * mm, foot)

    return Numbered
