// The search of a site whose server only has files: finds articles in search.json, which is loaded
// with the first letter. The server of Feedmill answers searches itself, without this.
"use strict";

(() => {
  const MOST = 10;
  const list = document.getElementById("results");
  const field = document.getElementById("search");
  const found = document.getElementById("found");
  const more = document.getElementById("more");
  const newest = document.getElementById("newest");
  const topicList = document.getElementById("search-topics");
  const topicField = field.form.elements.topic;
  const wanted = new URLSearchParams(location.search);
  const words = list.dataset;
  let index = null;
  let loading = null;
  let hits = [];
  let shown = 0;

  // As the server writes dates: English without a country is British.
  const { lang } = document.documentElement;
  const locale = lang === "en" ? "en-GB" : lang;
  const days = new Intl.DateTimeFormat(locale, {
    dateStyle: "long",
    timeZone: "UTC",
  });

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const say = (text, value) => text.replace("#", value);
  const element = (name, attributes = {}, ...inner) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...inner);
    return made;
  };

  const load = async () => {
    const answer = await fetch(words.index);
    if (!answer.ok) throw new Error(answer.status);
    const data = await answer.json();
    data.names = data.topics.map(([, name]) => plain(name));
    data.texts = data.articles.map(([title, , , topics, summary]) => {
      const names = topics.map((at) => data.names[at]).join(" ");
      return [plain(title), `${plain(summary)} ${names}`];
    });
    return data;
  };

  // "words in quotes" stand together; a word after a minus is not wanted.
  const termsOf = (query) => {
    const terms = { wanted: [], unwanted: [] };
    for (const [, minus, phrase, word] of query.matchAll(/(-*)(?:"([^"]*)"?|([^\s"]+))/g)) {
      const text = plain(phrase || word || "").trim();
      if (text) terms[minus ? "unwanted" : "wanted"].push(text);
    }
    return terms;
  };

  // The place of the chosen topic: undefined where none is, -1 where there is no such topic.
  const chosen = () => {
    const topic = topicField?.value.trim();
    if (!topic) return undefined;
    return index.topics.findIndex(([slug], at) => slug === topic || index.names[at] === plain(topic));
  };

  const search = (terms, only) => {
    const scored = [];
    index.texts.forEach(([title, rest], at) => {
      if (only !== undefined && !index.articles[at][3].includes(only)) return;
      const has = (term) => title.includes(term) || rest.includes(term);
      if (!terms.wanted.every(has) || terms.unwanted.some(has)) return;
      scored.push([terms.wanted.filter((term) => title.includes(term)).length, at]);
    });
    scored.sort((one, other) => other[0] - one[0] || one[1] - other[1]);
    return scored.map(([, at]) => index.articles[at]);
  };

  // The text with its matches marked. A folded letter leads back to the letter that it came from.
  const marked = (text, terms) => {
    const letters = [...text];
    let folded = "";
    const from = [];
    letters.forEach((letter, at) => {
      const part = plain(letter);
      folded += part;
      for (let count = 0; count < part.length; count += 1) from.push(at);
    });
    const isMatch = letters.map(() => false);
    for (const term of terms) {
      for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length)) {
        for (let step = 0; step < term.length; step += 1) isMatch[from[at + step]] = true;
      }
    }
    const parts = [];
    for (let begin = 0, end = 0; begin < letters.length; begin = end) {
      for (end = begin; end < letters.length && isMatch[end] === isMatch[begin]; ) end += 1;
      const piece = letters.slice(begin, end).join("");
      parts.push(isMatch[begin] ? element("mark", {}, piece) : piece);
    }
    return parts;
  };

  const topicLink = (at) => {
    const [slug, name] = index.topics[at];
    return element("li", {}, element("a", { href: `topics/${slug}.html`, dir: "auto" }, name));
  };

  const entry = ([title, url, day, topics, summary, language], terms) => {
    const head = marked(title, terms);
    const made = element(
      "article",
      { className: "entry", lang: language || "", dir: "auto" },
      element("h3", {}, ...(url ? [element("a", { href: url }, ...head)] : head)),
      element("p", { className: "facts" }, element("time", { dateTime: day, dir: "auto" }, days.format(new Date(day)))),
    );
    if (!language) made.removeAttribute("lang");
    if (summary) made.append(element("p", { className: "summary" }, ...marked(summary, terms)));
    if (topics.length) made.append(element("ul", { className: "topics" }, ...topics.map(topicLink)));
    return made;
  };

  const showMore = (terms) => {
    const next = hits.slice(shown, shown + MOST).map((hit) => entry(hit, terms));
    list.append(...next);
    shown += next.length;
    more.hidden = shown >= hits.length;
    return next[0];
  };

  const showTopics = (terms, only) => {
    const places = [...index.names.keys()];
    const named = places.filter((at) => terms.wanted.every((word) => index.names[at].includes(word)));
    const links = terms.wanted.length && only === undefined ? named.slice(0, MOST) : [];
    topicList.querySelector("ul").replaceChildren(...links.map(topicLink));
    topicList.hidden = !links.length;
  };

  const run = async () => {
    const query = field.value.trim();
    wanted.set("q", query);
    if (topicField?.value) wanted.set("topic", topicField.value);
    else wanted.delete("topic");
    history.replaceState(null, "", query ? `?${wanted}` : location.pathname);
    if (query && !index) {
      loading = loading || load();
      try {
        index = await loading;
      } catch {
        loading = null;
        found.textContent = words.failed;
        return;
      }
      if (field.value.trim() !== query) return;
    }
    const terms = termsOf(query);
    list.replaceChildren();
    const only = index ? chosen() : undefined;
    hits = terms.wanted.length ? search(terms, only) : [];
    shown = 0;
    more.onclick = () => showMore(terms.wanted)?.querySelector("a")?.focus();
    more.hidden = true;
    newest.hidden = true;
    if (index) {
      showTopics(terms, only);
      newest.hidden = !terms.wanted.length || index.total <= index.articles.length;
      newest.textContent = say(words.newest, index.articles.length.toLocaleString(locale));
    }
    showMore(terms.wanted);
    const count = say(words.found, hits.length.toLocaleString(locale));
    const none = only === -1 ? words.nowhere : words.none;
    found.textContent = terms.wanted.length ? (hits.length ? count : none) : "";
  };

  const asked = wanted.get("topic");
  if (asked && topicField) {
    const named = [...(topicField.options || [])].find(
      ({ value, text }) => value === asked || plain(text) === plain(asked),
    );
    if (topicField.options && !named) topicField.append(new Option(asked, asked));
    topicField.value = named ? named.value : asked;
  }
  topicField?.addEventListener("input", run);
  field.value = (wanted.get("q") || field.value).slice(0, field.maxLength);
  field.addEventListener("input", run);
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  run();
})();
