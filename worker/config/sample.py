"""What ``feedmill init`` makes: a configuration that explains itself, and the two folders.

Nothing that is there already is changed. In the text, a line that begins with "# " explains,
and one that begins with "#" and a key shows a setting with the value that holds without it.
"""

from pathlib import Path

from worker.config.loading import CONFIG_NAME

STARTER = """\
# The configuration of Feedmill. Every setting is shown with the value that holds without it;
# take the "#" away in front of one to change it. Relative paths start at this file's folder.

[site]
# What all feeds share. Readers see the title; "all.rss" carries it as it stands here.
#title = "Feedmill"

# The address under which readers fetch the public folder, with https:// where you have it.
# Set this before anybody subscribes: the feeds and the links in them name it. Without it, it
# is the address of the embedded server (see [serve]).
#url = "http://127.0.0.1:8000/"

# A sentence on what there is to read.
#description = ""

# The language that articles are in where they do not say so themselves, such as "de-AT".
#language = "en"

# Dates without an offset are read in this zone, such as "Europe/Vienna".
#timezone = "UTC"

# Stands as author where an article names none; without it, the title does.
#author = ""

# A picture for the feeds: an address, or one below the address of the site.
#icon = ""

# A WebSub hub to tell of every change, such as "https://hub.example.org/".
#hub = ""


[drop]
# The folder that articles are put into.
#folder = "drop"

# What happens to a file that was read: "keep" leaves it where it is, so that an edit updates
# the article and a deletion withdraws it; "archive" moves it to archive/ or rejected/.
#after = "keep"

# Articles that say "published: false": "hold" keeps them back, "publish" publishes them.
# Drafts are always kept back.
#unpublished = "hold"

# The topic of articles that name none and that no folder or rule puts anywhere.
#default_topic = "News"

# How long a file must be left alone before it is read, where the system cannot tell that its
# writer is done.
#settle_seconds = 1

# How often the whole folder is compared with what is known. New files do not wait for this.
#rescan_seconds = 300

# Whether to look for changes by reading the folder every few seconds: "auto" does so only on
# file systems that do not announce changes, such as network mounts; "always"; "never".
#poll = "auto"

# Larger files are rejected.
#max_bytes = 2_000_000

# Files to pass over, such as ["*.bak.txt", "templates/*"].
#ignore = []

# How long a file must be gone before its article is withdrawn.
#withdraw_after_seconds = 10

# If more than this share of all articles vanishes at once, nothing is withdrawn: more likely
# the folder itself is gone. `feedmill once --allow-mass-withdrawal` withdraws them.
#withdraw_share = 0.5

# A file beside each article that tells its author what became of it: for "problems" only, for
# "all" articles, or "off".
#receipts = "problems"

# Where receipts go if they cannot be written beside the articles.
#receipts_folder = "receipts"

# How long a new article is kept back, so that its author may change their mind.
#undo_minutes = 0


[store]
# The database. Keep it on a local disk.
#path = "feedmill.db"


[feeds]
# The folder that readers fetch from.
#folder = "public"

# A feed holds at least so many articles, and at least those of so many days; what is older
# goes to its archive.
#min_entries = 50
#min_days = 7

# No feed grows larger than this, whatever the two above say.
#max_bytes = 1_000_000

# Which formats to write.
#formats = ["rss", "atom", "json"]


[topics]
# Whether an article on a topic that has no entry here is rejected, as a misspelling.
#strict = false

# How many topics there may be. Articles on a further one go to drop.default_topic.
#most = 5000

# A topic needs no entry here; one that has something to add gets one: a description, other
# names for the same topic, and a search that puts articles without topics into it.
#[topics."AWS AI"]
#description = "Machine learning on Amazon's cloud"
#aliases = ["Amazon AI"]
#match = "bedrock OR sagemaker"


# A feed for a standing search. Topics, provider and quality narrow it down and may be left out.
#[[searches]]
#name = "Language models"
#query = '"language model" OR llm'
#topics = ["AI", "AWS AI"]
#provider = "example.org"
#min_quality = 50


[serve]
# Where the embedded server listens: on this machine only, or with "0.0.0.0" for everybody.
#host = "127.0.0.1"
#port = 8000

# The port of 127.0.0.1 alone at which it shows what is for this machine only: /metrics and
# /status. Let no web server pass requests on to it.
#local_port = 8001


[metrics]
# Numbers for Prometheus: a file for node-exporter's textfile collector. Without this setting,
# it lies beside the database.
#file = "feedmill.db.prom"

# Who may fetch them at /metrics of the embedded server: "off", "local" (this machine, at
# serve.local_port), "all".
#serve = "off"
"""


def create_project(folder: Path) -> list[Path]:
    """Make a project in ``folder``, which is made too if need be; the paths that are new.

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
