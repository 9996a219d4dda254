"""What a server's public folder holds in the tests, and what lies beside it."""

FEED = b"<rss>" + b"<item>The wheel turns.</item>" * 200 + b"</rss>"
FEEDS = {
    "topics/mills.rss": "application/rss+xml; charset=utf-8",
    "topics/mills.atom": "application/atom+xml; charset=utf-8",
    "topics/mills.json": "application/feed+json; charset=utf-8",
    "feeds.opml": "text/x-opml; charset=utf-8",
}
PAGES = {
    "index.html": "text/html; charset=utf-8",
    "topics/mills.html": "text/html; charset=utf-8",
    "feedmill.css": "text/css; charset=utf-8",
    "feedmill.js": "text/javascript; charset=utf-8",
    "feedmill.svg": "image/svg+xml; charset=utf-8",
}
SECRET = b"nobody may read this"

# Where people and programs look for a site's feed, and the feed to which each address leads; with
# the embedded server and with the shipped configurations of others.
USUAL_ADDRESSES = {
    "/feed": "/all.rss",
    "/feed/": "/all.rss",
    "/rss": "/all.rss",
    "/rss/": "/all.rss",
    "/rss.xml": "/all.rss",
    "/feed.xml": "/all.rss",
    "/index.xml": "/all.rss",
    "/atom": "/all.atom",
    "/atom/": "/all.atom",
    "/atom.xml": "/all.atom",
    "/feed.json": "/all.json",
}
