"""``feedmill init``: writes a commented configuration and creates the two folders.

Never changes what already exists. In the text, a line that starts with "# " is an explanation,
and a line that starts with "#" and a key shows a setting with its default value.
"""

from pathlib import Path

from worker.config.loading import CONFIG_NAME

STARTER = """\
# The configuration of Feedmill. It shows every setting with its default value. To change a
# setting, remove the "#" in front of it. Relative paths start at this file's folder.

[site]
# What all feeds share. Readers see the title; it is the title of "all.rss".
#title = "Feedmill"

# The address at which readers fetch the public folder, with https:// if you have it. Set this
# before anyone subscribes: the feeds and their links contain it. The default is the address of
# the embedded server (see [serve]).
#url = "http://127.0.0.1:8000/"

# One sentence about what readers find here.
#description = ""

# The language of articles that name none, such as "de-AT".
#language = "en"

# The time zone for dates without an offset, such as "Europe/Vienna".
#timezone = "UTC"

# The author of articles that name none. If empty, the title is used.
#author = ""

# A picture for the feeds: an address, or a path below the address of the site.
#icon = ""

# A WebSub hub that is notified of every change, such as "https://hub.example.org/".
#hub = ""

# The site that these feeds are for, if it is another one: their link leads there.
#home = ""

# The rights, such as "© 2026 Our News", in the feeds and below each page.
#copyright = ""

# The editor, such as "ann@example.org (Ann Miller)". Everyone can read the address in the feeds.
#editor = ""

# A style sheet of your own, which the pages use after theirs.
#css = "site.css"

# What is at the end of each page, as Markdown, such as "[About us](https://example.org/about)".
#footer = ""


[drop]
# The folder in which authors put articles.
#folder = "drop"

# What happens to a file after it is read: "keep" leaves it where it is, so that editing it
# updates the article and deleting it withdraws the article; "archive" moves it to archive/ or
# rejected/.
#after = "keep"

# Articles with "published: false": "hold" does not publish them, "publish" does. Drafts are
# never published.
#unpublished = "hold"

# The topic of articles that get none from their front matter, their folder or a rule.
#default_topic = "News"

# How long a file must stay unchanged before it is read, if the system cannot tell that it is
# complete.
#settle_seconds = 1

# How often the whole folder is compared with the database. New files do not wait for this.
#rescan_seconds = 300

# Whether to find changes by reading the folder every few seconds: "auto" (only on file systems
# that do not report changes, such as network mounts), "always" or "never".
#poll = "auto"

# Larger files are rejected.
#max_bytes = 2_000_000

# Files to ignore, such as ["*.bak.txt", "templates/*"].
#ignore = []

# How long a file must be missing before its article is withdrawn.
#withdraw_after_seconds = 10

# If more than this share of all articles disappears at once, nothing is withdrawn: probably
# the folder itself is missing. `feedmill once --allow-mass-withdrawal` withdraws them.
#withdraw_share = 0.5

# Receipts, files beside the articles that tell authors what happened: for "problems" only, for
# "all" articles, or "off".
#receipts = "problems"

# The folder for receipts that cannot be written beside the articles.
#receipts_folder = "receipts"

# The folder with the pictures that articles name from the site's root, such as /img/boat.png or
# ../../assets/boat.png. It is only read, and may be outside the drop folder.
#assets = "assets"

# How many minutes a new article waits before it is public, so that its author can change it.
#undo_minutes = 0


[store]
# The database. Keep it on a local disk.
#path = "feedmill.db"

# Who copies SQLite's log into the database: Feedmill ("own"), or a program that replicates it,
# such as Litestream ("outside"). With "own", such a program makes damaged copies.
#checkpoints = "own"


[feeds]
# The folder that readers fetch from.
#folder = "public"

# A feed has at least this many articles, and all articles of this many days. Older articles
# go to its archive.
#min_entries = 50
#min_days = 7

# The maximum size of a feed, which goes before the two settings above.
#max_bytes = 1_000_000

# Which formats to write.
#formats = ["rss", "atom", "json"]

# What feeds say of an article: "full", its whole text, or "summary", its summary with the link.
# Pages are always whole. The feed of a topic or of a search can have a "content" of its own.
#content = "full"

# Whether each author, and each language, has a feed: authors/ann-miller.rss, languages/de.rss.
#authors = false
#languages = false


# The podcasts. Their RSS has the tags that Apple and other directories ask for.
#[feeds.podcast]
# The topics whose feeds are podcasts, or "all".
#topics = ["Talk"]

# The title, if it is another than the feed's, the author, and the owner, whom directories write to.
#title = ""
#author = "The newsroom"
#owner = { name = "Ann Example", email = "ann@example.com" }

# One of Apple's categories, with a subcategory or without, or a list of them.
#category = "Society & Culture > Documentary"

# A square JPEG or PNG picture of 1400 to 3000 pixels: its address, or its path below site.url.
#cover = "cover.jpg"

# Whether it is for adults only, whether its episodes are heard in order ("serial") or not, and
# whether other hosts are forbidden to take it over.
#explicit = false
#type = "episodic"
#locked = false

# The podcast:guid that the podcast had elsewhere, or here before site.url changed.
#guid = ""


[media]
# Larger pictures, sounds and films are not published.
#max_bytes = 20_000_000


[pages]
# Which articles have a page of their own, to which the feeds then link: "unlinked" (those without
# a link), "all" or "none".
#articles = "unlinked"

# A folder with templates of your own, which go before those of Feedmill (docs/own-pages.md).
#templates = "templates"


[topics]
# Whether to reject articles with a topic that has no entry here.
#strict = false

# The maximum number of topics. Articles with a further one go to drop.default_topic.
#most = 5000

# Which translations of an article (post.md, post.de.md) are in the feeds: "one", the one in the
# site's language, or "all". Each has its page in both cases.
#translations = "one"

# Topics need no entry here. An entry can add a description, other names for the same topic,
# and a search that assigns articles without topics to it.
#[topics."AWS AI"]
#description = "Machine learning on Amazon's cloud"
#aliases = ["Amazon AI"]
#match = "bedrock OR sagemaker"
#content = "summary"


# A feed for a saved search: all articles that match each key that is given. One is enough: a
# full-text query; topics of which an article has one, all or none; one of its authors; the name or
# domain of its source; its language ("de" includes "de-AT"); the least quality.
#[[searches]]
#name = "Language models"
#query = '"language model" OR llm'
#topics = ["AI", "AWS AI"]
#topics_all = ["Cloud"]
#topics_none = ["Advertising"]
#authors = ["Ann Miller", "Bo Weaver"]
#provider = "example.org"
#language = "en"
#min_quality = 50
#content = "summary"


[serve]
# Where the embedded server listens: on this machine only, or for everyone with "0.0.0.0".
#host = "127.0.0.1"
#port = 8000

# The port on 127.0.0.1 for /metrics and /status, which are for this machine only. Do not let a
# web server pass requests to it.
#local_port = 8001


[metrics]
# Metrics for Prometheus: a file for node-exporter's textfile collector. By default it is
# beside the database.
#file = "feedmill.db.prom"

# Who can fetch the metrics at /metrics of the embedded server: "off", "local" (this machine,
# at serve.local_port) or "all".
#serve = "off"


# The three sections below are for sites that one machine no longer serves (docs/beyond.md). They
# need `pip install "feedmill[s3]"`. Access keys are never here, but in the environment.

# The bucket from which readers fetch, usually through a CDN: `feedmill mirror` brings the public
# folder there. Also gs://, az://, and file:/// for a folder.
#[mirror]
#to = "s3://example-feeds/site"

# Any store that speaks S3: its address. The region: what the environment says, or that of AWS.
#endpoint = ""
#region = "auto"

# For how many seconds caches may keep feeds and pages without asking again.
#feeds_max_age = 300

# How many requests are sent at once, and how long each may take.
#requests = 16
#timeout_seconds = 5


# Not built yet: the bucket to which authors upload articles.
#[inbox]
#from = "s3://example-inbox/articles"
#endpoint = ""
#region = "auto"
#timeout_seconds = 5

# How often the bucket is listed.
#poll_seconds = 10

# Only a share of the articles, for several machines: "3/16" is the third of sixteen.
#part = ""

# Whether receipts go back to the bucket.
#receipts = false


# Not built yet: two machines with this same file, of which one takes over. It needs [mirror]
# and [inbox]. The bucket, which is not public, holds the lease and the database's copy.
#[standby]
#state = "s3://example-state/site"
#endpoint = ""
#region = "auto"
#timeout_seconds = 5

# How long the lease lasts without a sign of life: a take-over needs this long, and a restore.
#ttl_seconds = 15

# The program that replicates the database.
#litestream = "litestream"

# How often a copy is restored to check it, and for how many days those of earlier holders stay.
#drill_minutes = 60
#keep_days = 7
"""


def create_project(folder: Path) -> list[Path]:
    """Create a project in ``folder``, which may not exist yet. Returns the new paths.

    Raises OSError.
    """
    made: list[Path] = []
    for path in (folder / "drop", folder / "public"):
        if not path.is_dir():
            path.mkdir(parents=True)
            made.append(path)
    config = folder / CONFIG_NAME
    try:
        with config.open("x", encoding="utf-8") as file:
            file.write(STARTER)
    except FileExistsError:
        return made
    return [config, *made]
