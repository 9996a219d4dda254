"""What the commands that write do: withdraw and restore articles, rename and merge topics.

Each is one transaction and may be given twice: a command that was carried out already says so.
Publishing what they touch, and the receipts, are the service's business.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker.config.model import Config
from worker.core.errors import RequestError
from worker.core.suggestions import did_you_mean
from worker.core.timestamps import from_text
from worker.core.topic_names import clean_topic_name, topic_key
from worker.ingest.identity import link_key
from worker.ingest.ingestor import Ingestor
from worker.ingest.lifecycle import next_change, state_at
from worker.parsing.frontmatter.values import MAX_TOPIC
from worker.store.articles import WITHDRAWN_BY_COMMAND
from worker.store.database import Database
from worker.store.topics import Topic

_MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence, and the paths of the files it concerns; None: of any."""

    text: str
    paths: tuple[str, ...] | None = ()


class Commands:
    """Carries out one command at a time, in the thread that owns the database."""

    def __init__(self, config: Config, database: Database, ingestor: Ingestor) -> None:
        self._config = config
        self._db = database
        self._ingestor = ingestor
        self._topics = ingestor.shelves.topics
        self._by_name: dict[str, tuple[int, Callable[..., Done]]] = {
            "withdraw": (1, self._withdraw),
            "restore": (1, self._restore),
            "rename-topic": (2, self._rename_topic),
            "merge-topics": (2, self._merge_topics),
        }

    def carry_out(self, command: str, arguments: Sequence[str]) -> Done:
        """Do it. Raises RequestError where that cannot be, with nothing changed, and
        sqlite3.Error."""
        count, work = self._by_name.get(command, (-1, self._withdraw))
        if len(arguments) != count:
            raise RequestError("command", command, "this worker does not know it")
        try:
            with self._db.transaction():
                return work(*arguments)
        finally:
            self._ingestor.shelves.forget_cache()

    # -- articles

    def _withdraw(self, reference: str) -> Done:
        article_id, path, title = self._article(reference, "state NOT IN ('withdrawn', 'shadowed')")
        if self._ingestor.store.is_withdrawn_by_command(article_id):
            return Done(f"“{title}” ({path}) is withdrawn already.")
        self._ingestor.store.set_state(article_id, "withdrawn", WITHDRAWN_BY_COMMAND, None)
        self._ingestor.shelves.shelve(article_id, self._ingestor.now())
        return Done(f"“{title}” ({path}) is withdrawn, and leaves every feed.", (path,))

    def _restore(self, reference: str) -> Done:
        article_id, path, title = self._article(reference, f"reason = '{WITHDRAWN_BY_COMMAND}'")
        row = self._db.one("SELECT * FROM articles WHERE id = ?", (article_id,))
        name = f"“{title}” ({path})"
        if row["reason"] != WITHDRAWN_BY_COMMAND:
            if row["state"] == "withdrawn":
                cause, fix = row["reason"], "Put the file back into the drop folder."
                raise RequestError("article", path, f"it is not public because {cause}", fix)
            return Done(f"{name} is not withdrawn: it is {row['state']}.")
        state, reason = self._state_by_file(path)
        now = self._ingestor.now()
        until = from_text(row["public_until"]) if row["public_until"] else None
        begin = from_text(row["public_from"])
        if not state:
            state = state_at(now, held=bool(row["held"]), public_from=begin, public_until=until)
        due = next_change(state, begin, until)
        self._ingestor.store.set_state(article_id, state, reason, due)
        self._ingestor.shelves.shelve(article_id, now)
        if state == "withdrawn":
            return Done(f"{name} may be public again, but {reason}.", (path,))
        word = {"live": "public", "shadowed": "free, but another file stands in its place"}
        return Done(f"{name} is {word.get(state, state)} again.", (path,))

    def _state_by_file(self, path: str) -> tuple[str, str]:
        """(state, reason) that the article's file leaves no choice but to have, if any."""
        line = self._ingestor.ledger.at(path)
        if line is not None and line.verdict == "shadowed":
            return "shadowed", ""
        if self._config.drop.after == "keep" and (line is None or line.missing_since):
            return "withdrawn", "its file was deleted"
        return "", ""

    def _article(self, reference: str, preferred: str) -> tuple[int, str, str]:
        """(id, path, title) of the article with this id, path or link. Raises RequestError.

        ``preferred`` (SQL) are those that it must be if any is: what stood at a path before, or
        gave way to another file, has the same path or link.
        """
        key = link_key(reference) if "://" in reference else ""
        rows = self._db.execute(
            f"SELECT id, path, title, {preferred} AS is_preferred FROM articles"  # noqa: S608 -- only our own text
            " WHERE uri = ?1 OR explicit_id = ?1 OR path = ?1 OR link = ?1"
            " OR (link_key = ?2 AND ?2 <> '') ORDER BY id DESC",
            (reference, key),
        ).fetchall()
        if not reference or not rows:
            fix = "`feedmill list` shows the articles with their paths."
            raise RequestError("article", reference, "no article has this id, path or link", fix)
        rows = [row for row in rows if row["is_preferred"]] or rows
        paths = dict.fromkeys(row["path"] for row in rows)
        if len(paths) > 1:
            listed = ", ".join(list(paths)[:_MOST_LISTED])
            raise RequestError("article", reference, f"several have it: {listed}", "Name a path.")
        return rows[0]["id"], rows[0]["path"], rows[0]["title"]

    # -- topics

    def _rename_topic(self, old: str, new: str) -> Done:
        topic = self._topic(old)
        name = clean_topic_name(new)
        if not topic_key(name) or len(name) > MAX_TOPIC or "," in name:
            cause = f"a name of at most {MAX_TOPIC} letters, without commas, is expected"
            raise RequestError("topic", new, cause)
        holder = self._topics.find(name)
        if holder is not None and holder.id != topic.id:
            fix = f"`feedmill topics merge '{topic.name}' '{holder.name}'` makes them one."
            raise RequestError("topic", new, f"the topic “{holder.name}” has that name", fix)
        if topic.name == name:
            return Done(f"The topic is called “{name}” already.")
        self._topics.rename(topic, name)
        self._ingestor.shelves.relabel(topic.id)
        text = f"The topic “{topic.name}” is called “{name}” now; its feed's address stays"
        return Done(f"{text} {self._address(topic)}.{self._note(topic.name, name)}", None)

    def _merge_topics(self, source_name: str, target_name: str) -> Done:
        source, target = self._topic(source_name), self._topic(target_name)
        if source.id == target.id:
            return Done(f"“{source_name}” and “{target_name}” are one topic already.")
        self._topics.merge(source, target)
        self._ingestor.shelves.forget_cache()
        now, shelves = self._ingestor.now(), self._ingestor.shelves
        shelves.feed(f"topics/{target.slug}", "topic", target.name, target.id)
        for row in self._db.execute(
            "SELECT a.id FROM articles a JOIN article_topics t ON t.article_id = a.id"
            " WHERE t.topic_id = ? AND a.state = 'live'",
            (target.id,),
        ).fetchall():
            shelves.shelve(row["id"], now)
        shelves.relabel(target.id)
        text = f"Everything on “{source.name}” is on “{target.name}” now; the feed"
        note = self._note(source.name, target.name)
        text = f"{text} {self._address(source)} stays, and has the same articles.{note}"
        return Done(text, None)

    def _topic(self, name: str) -> Topic:
        topic = self._topics.find(name)
        if topic is None:
            names = [row[0] for row in self._db.execute("SELECT name FROM topics")]
            fix = did_you_mean(name, names, quotes="“”").strip() or "`feedmill topics` lists them."
            raise RequestError("topic", name, "there is no such topic", fix)
        return topic

    def _address(self, topic: Topic) -> str:
        return f"{self._config.site.url}topics/{topic.slug}.{self._config.feeds.formats[0]}"

    def _note(self, old: str, new: str) -> str:
        """What is left to do, where the configuration goes on to use the old name."""
        if topic_key(old) not in {topic_key(rule.name) for rule in self._config.topics}:
            return ""
        return f' In feedmill.toml, call it [topics."{new}"] too.'
