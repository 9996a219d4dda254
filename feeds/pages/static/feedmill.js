// Copy buttons, a filter over the topics, pictures that fail. The pages are complete without it.
"use strict";

(() => {
  // A picture that fails leaves no empty box. Those that failed before this script came, too.
  const hide = (image) => {
    (image.closest("figure.cover") || image).hidden = true;
  };
  document.addEventListener("error", ({ target }) => {
    if (target.matches?.("img:not(.logo)")) hide(target);
  }, true);
  for (const image of document.querySelectorAll("img:not(.logo)")) {
    if (image.complete && image.currentSrc && !image.naturalWidth) hide(image);
  }

  // What an address leads to is open.
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const own = target?.matches(".entry") ? target.querySelector("details") : null;
    for (let box = own || target?.closest("details"); box; box = box.parentElement?.closest("details")) {
      box.open = true;
    }
  };
  addEventListener("hashchange", open);
  open();

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
      const word = done ? button.dataset.copied : button.dataset.press;
      button.textContent = word;
      said.textContent = word;
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
    const count = shown.toLocaleString(document.documentElement.lang);
    found.textContent = words.length ? found.dataset.found.replace("#", count) : "";
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
