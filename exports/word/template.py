"""Opens the DNS's template, proves it holds what the report needs, and fills its fields.

The template is edited by people: what is missing is named, all of it at once, in French, with the fix.
"""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

from lxml import etree

from exports.packing import read_package
from exports.word.layout import PageMetrics, StyleMetrics
from exports.word.styles import (
    CHARACTER_STYLES,
    OPTIONAL_FIELDS,
    PARAGRAPH_STYLES,
    RAISED_STYLE,
    REQUIRED_FIELDS,
    TABLE_STYLE,
    TAG_PREFIX,
    YOUNGER_STYLES,
)
from exports.word.xml import NAMESPACES, Element, name, safe
from sources.french import typography as typo

DOCUMENT = "word/document.xml"
#: parts in which fields may be
_FILLED = ("word/document", "word/header", "word/footer")


class TemplateError(ValueError):
    """The template lacks something; the message names every style and field, in French."""


@dataclass
class Template:
    """An opened template: its parts, its main document, its styles by name."""

    parts: dict[str, bytes]
    document: Element
    style_ids: dict[str, str]
    metrics: dict[str, StyleMetrics]
    page: PageMetrics
    font: str

    def style(self, style_name: str) -> str:
        """The identifier of a style by its name."""
        return self.style_ids[style_name]

    def placeholder(self, tag: str) -> Element:
        """The content control that the contents or the body take the place of."""
        return _controls(self.document)[TAG_PREFIX + tag][0]


def open_template(path: Path) -> Template:
    """The template, proven complete. TemplateError says what is missing."""
    try:
        parts = read_package(path)
        document = etree.fromstring(parts[DOCUMENT])
        styles = etree.fromstring(parts["word/styles.xml"])
    except (OSError, BadZipFile, KeyError, etree.XMLSyntaxError) as error:
        raise TemplateError(f"Le modèle {path.name} n’est pas un document Word lisible ({error}).") from error
    style_ids: dict[str, str] = {}
    for style in styles.iterfind("w:style", NAMESPACES):
        named = style.find("w:name", NAMESPACES)
        if named is not None:
            style_ids[named.get(name("w:val")) or ""] = style.get(name("w:styleId")) or ""
    for younger, lent in YOUNGER_STYLES.items():
        if lent in style_ids:
            style_ids.setdefault(younger, style_ids[lent])
    _require(path, style_ids, parts)
    metrics = {style: _metrics(styles, style_ids[style]) for style in PARAGRAPH_STYLES.values()}
    font = _font(styles, style_ids[PARAGRAPH_STYLES["chart"]])
    return Template(parts, document, style_ids, metrics, _page(document), font)


def _require(path: Path, style_ids: dict[str, str], parts: dict[str, bytes]) -> None:
    wanted = {*PARAGRAPH_STYLES.values(), *CHARACTER_STYLES.values(), TABLE_STYLE}
    found: set[str] = set()
    for part, content in parts.items():
        if part.startswith(_FILLED) and part.endswith(".xml"):
            found |= set(_controls(etree.fromstring(content)))
    in_body = set(_controls(etree.fromstring(parts[DOCUMENT])))
    lacks = [f"le style « {style} »" for style in sorted(wanted - set(style_ids))]
    lacks += [
        f"le champ « {TAG_PREFIX}{tag} » ({words})"
        for tag, words in REQUIRED_FIELDS.items()
        if TAG_PREFIX + tag not in (in_body if tag in {"contents", "body"} else found)
    ]
    unknown = [
        tag for tag in sorted(found) if tag.removeprefix(TAG_PREFIX) not in {**REQUIRED_FIELDS, **OPTIONAL_FIELDS}
    ]
    lacks += [f"un champ connu à la place de « {tag} »" for tag in unknown]
    if lacks:
        raise TemplateError(
            f"Il manque au modèle {path.name} : {' ; '.join(lacks)}. "
            "Reprenez le modèle livré, ou rajoutez ces éléments dans Word (contrôle de contenu portant cette balise)."
        )


def _controls(root: Element) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {}
    for control in root.iter(name("w:sdt")):
        tag = control.find("w:sdtPr/w:tag", NAMESPACES)
        value = tag.get(name("w:val")) if tag is not None else None
        if value and value.startswith(TAG_PREFIX):
            found.setdefault(value, []).append(control)
    return found


def fill(root: Element, values: dict[str, str], raised: str = "") -> None:
    """Write the fields' values in place; their look is the first run's, and the control stays for the next reader.

    `raised` is the identifier of the style of the ends of ordinals.
    """
    for tag, controls in _controls(root).items():
        value = values.get(tag.removeprefix(TAG_PREFIX))
        if value is None:
            continue
        for control in controls:
            _write(control, safe(value), raised)


def _write(control: Element, value: str, raised: str) -> None:
    texts = list(control.iter(name("w:t")))
    if not texts:
        raise TemplateError(
            "Un champ du modèle est vide : écrivez-y un mot, qui sera remplacé "
            f"(« {control.findtext('w:sdtPr/w:alias', '', NAMESPACES) or 'champ'} »)."
        )
    for extra in texts[1:]:
        extra.text = ""
    (first, _), *others = typo.raised(value) or [("", False)]
    texts[0].text = first
    texts[0].set(name("xml:space"), "preserve")
    run = texts[0].getparent()
    if run is None:
        return
    model = deepcopy(run)
    for piece, is_raised in others:
        copied = deepcopy(model)
        next(copied.iter(name("w:t"))).text = piece
        if is_raised:
            _raise(copied, raised)
        run.addnext(copied)
        run = copied


def _raise(run: Element, style: str) -> None:
    look = run.find(name("w:rPr"))
    if look is None:
        look = etree.Element(name("w:rPr"))
        run.insert(0, look)
    if look.find(name("w:rStyle")) is None:
        styled = etree.Element(name("w:rStyle"))
        styled.set(name("w:val"), style)
        look.insert(0, styled)


def filled_parts(template: Template, values: dict[str, str]) -> dict[str, bytes]:
    """Headers and footers with their fields filled."""
    filled = {}
    for part, content in template.parts.items():
        if part.startswith(("word/header", "word/footer")) and part.endswith(".xml"):
            root = etree.fromstring(content)
            fill(root, values, template.style(RAISED_STYLE))
            filled[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return filled


def _page(document: Element) -> PageMetrics:
    section = document.find("w:body/w:sectPr", NAMESPACES)
    size = section.find("w:pgSz", NAMESPACES) if section is not None else None
    margins = section.find("w:pgMar", NAMESPACES) if section is not None else None
    if size is None or margins is None:
        raise TemplateError("Le modèle ne dit ni la taille de la page ni ses marges.")

    def points(element: Element, attribute: str) -> float:
        return abs(float(element.get(name(f"w:{attribute}")) or 0)) / 20

    return PageMetrics(
        width=points(size, "w") - points(margins, "left") - points(margins, "right") - points(margins, "gutter"),
        height=points(size, "h") - points(margins, "top") - points(margins, "bottom"),
    )


def _chain(styles: Element, style_id: str) -> list[Element]:
    """A style, its ancestors, then the defaults: the first that says something is right."""
    chain: list[Element] = []
    current: str | None = style_id
    while current:
        style = next(
            (item for item in styles.iterfind("w:style", NAMESPACES) if item.get(name("w:styleId")) == current), None
        )
        if style is None:
            break
        chain.append(style)
        based = style.find("w:basedOn", NAMESPACES)
        current = based.get(name("w:val")) if based is not None else None
    defaults = styles.find("w:docDefaults", NAMESPACES)
    if defaults is not None:
        chain += [
            item
            for item in (defaults.find("w:pPrDefault", NAMESPACES), defaults.find("w:rPrDefault", NAMESPACES))
            if item is not None
        ]
    return chain


def _font(styles: Element, style_id: str) -> str:
    """The font of a style: its name, or the theme's as charts name it."""
    for style in _chain(styles, style_id):
        fonts = style.find("w:rPr/w:rFonts", NAMESPACES)
        if fonts is None:
            continue
        if theme := fonts.get(name("w:asciiTheme")):
            return "+mj-lt" if theme.startswith("major") else "+mn-lt"
        if named := fonts.get(name("w:ascii")):
            return named
    return "+mn-lt"


def _metrics(styles: Element, style_id: str) -> StyleMetrics:
    """A style's size and spacing, its ancestors' and the defaults' where it says nothing."""
    chain = _chain(styles, style_id)

    def said(path: str, attribute: str, fallback: float) -> float:
        for style in chain:
            element = style.find(path, NAMESPACES)
            value = element.get(name(f"w:{attribute}")) if element is not None else None
            if value is not None and value.lstrip("-").isdigit():
                return float(value)
        return fallback

    bold = next(
        (style.find("w:rPr/w:b", NAMESPACES) for style in chain if style.find("w:rPr/w:b", NAMESPACES) is not None),
        None,
    )
    return StyleMetrics(
        size=said("w:rPr/w:sz", "val", 20) / 2,
        before=said("w:pPr/w:spacing", "before", 0) / 20,
        after=said("w:pPr/w:spacing", "after", 0) / 20,
        line=said("w:pPr/w:spacing", "line", 240) / 240,
        indent=(said("w:pPr/w:ind", "left", 0) + said("w:pPr/w:ind", "right", 0)) / 20,
        bold=bold is not None and bold.get(name("w:val")) not in {"0", "false"},
    )
