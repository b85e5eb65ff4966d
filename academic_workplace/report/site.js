"use strict";
// Hide the studies in whose report the words asked for do not begin. Without this script all are listed.
(() => {
  const { words, said } = JSON.parse(document.getElementById("words").textContent);
  const field = document.getElementById("search");
  const told = document.getElementById("found");
  const flat = (text) => text.toLocaleLowerCase().normalize("NFC");
  const index = Object.fromEntries(Object.entries(words).map(([name, all]) => [name, " " + flat(all)]));
  document.getElementById("searching").hidden = false;
  field.addEventListener("input", () => {
    const asked = flat(field.value).split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 0);
    let n = 0;
    for (const card of document.querySelectorAll("article")) {
      const here = asked.every((word) => index[card.dataset.name].includes(" " + word));
      card.hidden = !here;
      n += here ? 1 : 0;
    }
    for (const section of document.querySelectorAll("main section")) {
      const unasked = asked.length === 0 && section.classList.contains("pages");
      const found = asked.length === 0 || section.querySelector("article:not([hidden])") !== null;
      section.hidden = unasked || !found;
    }
    told.textContent = asked.length === 0 ? "" : n === 0 ? said[0] : n === 1 ? said[1] : said[2].replace("{n}", n);
  });
})();
