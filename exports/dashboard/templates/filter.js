"use strict";
// Hides what the filters leave out, says how many actions are left, keeps the filters in the address, and prints one
// action on one page. Everything is readable without it.
(() => {
  const form = document.getElementById("filtres");
  const result = document.getElementById("resultat");
  const everything = document.getElementById("tout-afficher");
  // accents, case, apostrophes, hyphens between letters and the spaces of thousands do not count; « 8.4 » is « 8-4 »
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/œ/g, "oe").replace(/æ/g, "ae").replace(/['’‘ʼ´`′]/g, " ")
    .replace(/(\p{L})[-\u2010-\u2015](?=\p{L})/gu, "$1 ")
    .replace(/(\d)\s(?=\d{3}(?!\d))/g, "$1")
    .replace(/(\d)[.,\u2010-\u2015](?=\d)/g, "$1-")
    .replace(/\s+/g, " ").trim();
  const cards = [...document.querySelectorAll("article[data-situation]")].map((element) => ({
    element,
    code: element.dataset.code,
    axe: element.dataset.axe,
    priorite: element.dataset.priorite,
    situation: element.dataset.situation,
    partenaires: element.dataset.partenaires.split(" "),
    nouveau: "nouveau" in element.dataset,
    engagements: [...element.querySelectorAll("[data-engagement]")].map((item) => plain(item.dataset.engagement)),
    words: plain(element.textContent),
  }));
  const codes = new Set(cards.flatMap((card) => [card.code, ...card.engagements]));
  const groups = [...document.querySelectorAll("section[data-groupe]")];
  const statuses = [...form.elements.situation.options].slice(1);

  const chosen = (name) => form.elements[name].value;
  const holds = (card, word) =>
    codes.has(word) ? card.code === word || card.engagements.includes(word) : card.words.includes(word);
  const shown = (card, words) =>
    (!chosen("axe") || card.axe === chosen("axe")) &&
    (!chosen("priorite") || card.priorite === chosen("priorite")) &&
    (!chosen("situation") || card.situation === chosen("situation")) &&
    (!chosen("partenaire") || card.partenaires.includes(chosen("partenaire"))) &&
    (card.nouveau || !form.elements.nouveau?.checked) &&
    words.every((word) => holds(card, word));

  const apply = () => {
    const words = plain(chosen("recherche")).split(" ").filter(Boolean);
    const counts = new Map();
    let total = 0;
    for (const card of cards) {
      const visible = shown(card, words);
      card.element.hidden = !visible;
      if (visible) {
        total += 1;
        counts.set(card.situation, (counts.get(card.situation) || 0) + 1);
      }
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("article:not([hidden])");
    }
    result.textContent = sentence(total, counts);
    everything.hidden = !asked().toString();
  };

  const sentence = (total, counts) => {
    if (!total) {
      return "Aucune action ne répond à ces filtres.";
    }
    const parts = statuses
      .filter((option) => counts.has(option.value))
      .map((option) => `${option.dataset.libelle}\u00a0${counts.get(option.value)}`);
    const verb = total > 1 ? "actions affichées" : "action affichée";
    return `${total}\u00a0${verb} sur ${cards.length}\u00a0: ${parts.join(", ")}.`;
  };

  const asked = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  const write = () => {
    const query = asked().toString();
    try {
      history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash);
    } catch {
      // a browser that does not let a file change its address: the page works, its filters are not shared
    }
  };
  const read = () => {
    const query = new URLSearchParams(location.search);
    for (const field of form.elements) {
      const value = query.get(field.name) ?? "";
      if (field.type === "checkbox") {
        field.checked = Boolean(value);
      } else if (field.options ? [...field.options].some((option) => option.value === value) : field.name) {
        field.value = value;
      }
    }
    apply();
  };
  // a link leads to an action even where the filters had left it out
  const reach = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.closest("[hidden]")) {
      form.reset();
      apply();
      write();
      target.scrollIntoView();
    }
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { apply(); write(); });
  form.addEventListener("reset", () => setTimeout(() => {
    apply();
    write();
    form.elements.recherche.focus();
  }));
  addEventListener("popstate", read);
  addEventListener("hashchange", reach);

  // one action on its own page: as large as the page holds
  const PAGE = { width: 680, height: 940 };
  let alone = null;
  const fit = (element) => {
    document.documentElement.classList.add("one-page");
    element.classList.add("alone");
    for (let zoom = 1.2; zoom >= 0.2; zoom -= 0.05) {
      element.style.zoom = zoom;
      element.style.width = `${PAGE.width / zoom}px`;
      if (element.offsetHeight * zoom <= PAGE.height) {
        break;
      }
    }
  };
  let opened = [];
  addEventListener("beforeprint", () => {
    const visible = cards.filter((card) => !card.element.hidden);
    alone ??= visible.length === 1 ? visible[0].element : null;
    opened = [...(alone ?? document).querySelectorAll("details:not([open], .menu)")];
    opened.forEach((element) => { element.open = true; });
    if (alone) {
      fit(alone);
    }
  });
  addEventListener("afterprint", () => {
    opened.forEach((element) => { element.open = false; });
    document.documentElement.classList.remove("one-page");
    if (alone) {
      alone.classList.remove("alone");
      alone.style.zoom = alone.style.width = "";
      alone = null;
    }
  });
  for (const button of document.querySelectorAll(".print-one")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      alone = button.closest("article");
      print();
    });
  }
  read();
  reach();
})();
