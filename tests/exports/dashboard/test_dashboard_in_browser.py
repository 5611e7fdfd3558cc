"""The dashboard in a real browser: filters, keyboard, phone width, silence on the network, accessibility."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.long

WIDTHS = (1280, 360)
Opener = Callable[..., Any]


def shown(page: Any) -> list[str]:
    """The codes of the actions on the page."""
    return page.eval_on_selector_all("article:not([hidden])", "cards => cards.map(card => card.id.slice(7))")


def wait_for_all_actions(page: Any) -> None:
    """Playwright's own waiting polls with eval, which the page's content security policy forbids."""
    for _ in range(100):
        if page.evaluate("document.querySelectorAll('article[hidden]').length") == 0:
            return
        page.wait_for_timeout(50)
    pytest.fail("actions stay hidden after the filters were reset")


def said_result(page: Any) -> str:
    return page.inner_text("#resultat").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("axe", "2", ["3-1", "3-2", "3-3"]),
        ("priorite", "1", ["1-1", "1-2", "1-3"]),
        ("situation", "late", ["1-3"]),
        ("partenaire", "BETA", ["1-1", "1-2", "1-3", "2-1", "2-2", "2-3", "3-1", "3-2", "3-3"]),
    ],
)
def test_each_filter_leaves_what_it_names(
    open_page: Opener, html: bytes, field: str, value: str, expected: list[str]
) -> None:
    page = open_page(html)
    assert len(shown(page)) == 9
    page.select_option(f"#{field}", value)
    assert shown(page) == expected
    assert said_result(page).startswith(f"{len(expected)} action")
    page.click("button[type=reset]")
    wait_for_all_actions(page)
    assert len(shown(page)) == 9


def test_the_partner_filter_finds_contributors_and_leaves_others_out(
    open_page: Opener, marts: Any, html: bytes
) -> None:
    from msgspec.structs import replace

    from exports.content.release import Release
    from exports.dashboard import view, writer

    fewer = replace(
        marts,
        action_partners=tuple(
            row for row in marts.action_partners if row.partner_code == "ALPHA" or row.action_code == "2-2"
        ),
    )
    page = open_page(writer.write(view.build(fewer, Release())))
    page.select_option("#partenaire", "BETA")
    assert shown(page) == ["2-2"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ETABLISSEMENTS equipes", ["1-2"]),  # accents and case forgiven, the words of measures searched too
        ("mot du contributeur", ["1-2"]),
        ("action-introuvable", []),
        ("retard 1-3", ["1-3"]),
        ("1.3", ["1-3"]),  # as people write an action's number
        ("1‑2", ["1-2"]),
        ("1.2.1", ["1-2"]),
        ("l'action 1-1", ["1-1"]),  # the page has a typographic apostrophe
        ("texte fictif de l’action 2-3", ["2-3"]),
        ("1134", ["1-2"]),  # the page parts thousands
        ("1 134 etablissements", ["1-2"]),
    ],
)
def test_full_text_search_forgives_accents_and_wants_every_word(
    open_page: Opener, html: bytes, words: str, expected: list[str]
) -> None:
    page = open_page(html)
    page.fill("#recherche", words)
    assert shown(page) == expected
    if not expected:
        assert said_result(page) == "Aucune action ne répond à ces filtres."


def test_filters_combine_and_empty_headings_go_with_their_actions(open_page: Opener, html: bytes) -> None:
    page = open_page(html)
    page.select_option("#axe", "1")
    page.select_option("#situation", "at_risk")
    assert shown(page) == ["2-1"]
    assert said_result(page) == "1 action affichée sur 9 : à risque 1."
    visible = "h => h.filter(x => x.checkVisibility()).map(x => x.id)"
    assert page.eval_on_selector_all("#actions h2, #actions h3", visible) == ["axe-1", "priorite-2"]


def test_everything_can_be_done_with_the_keyboard_alone(open_page: Opener, html: bytes) -> None:
    page = open_page(html)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Sommaire"
    assert page.evaluate("document.activeElement.parentElement.open")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('nav') !== null")
    page.focus(".menu summary")
    page.keyboard.press("Enter")
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert reached == ["recherche", "axe", "priorite", "partenaire", "situation"]
    page.focus("#situation")
    page.keyboard.type("En r")  # a select is chosen in by typing, as by arrows
    assert page.input_value("#situation") == "late"
    page.focus("#axe")
    page.keyboard.press("ArrowDown")
    page.focus("#recherche")
    page.keyboard.type("retard")
    assert shown(page) == ["1-3"]
    page.focus("button[type=reset]")
    page.keyboard.press("Enter")
    wait_for_all_actions(page)
    assert page.evaluate("document.activeElement.id") == "recherche"
    page.focus("article summary")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")


def test_the_first_result_is_ten_tab_stops_away_at_most(open_page: Opener, later: Any, marts: Any, html: bytes) -> None:
    from exports.content.release import Release
    from exports.dashboard import view, writer
    from exports.differences import compared

    compared_page = writer.write(view.build(compared(later, marts), Release()))
    for content, words in ((html, ""), (html, "1.3"), (compared_page, ""), (compared_page, "retard")):
        page = open_page(content)
        if words:
            page.fill("#recherche", words)
            page.evaluate(
                "document.activeElement.blur(); document.body.focus(); getSelection().collapse(document.body)"
            )
        stops = 1
        page.keyboard.press("Tab")
        while page.evaluate("document.activeElement.closest('article') === null"):
            page.keyboard.press("Tab")
            stops += 1
            assert stops <= 10
        first = page.evaluate("document.activeElement.closest('article').id.slice(7)")
        assert first == shown(page)[0]


def address(page: Any) -> str:
    return str(page.evaluate("location.search")).removeprefix("?")


def test_the_filters_are_in_the_address_and_come_back_from_it(open_page: Opener, html: bytes) -> None:
    page = open_page(html)
    page.select_option("#situation", "late")
    page.fill("#recherche", "l'action")
    assert address(page) == "recherche=l%27action&situation=late"
    page.goto(page.evaluate("location.href"))  # as a colleague who was sent it
    assert page.input_value("#recherche") == "l'action"
    assert shown(page) == ["1-3"]
    page.click("button[type=reset]")
    wait_for_all_actions(page)
    assert address(page) == ""
    assert not page.locator("button[type=reset]").is_visible(), "nothing is left out: nothing to show again"
    page.goto(page.evaluate("location.pathname").join(("file://", "?situation=inconnue&axe=2&autre=1")))
    assert shown(page) == ["3-1", "3-2", "3-3"], "what the page does not know is left aside"
    assert page.input_value("#situation") == ""


def test_a_link_leads_to_an_action_that_the_filters_had_left_out(open_page: Opener, html: bytes) -> None:
    page = open_page(html)
    page.select_option("#situation", "late")
    page.click(".timeline a[href='#action-2-1']")
    assert "2-1" in shown(page)
    assert page.input_value("#situation") == ""
    assert page.locator("#action-2-1").is_visible()


def test_the_leads_progress_is_read_without_unfolding_anything(open_page: Opener, html: bytes) -> None:
    page = open_page(html)
    assert page.get_by_text("Texte fictif de l’action 1-1.").is_visible()
    assert not page.get_by_text("Mot du contributeur fictif.").is_visible()


def pages(content: bytes) -> list[str]:
    """The words of each page of a PDF."""
    import pypdfium2

    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content)]


def printed(page: Any) -> list[str]:
    return pages(page.pdf(format="A4", print_background=True))


def test_one_action_is_printed_on_one_page_with_its_figures_and_texts(
    open_page: Opener, html: bytes, marts: Any
) -> None:
    from msgspec.structs import replace

    from exports.content.release import Release
    from exports.dashboard import view, writer

    page = open_page(html)
    page.fill("#recherche", "1.2")
    (only,) = printed(page)
    for expected in ("Texte fictif de l’action 1-2", "Mot du contributeur", "Établissements équipés", "1 134"):
        assert expected in only.replace("\u202f", " ").replace("\u00a0", " ")
    assert "Action atteinte" not in only
    assert page.locator(".alone").count() == 0, "the page is as before once it is printed"
    long = tuple(replace(row, progress_text="Un texte fictif assez long. " * 250) for row in marts.contributions)
    page = open_page(writer.write(view.build(replace(marts, contributions=long), Release())))
    page.fill("#recherche", "1.2")
    assert len(printed(page)) == 1


def test_the_button_of_an_action_prints_that_one(open_page: Opener, html: bytes) -> None:
    page = open_page(html)
    page.evaluate("window.print = () => { window.asked = document.querySelectorAll('article').length; }")
    page.click("#action-1-3 .print-one")
    assert page.evaluate("window.asked") == 9
    (only,) = printed(page)
    assert "Action en retard" in only
    assert len(printed(page)) > 1, "the next printing is of the whole"


def test_focus_is_seen(open_page: Opener, html: bytes) -> None:
    page = open_page(html)
    for _ in range(8):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2, page.evaluate("document.activeElement.outerHTML.slice(0, 80)")


@pytest.mark.parametrize("width", [*WIDTHS, 320])
def test_nothing_is_wider_than_the_window(open_page: Opener, html: bytes, width: int) -> None:
    page = open_page(html, width)
    page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_very_long_word_is_cut_not_spread(open_page: Opener, marts: Any) -> None:
    from msgspec.structs import replace

    from exports.content.release import Release
    from exports.dashboard import view, writer

    long = tuple(replace(row, progress_text="é" * 20_000) for row in marts.contributions)
    labels = tuple(replace(row, commitment_label="x" * 500) for row in marts.commitments)
    page = open_page(writer.write(view.build(replace(marts, contributions=long, commitments=labels), Release())), 360)
    page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert "é" * 20_000 in page.inner_text("body")


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_violation(open_page: Opener, html: bytes, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(html, width)
    page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
    results = axe.run(page)
    assert results.violations_count == 0, results.generate_report()
    assert len(results.response["passes"]) > 20, "axe looked at nothing"


def test_axe_would_find_a_fault(open_page: Opener, html: bytes) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(html.replace(b'<label for="axe">Axe</label>', b"").replace(b'lang="fr"', b""))
    found = {violation["id"] for violation in axe.run(page).response["violations"]}
    assert {"html-has-lang", "select-name"} <= found


def test_the_page_asks_nothing_of_the_network_and_breaks_no_rule_of_its_policy(open_page: Opener, html: bytes) -> None:
    page = open_page(html)
    page.fill("#recherche", "action")
    page.select_option("#axe", "1")
    page.click("summary >> visible=true")
    assert [url for url in page.asked if not url.startswith("file:")] == []
    assert len(page.asked) == 1
    assert page.said == []


def test_what_a_script_slipped_in_would_load_is_refused(open_page: Opener, html: bytes) -> None:
    """The policy is proven: an inline script, a picture and a form that were not ours do nothing."""
    slipped = b'<script>alert("ran")</script><img src="https://exemple.invalid/p.png" alt=""></body>'
    page = open_page(html.replace(b"</body>", slipped))
    assert not [said for said in page.said if said == "ran"]
    assert any("Content Security Policy" in said for said in page.said)
    assert page.failed == [("https://exemple.invalid/p.png", "csp")]


def test_hostile_texts_are_shown_whole_and_do_nothing(open_page: Opener, html: bytes, hostile: dict[str, str]) -> None:
    page = open_page(html)
    page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
    body = page.inner_text("#action-3-3")
    for kind in ("formula", "plus", "minus", "at", "markup", "emoji", "rtl", "url"):
        assert hostile[kind] in body, kind
    assert "avant\u2407\u2400après" in body
    slipped = "#action-3-3 script, #action-3-3 a:not([href^='#source-'])"
    assert page.eval_on_selector_all(slipped, "found => found.length") == 0
    assert page.said == []


def test_everything_is_there_without_javascript(open_page: Opener, html: bytes) -> None:
    page = open_page(html, scripts=False)
    assert page.locator("article").count() == 9
    assert not page.locator("#filtres").is_visible(), "filters that cannot work are not shown"
    assert page.locator("#resultat").inner_text().replace("\u00a0", " ") == "9 actions."
    page.locator("article summary").first.click()
    assert page.locator("article details p").first.is_visible()


def test_print_shows_what_is_folded_and_hides_the_form(open_page: Opener, html: bytes) -> None:
    page = open_page(html)
    page.emulate_media(media="print")
    assert not page.locator("#recherche").is_visible()
    assert page.locator("#resultat").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open], .menu)").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def test_the_map_has_one_tile_a_department_and_says_what_was_not_sent(open_page: Opener, html: bytes) -> None:
    from exports.dashboard import tiles

    page = open_page(html)
    assert len(tiles.places()) == 101
    assert len(set(tiles.places().values())) == 101, "two departments on one tile"
    assert page.locator(".map g").count() == 101
    said = page.eval_on_selector_all(".map g title", "found => found.map(item => item.textContent)")
    assert "Ain : 41,5 %" in [text.replace("\u202f", " ").replace("\u00a0", " ") for text in said]
    assert sum("rien n’a été envoyé" in text for text in said) == 99
    assert page.locator(".map g.none").count() == 99
    shades = page.eval_on_selector_all(".map g:not(.none)", "found => found.map(item => item.className.baseVal)")
    assert sorted(shades) == ["c0", "c1"]


def test_charts_have_a_text_alternative_with_every_count(open_page: Opener, html: bytes) -> None:
    page = open_page(html)
    assert page.locator(".charts svg[role=img]").count() == 2
    described = page.eval_on_selector_all(
        ".charts svg[role=img]",
        "all => all.map(svg => document.getElementById(svg.getAttribute('aria-describedby')).textContent)",
    )
    assert "atteint 1, en bonne voie 1, à risque 1, en retard 1" in described[0]
    assert "Axe 2, second\u00a0: à cadrer 1, non renseigné 2" in described[1]


def test_what_changed_can_be_shown_alone(open_page: Opener, later: Any, marts: Any) -> None:
    from exports.content.release import Release
    from exports.dashboard import view, writer
    from exports.differences import compared

    told = compared(later, marts)
    page = open_page(
        writer.write(
            view.build(
                told,
                Release("published", 1, "Session fictive"),
            )
        )
    )
    everything = shown(page)
    page.check("#nouveau")
    assert shown(page) == sorted({row.action_code for row in told.changes} & set(everything))
    assert 0 < len(shown(page)) < len(everything)
    page.select_option("#situation", "late")
    assert set(shown(page)) <= {row.action_code for row in told.changes}
