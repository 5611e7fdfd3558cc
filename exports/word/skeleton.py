# ruff: noqa: E501, ISC004 — markup is not folded
"""Builds `template.docx`: the look of the report, which the DNS then edits in Word.

`python -m exports.word.skeleton` writes the shipped template again. Everything the writer needs by name (styles,
content controls) is made here from `exports.word.styles`; cover, header, footer and fixed words are the DNS's to
change. French, A4, compatibility mode 15, no theme: every colour and font is said.
"""

from pathlib import Path

from exports import palette
from exports.packing import write_package
from exports.word.styles import OPTIONAL_FIELDS, REQUIRED_FIELDS, TAG_PREFIX

TEMPLATE = Path(__file__).with_name("template.docx")

FONT = "Arial"
_MAIN = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def build() -> bytes:
    """The template's bytes; the same each time."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _package_relations(),
        "docProps/core.xml": _core(),
        "docProps/app.xml": _app(),
        "word/document.xml": _document(),
        "word/_rels/document.xml.rels": _document_relations(),
        "word/styles.xml": _styles(),
        "word/settings.xml": _settings(),
        "word/fontTable.xml": _font_table(),
        "word/numbering.xml": _numbering(),
        "word/footnotes.xml": _footnotes(),
        "word/theme/theme1.xml": _theme(),
        "word/header1.xml": _header(),
        "word/footer1.xml": _footer(),
    }
    return write_package({name: (_DECLARATION + text).encode() for name, text in parts.items()})


def main() -> None:
    """Write the shipped template."""
    TEMPLATE.write_bytes(build())


def _content_types() -> str:
    overrides = {
        "/word/document.xml": f"{_OFFICE}.document.main+xml",
        "/word/styles.xml": f"{_OFFICE}.styles+xml",
        "/word/settings.xml": f"{_OFFICE}.settings+xml",
        "/word/fontTable.xml": f"{_OFFICE}.fontTable+xml",
        "/word/numbering.xml": f"{_OFFICE}.numbering+xml",
        "/word/footnotes.xml": f"{_OFFICE}.footnotes+xml",
        "/word/theme/theme1.xml": "application/vnd.openxmlformats-officedocument.theme+xml",
        "/word/header1.xml": f"{_OFFICE}.header+xml",
        "/word/footer1.xml": f"{_OFFICE}.footer+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    }
    lines = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides.items())
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f"{lines}</Types>"
    )


def _relations(targets: list[tuple[str, str]]) -> str:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    lines = "".join(
        f'<Relationship Id="rId{rank}" Type="{kind if "://" in kind else f"{office}/{kind}"}" Target="{target}"/>'
        for rank, (kind, target) in enumerate(targets, start=1)
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'
    )


def _package_relations() -> str:
    core = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    return _relations(
        [
            ("officeDocument", "word/document.xml"),
            (core, "docProps/core.xml"),
            ("extended-properties", "docProps/app.xml"),
        ]
    )


def _document_relations() -> str:
    return _relations(
        [
            ("styles", "styles.xml"),
            ("settings", "settings.xml"),
            ("fontTable", "fontTable.xml"),
            ("numbering", "numbering.xml"),
            ("footnotes", "footnotes.xml"),
            ("header", "header1.xml"),
            ("footer", "footer1.xml"),
            ("theme", "theme/theme1.xml"),
        ]
    )


def _core() -> str:
    return (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<dc:title>Modèle du rapport d’état d’avancement</dc:title><dc:creator>Délégation au numérique en santé</dc:creator>"
        "<dc:language>fr-FR</dc:language>"
        '<dcterms:created xsi:type="dcterms:W3CDTF">2024-12-17T00:00:00Z</dcterms:created>'
        '<dcterms:modified xsi:type="dcterms:W3CDTF">2024-12-17T00:00:00Z</dcterms:modified>'
        "</cp:coreProperties>"
    )


def _app() -> str:
    return (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
        "<Application>Microsoft Office Word</Application><AppVersion>16.0000</AppVersion></Properties>"
    )


def _settings() -> str:
    return (
        f"<w:settings {_MAIN}>"
        '<w:zoom w:percent="100"/><w:defaultTabStop w:val="567"/><w:characterSpacingControl w:val="doNotCompress"/>'
        '<w:footnotePr><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr>'
        "<w:compat>"
        '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
        '<w:compatSetting w:name="overrideTableStyleFontSizeAndJustification" w:uri="http://schemas.microsoft.com/office/word" w:val="1"/>'
        '<w:compatSetting w:name="enableOpenTypeFeatures" w:uri="http://schemas.microsoft.com/office/word" w:val="1"/>'
        '<w:compatSetting w:name="doNotFlipMirrorIndents" w:uri="http://schemas.microsoft.com/office/word" w:val="1"/>'
        "</w:compat>"
        '<w:themeFontLang w:val="fr-FR"/><w:decimalSymbol w:val=","/><w:listSeparator w:val=";"/>'
        "</w:settings>"
    )


def _font_table() -> str:
    return (
        f'<w:fonts {_MAIN}><w:font w:name="{FONT}"><w:panose1 w:val="020B0604020202020204"/><w:charset w:val="00"/>'
        '<w:family w:val="swiss"/><w:pitch w:val="variable"/></w:font></w:fonts>'
    )


def _numbering() -> str:
    return (
        f'<w:numbering {_MAIN}><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="singleLevel"/>'
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/>'
        '<w:pPr><w:ind w:left="284" w:hanging="227"/></w:pPr></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )


def _theme() -> str:
    """Word wants a theme; styles say their own colours and fonts, so it only names the palette for whoever edits."""
    colours = {
        "dk1": palette.INK,
        "lt1": palette.WHITE,
        "dk2": palette.BLUE,
        "lt2": palette.PALE_BLUE,
        "accent1": palette.BLUE,
        "accent2": palette.MID_BLUE,
        "accent3": palette.STATUS_TONES["achieved"].ink,
        "accent4": palette.STATUS_TONES["at_risk"].ink,
        "accent5": palette.STATUS_TONES["late"].ink,
        "accent6": palette.STATUS_TONES["unconfirmed"].ink,
        "hlink": palette.BLUE,
        "folHlink": palette.MUTED,
    }
    scheme = "".join(f'<a:{slot}><a:srgbClr val="{colour}"/></a:{slot}>' for slot, colour in colours.items())
    fonts = f'<a:latin typeface="{FONT}"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    line = f'<a:ln w="6350" cap="flat" cmpd="sng" algn="ctr">{fill}<a:prstDash val="solid"/></a:ln>'
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    return (
        '<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="Jalon"><a:themeElements>'
        f'<a:clrScheme name="Jalon">{scheme}</a:clrScheme>'
        f'<a:fontScheme name="Jalon"><a:majorFont>{fonts}</a:majorFont><a:minorFont>{fonts}</a:minorFont></a:fontScheme>'
        f'<a:fmtScheme name="Jalon"><a:fillStyleLst>{fill * 3}</a:fillStyleLst><a:lnStyleLst>{line * 3}</a:lnStyleLst>'
        f"<a:effectStyleLst>{effect * 3}</a:effectStyleLst><a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst></a:fmtScheme>"
        "</a:themeElements></a:theme>"
    )


def _footnotes() -> str:
    return (
        f"<w:footnotes {_MAIN}>"
        '<w:footnote w:type="separator" w:id="-1"><w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/></w:pPr>'
        "<w:r><w:separator/></w:r></w:p></w:footnote>"
        '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/></w:pPr>'
        "<w:r><w:continuationSeparator/></w:r></w:p></w:footnote></w:footnotes>"
    )


# styles


def _rpr(
    size: float | None = None, colour: str = "", *, bold: bool | None = None, ground: str = "", under: bool = False
) -> str:
    bits = ""
    if bold is not None:
        bits += "<w:b/><w:bCs/>" if bold else '<w:b w:val="0"/><w:bCs w:val="0"/>'
    if colour:
        bits += f'<w:color w:val="{colour}"/>'
    if size:
        bits += f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>'
    if under:
        bits += f'<w:u w:val="single" w:color="{palette.RULE}"/>'
    if ground:
        bits += f'<w:shd w:val="clear" w:color="auto" w:fill="{ground}"/>'
    return f"<w:rPr>{bits}</w:rPr>" if bits else ""


def _paragraph_style(
    identifier: str,
    style_name: str,
    rpr: str = "",
    *,
    before: int = 0,
    after: int = 0,
    line: int = 240,
    based_on: str = "Normal",
    next_style: str = "",
    ppr_start: str = "",
    ppr_tabs: str = "",
    ppr_end: str = "",
    priority: int = 1,
) -> str:
    custom = ' w:customStyle="1"' if style_name.startswith("Jalon") else ""
    return (
        f'<w:style w:type="paragraph"{custom} w:styleId="{identifier}"><w:name w:val="{style_name}"/>'
        + (f'<w:basedOn w:val="{based_on}"/>' if based_on else "")
        + (f'<w:next w:val="{next_style}"/>' if next_style else "")
        + f'<w:uiPriority w:val="{priority}"/><w:qFormat/>'
        + f'<w:pPr>{ppr_start}{ppr_tabs}<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="auto"/>{ppr_end}</w:pPr>'
        + f"{rpr}</w:style>"
    )


def _character_style(identifier: str, style_name: str, rpr: str) -> str:
    custom = ' w:customStyle="1"' if style_name.startswith("Jalon") else ""
    return (
        f'<w:style w:type="character"{custom} w:styleId="{identifier}"><w:name w:val="{style_name}"/>'
        f'<w:uiPriority w:val="2"/><w:qFormat/>{rpr}</w:style>'
    )


def _styles() -> str:
    fonts = f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="{FONT}"/>'
    defaults = (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:color w:val="{palette.INK}"/><w:sz w:val="19"/><w:szCs w:val="19"/>'
        '<w:lang w:val="fr-FR" w:eastAsia="fr-FR" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        '<w:pPrDefault><w:pPr><w:spacing w:after="0" w:line="240" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>'
    )
    return f"<w:styles {_MAIN}>{defaults}{_paragraph_styles()}{_character_styles()}{_table_styles()}</w:styles>"


def _heading_styles() -> str:
    keep = "<w:keepNext/><w:keepLines/>"
    under = f'<w:pBdr><w:bottom w:val="single" w:sz="8" w:space="4" w:color="{palette.BLUE}"/></w:pBdr>'
    above = f'<w:pBdr><w:top w:val="single" w:sz="4" w:space="6" w:color="{palette.RULE}"/></w:pBdr>'

    def heading(level: int, size: float, before: int, after: int, border: str = "") -> str:
        return _paragraph_style(
            f"Heading{level}",
            f"heading {level}",
            _rpr(size, palette.BLUE, bold=True),
            before=before,
            after=after,
            next_style="Normal",
            ppr_start=keep + border,
            ppr_end=f'<w:outlineLvl w:val="{level - 1}"/>',
            priority=9,
        )

    return heading(1, 17, 400, 200, under) + heading(2, 13, 280, 80) + heading(3, 11.5, 220, 40, above)


def _paragraph_styles() -> str:
    tabs = '<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="9638"/></w:tabs>'
    keep = "<w:keepNext/>"
    return "".join(
        [
            '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
            '<w:pPr><w:spacing w:after="60" w:line="252" w:lineRule="auto"/></w:pPr></w:style>',
            _heading_styles(),
            _paragraph_style("Title", "Title", _rpr(34, palette.BLUE, bold=True), before=0, after=120, priority=10),
            _paragraph_style("Subtitle", "Subtitle", _rpr(15, palette.MUTED), after=60, priority=11),
            _paragraph_style("JalonSurtitre", "Jalon surtitre", _rpr(11, palette.MUTED, bold=True), before=0, after=2400),
            _paragraph_style("JalonCouverture", "Jalon couverture", _rpr(12), after=80, line=276),
            _paragraph_style("JalonEtat", "Jalon état", _rpr(14, palette.BLUE, bold=True), before=600, after=80),
            _paragraph_style("JalonEmpreinte", "Jalon empreinte", _rpr(8, palette.MUTED), after=40),
            _paragraph_style(
                "JalonTitreSommaire",
                "Jalon titre du sommaire",
                _rpr(17, palette.BLUE, bold=True),
                after=200,
                ppr_start="<w:keepNext/><w:pageBreakBefore/>",
            ),
            _paragraph_style("JalonChapeau", "Jalon chapeau", _rpr(10.5, palette.BLUE), after=120, line=264),
            _paragraph_style("JalonPartenaires", "Jalon partenaires", _rpr(9, palette.MUTED), after=50, ppr_start=keep),
            _paragraph_style("JalonSituation", "Jalon situation", _rpr(9.5), before=20, after=40, line=276, ppr_start=keep),
            _paragraph_style("JalonRemarque", "Jalon remarque", _rpr(8.5, palette.MUTED), before=40, after=60),
            _paragraph_style(
                "JalonIntertitre", "Jalon intertitre", _rpr(9, palette.BLUE, bold=True), before=60, after=10, ppr_start=keep
            ),
            _paragraph_style(
                "JalonNote", "Jalon note", _rpr(9.5, palette.INK), before=20, after=60, line=259,
                ppr_start=f'<w:pBdr><w:left w:val="single" w:sz="18" w:space="6" w:color="{palette.MID_BLUE}"/></w:pBdr>',
                ppr_end='<w:ind w:left="170"/>',
            ),
            _paragraph_style("JalonCellule", "Jalon cellule", _rpr(8.5), before=30, after=30),
            _paragraph_style(
                "JalonEnTete", "Jalon en-tête de colonne", _rpr(8.5, palette.BLUE, bold=True), before=40, after=40, ppr_start=keep
            ),
            _paragraph_style("JalonGraphique", "Jalon graphique", before=100, after=80, ppr_start=keep),
            _paragraph_style(
                "ListBullet",
                "List Bullet",
                after=40,
                line=252,
                ppr_start='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>',
                ppr_end='<w:ind w:left="284" w:hanging="227"/>',
            ),
            _paragraph_style(
                "Caption", "caption", _rpr(8.5, palette.MUTED, bold=True), before=120, after=60, ppr_start=keep, priority=35
            ),
            _paragraph_style("TOC1", "toc 1", _rpr(10, palette.BLUE, bold=True), before=100, after=20, ppr_tabs=tabs, priority=39),
            _paragraph_style(
                "TOC2", "toc 2", _rpr(9, bold=True), before=30, after=10, ppr_tabs=tabs,
                ppr_end='<w:ind w:left="170"/>', priority=39,
            ),
            _paragraph_style(
                "TOC3", "toc 3", _rpr(8.5), after=0, ppr_tabs=tabs, ppr_end='<w:ind w:left="397"/>', priority=39
            ),
            _paragraph_style("FootnoteText", "footnote text", _rpr(7.5, palette.MUTED), after=10, priority=99),
            _paragraph_style(
                "Header", "header", _rpr(8, palette.MUTED),
                ppr_tabs='<w:tabs><w:tab w:val="right" w:pos="9638"/></w:tabs>', priority=99,
            ),
            _paragraph_style(
                "Footer", "footer", _rpr(8, palette.MUTED),
                ppr_tabs='<w:tabs><w:tab w:val="right" w:pos="9638"/></w:tabs>', priority=99,
            ),
        ]
    )  # fmt: skip


def _character_styles() -> str:
    statuses = "".join(
        _character_style(
            f"JalonSituation{code.title().replace('_', '')}",
            f"Jalon situation {code}",
            _rpr(None, look.ink, bold=True, ground=look.ground),
        )
        for code, look in palette.STATUS_TONES.items()
    )
    return (
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/>'
        '<w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
        + _character_style("Strong", "Strong", _rpr(bold=True))
        + _character_style("JalonDiscret", "Jalon discret", _rpr(None, palette.MUTED))
        + _character_style("Hyperlink", "Hyperlink", _rpr(None, palette.BLUE, under=True))
        + _character_style(
            "FootnoteReference", "footnote reference", '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
        )
        + statuses
    )


def _table_styles() -> str:
    rule = f'w:val="single" w:sz="4" w:space="0" w:color="{palette.RULE}"'
    strong = f'w:val="single" w:sz="8" w:space="0" w:color="{palette.BLUE}"'
    return (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/>'
        '<w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
        '<w:top w:w="0" w:type="dxa"/><w:left w:w="85" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="85" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr></w:style>"
        '<w:style w:type="table" w:customStyle="1" w:styleId="JalonTableau"><w:name w:val="Jalon tableau"/>'
        '<w:basedOn w:val="TableNormal"/><w:uiPriority w:val="3"/><w:qFormat/>'
        f"<w:tblPr><w:tblBorders><w:top {strong}/><w:bottom {rule}/><w:insideH {rule}/></w:tblBorders></w:tblPr>"
        f'<w:tblStylePr w:type="firstRow"><w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{palette.PALE_BLUE}"/>'
        "</w:tcPr></w:tblStylePr></w:style>"
    )


# cover, header, footer


def _control(tag: str, sample: str, rpr: str = "", *, part: int = 1) -> str:
    """A field within a line; `part` (1 document, 2 header, 3 footer) keeps identifiers apart."""
    words = REQUIRED_FIELDS.get(tag) or OPTIONAL_FIELDS[tag]
    identifier = 100 * part + [*REQUIRED_FIELDS, *OPTIONAL_FIELDS].index(tag)
    return (
        f'<w:sdt><w:sdtPr><w:alias w:val="{words[0].upper() + words[1:]}"/><w:tag w:val="{TAG_PREFIX}{tag}"/>'
        f'<w:id w:val="{identifier}"/></w:sdtPr>'
        f"<w:sdtContent><w:r>{rpr}<w:t>{sample}</w:t></w:r></w:sdtContent></w:sdt>"
    )


def _block_control(tag: str, sample: str) -> str:
    words = REQUIRED_FIELDS[tag]
    identifier = 100 + [*REQUIRED_FIELDS].index(tag)
    return (
        f'<w:sdt><w:sdtPr><w:alias w:val="{words[0].upper() + words[1:]}"/><w:tag w:val="{TAG_PREFIX}{tag}"/>'
        f'<w:id w:val="{identifier}"/></w:sdtPr>'
        f"<w:sdtContent><w:p><w:r><w:t>{sample}</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )


def _line(style: str, *content: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{"".join(content)}</w:p>'


def _words(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def _document() -> str:
    cover = "".join(
        [
            _line("JalonSurtitre", _words("Conseil du numérique en santé")),
            _line("Title", _words("État d’avancement")),
            _line("Subtitle", _control("programme", "Feuille de route")),
            f'<w:p><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="12" w:space="1" w:color="{palette.BLUE}"/></w:pBdr>'
            '<w:spacing w:before="120" w:after="480"/></w:pPr></w:p>',
            _line("JalonCouverture", _control("session", "session")),
            _line("JalonCouverture", _control("held_on", "date")),
            _line("JalonCouverture", _words("Chiffres arrêtés au "), _control("cut_off", "date")),
            _line("JalonEtat", _control("state", "état"), _words(" – version "), _control("version", "1")),
            _line(
                "JalonCouverture",
                _control("banner", "bandeau", _rpr(16, palette.WHITE, bold=True, ground=palette.ALARM)),
            ),
            '<w:p><w:pPr><w:spacing w:before="3000" w:after="0"/></w:pPr></w:p>',
            _line("JalonEmpreinte", _words("Méthode de calcul\u00a0: "), _control("method", "v1")),
            _line(
                "JalonEmpreinte", _words("Empreinte des données (SHA-256)\u00a0: "), _control("checksum", "empreinte")
            ),
        ]
    )
    return (
        f"<w:document {_MAIN}><w:body>{cover}"
        + _line("JalonTitreSommaire", _words("Sommaire"))
        + _block_control("contents", "Le sommaire sera écrit ici.")
        + _block_control("body", "Le rapport sera écrit ici.")
        + '<w:sectPr><w:headerReference w:type="default" r:id="rId6"/><w:footerReference w:type="default" r:id="rId7"/>'
        '<w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1247" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="510" w:gutter="0"/>'
        "<w:titlePg/></w:sectPr></w:body></w:document>"
    )


def _field(instruction: str, cached: str) -> str:
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {instruction} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{cached}</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def _header() -> str:
    return (
        f'<w:hdr {_MAIN}><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>'
        + _words("Feuille de route du numérique en santé – ")
        + _control("document", "État d’avancement", part=2)
        + "<w:r><w:tab/></w:r>"
        + _control("state", "état", part=2)
        + '</w:p><w:p><w:pPr><w:pStyle w:val="Header"/><w:spacing w:before="20" w:after="0"/><w:jc w:val="center"/></w:pPr>'
        + _control("banner", "bandeau", _rpr(11, palette.WHITE, bold=True, ground=palette.ALARM), part=2)
        + "</w:p></w:hdr>"
    )


def _footer() -> str:
    return (
        f'<w:ftr {_MAIN}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>'
        + _control("session_code", "session", part=3)
        + _words(", chiffres arrêtés au ")
        + _control("cut_off", "date", part=3)
        + "<w:r><w:tab/></w:r>"
        + _words("page ")
        + _field("PAGE", "1")
        + _words(" sur ")
        + _field("NUMPAGES", "1")
        + "</w:p></w:ftr>"
    )


if __name__ == "__main__":
    main()
