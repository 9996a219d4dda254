// Asks one parser for everything that it reads of a podcast.
// node podcast.mjs PARSER URL prints it as JSON.

const PARSERS = {
  podparse: async (text) => (await import("podparse")).default(text),
  feedsmith: async (text) => (await import("feedsmith")).parseFeed(text).feed,
};

const [parser, url] = process.argv.slice(2);
const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) });
if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
console.log(JSON.stringify(await PARSERS[parser](await answer.text())));
