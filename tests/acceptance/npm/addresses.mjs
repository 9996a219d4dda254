// Asks one parser for the title and the address of each entry of some feeds.
// node addresses.mjs PARSER URL... prints {"URL": [["title", "address"], ...], ...}

const PARSERS = {
  "rss-parser": async (text) => {
    const { default: Parser } = await import("rss-parser");
    return (await new Parser().parseString(text)).items.map((item) => [item.title, item.link]);
  },
  "@rowanmanning/feed-parser": async (text) => {
    const { parseFeed } = await import("@rowanmanning/feed-parser");
    return parseFeed(text).items.map((item) => [item.title, item.url]);
  },
  podparse: async (text) => {
    const { default: getPodcastFromFeed } = await import("podparse");
    return getPodcastFromFeed(text).episodes.map((episode) => [episode.title, episode.link]);
  },
  feedsmith: async (text) => {
    const { parseFeed } = await import("feedsmith");
    const { format, feed } = parseFeed(text);
    const pairs = {
      rss: (item) => [item.title, item.link],
      atom: (entry) => [
        entry.title.value ?? entry.title,
        entry.links.find((link) => (link.rel ?? "alternate") === "alternate")?.href,
      ],
      json: (item) => [item.title, item.url],
    };
    return (feed.entries ?? feed.items).map(pairs[format]);
  },
};

const [parser, ...urls] = process.argv.slice(2);
const found = {};
for (const url of urls) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  found[url] = await PARSERS[parser](await answer.text());
}
console.log(JSON.stringify(found));
