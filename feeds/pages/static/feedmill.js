// Copy buttons, and a filter over the topics. The pages are complete without it.
"use strict";

(() => {
  const said = document.getElementById("said");

  const copy = async (element) => {
    try {
      await navigator.clipboard.writeText(element.textContent);
    } catch {
      // Without HTTPS there is no clipboard to write to, but there is a selection to copy.
      const range = document.createRange();
      range.selectNodeContents(element);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      return document.execCommand("copy");
    }
    return true;
  };

  for (const button of document.querySelectorAll("button[data-copy]")) {
    const words = [...button.childNodes];
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await copy(document.getElementById(button.dataset.copy));
      const word = done ? "Copied" : "Press Ctrl+C";
      button.textContent = word;
      said.textContent = done ? "The address was copied." : word;
      setTimeout(() => {
        button.replaceChildren(...words);
        said.textContent = "";
      }, 2000);
    });
  }

  const field = document.getElementById("q");
  const cards = [...document.querySelectorAll("#cards li")];
  const lists = [...document.querySelectorAll("#cards ul")];
  if (!field || !cards.length) return;
  const found = document.getElementById("found");
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = cards.map((card) => plain(card.querySelector("h3").textContent));

  const filter = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    cards.forEach((card, at) => {
      card.hidden = !words.every((word) => texts[at].includes(word));
      if (!card.hidden) shown += 1;
    });
    for (const list of lists) {
      const label = document.getElementById(list.getAttribute("aria-labelledby"));
      list.hidden = [...list.children].every((card) => card.hidden);
      if (label) label.hidden = list.hidden;
    }
    found.textContent = words.length ? `${shown} of ${cards.length} topics` : "";
  };

  field.value = new URLSearchParams(location.search).get("q") || field.value;
  field.addEventListener("input", filter);
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const left = cards.filter((card) => !card.hidden);
    if (field.value && left.length) left[0].querySelector("a").focus();
  });
  filter();
})();
