"use strict";
// Hides what the filters leave out, and says how many actions are left. Everything is readable without it.
(() => {
  const form = document.getElementById("filtres");
  const result = document.getElementById("resultat");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ");
  const cards = [...document.querySelectorAll("article[data-situation]")].map((element) => ({
    element,
    axe: element.dataset.axe,
    priorite: element.dataset.priorite,
    situation: element.dataset.situation,
    partenaires: element.dataset.partenaires.split(" "),
    nouveau: "nouveau" in element.dataset,
    words: plain(element.textContent),
  }));
  const groups = [...document.querySelectorAll("section[data-groupe]")];
  const statuses = [...form.elements.situation.options].slice(1);

  const chosen = (name) => form.elements[name].value;
  const shown = (card, words) =>
    (!chosen("axe") || card.axe === chosen("axe")) &&
    (!chosen("priorite") || card.priorite === chosen("priorite")) &&
    (!chosen("situation") || card.situation === chosen("situation")) &&
    (!chosen("partenaire") || card.partenaires.includes(chosen("partenaire"))) &&
    (card.nouveau || !form.elements.nouveau?.checked) &&
    words.every((word) => card.words.includes(word));

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

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(() => {
    apply();
    form.elements.recherche.focus();
  }));

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((element) => { element.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((element) => { element.open = false; }));
  apply();
})();
