"""The commands that write: withdraw and restore articles, rename, merge and delete topics.

Each is one transaction and may be given twice: a command that was carried out already says so.
The service publishes what they touch, and writes the receipts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker.config.model import Config
from worker.core.errors import RequestError
from worker.core.suggestions import did_you_mean
from worker.core.topic_names import clean_topic_name, topic_key
from worker.ingest.identity import link_key
from worker.ingest.ingestor import Ingestor
from worker.ingest.lifecycle import next_change, state_at
from worker.parsing.frontmatter.values import MAX_TOPIC
from worker.store.articles import WITHDRAWN_BY_COMMAND, Publication
from worker.store.database import Database
from worker.store.placement import search_key
from worker.store.queries import topic_names
from worker.store.topics import Topic

_MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence, and the paths of the files it concerns; None: of all."""

    text: str
    paths: tuple[str, ...] | None = ()


class Commands:
    """Carries out one command at a time, in the thread that owns the database."""

    def __init__(self, config: Config, database: Database, ingestor: Ingestor) -> None:
        self._config = config
        self._db = database
        self._ingestor = ingestor
        self._ledger = ingestor.ledger
        self._articles = ingestor.articles
        self._placement = ingestor.placement
        self._topics = ingestor.placement.topics
        self._by_name: dict[str, tuple[int, Callable[..., Done]]] = {
            "withdraw": (1, self._withdraw),
            "restore": (1, self._restore),
            "rename-topic": (2, self._rename_topic),
            "merge-topics": (2, self._merge_topics),
            "delete-topic": (1, self._delete_topic),
        }

    def carry_out(self, command: str, arguments: Sequence[str]) -> Done:
        """Carry the command out. Raises RequestError where it cannot be, and sqlite3.Error; nothing
        is changed then."""
        count, work = self._by_name.get(command, (-1, self._withdraw))
        if len(arguments) != count:
            raise RequestError("command", command, "this worker does not know it")
        try:
            with self._db.transaction():
                return work(*arguments)
        finally:
            self._placement.forget_cache()

    # -- articles

    def _withdraw(self, reference: str) -> Done:
        article = self._article(reference, lambda it: it.state not in ("withdrawn", "shadowed"))
        path, name = article.path, f"“{article.title}” ({article.path})"
        if article.reason == WITHDRAWN_BY_COMMAND:
            return Done(f"{name} is withdrawn already.")
        self._articles.set_state(article.id, "withdrawn", WITHDRAWN_BY_COMMAND, None)
        self._placement.place(article.id, self._ingestor.now())
        return Done(f"{name} is withdrawn, and leaves every feed.", (path,))

    def _restore(self, reference: str) -> Done:
        article = self._article(reference, lambda it: it.reason == WITHDRAWN_BY_COMMAND)
        path, name = article.path, f"“{article.title}” ({article.path})"
        if article.reason != WITHDRAWN_BY_COMMAND:
            if article.state == "withdrawn":
                cause, fix = article.reason, "Put the file back into the drop folder."
                raise RequestError("article", path, f"it is not public because {cause}", fix)
            return Done(f"{name} is not withdrawn: it is {article.state}.")
        state, reason = self._state_by_file(path)
        now, begin, end = self._ingestor.now(), article.begin, article.until
        state = state or state_at(now, held=article.held, public_from=begin, public_until=end)
        self._articles.set_state(article.id, state, reason, next_change(state, begin, end))
        self._placement.place(article.id, now)
        if state == "withdrawn":
            return Done(f"{name} may be public again, but {reason}.", (path,))
        word = {"live": "public", "shadowed": "free, but another file stands in its place"}
        return Done(f"{name} is {word.get(state, state)} again.", (path,))

    def _state_by_file(self, path: str) -> tuple[str, str]:
        """(state, reason) that the article's file leaves no choice but to have, if any."""
        row = self._ledger.at(path)
        if row is not None and row.verdict == "shadowed":
            return "shadowed", ""
        if self._config.drop.after == "keep" and (row is None or row.missing_since):
            return "withdrawn", "its file was deleted"
        return "", ""

    def _article(self, reference: str, is_preferred: Callable[[Publication], bool]) -> Publication:
        """The article with this id, path or link. Raises RequestError.

        Several may have it: an earlier article of the same path, or one that gave way to another
        file. Those that are preferred then come before all others.
        """
        key = link_key(reference) if "://" in reference else ""
        found = self._articles.referred_to(reference, key)
        if not reference or not found:
            fix = "`feedmill list` shows the articles with their paths."
            raise RequestError("article", reference, "no article has this id, path or link", fix)
        found = list(filter(is_preferred, found)) or found
        paths = dict.fromkeys(article.path for article in found)
        if len(paths) > 1:
            listed = ", ".join(list(paths)[:_MOST_LISTED])
            raise RequestError("article", reference, f"several have it: {listed}", "Name a path.")
        return found[0]

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
        if self._config.searches:  # they may name it
            self._placement.place_all(self._ingestor.now(), topic.id)
        self._placement.render_topic_again(topic.id)
        text = f"The topic “{topic.name}” is called “{name}” now; its feed's address stays"
        return Done(f"{text} {self._address(topic)}.{self._note(topic.name, name)}", None)

    def _merge_topics(self, source_name: str, target_name: str) -> Done:
        source, target = self._topic(source_name), self._topic(target_name)
        if source.id == target.id:
            return Done(f"“{source_name}” and “{target_name}” are one topic already.")
        self._topics.merge(source, target)
        self._placement.forget_cache()
        self._placement.feed(f"topics/{target.slug}", "topic", target.name, target.id)
        self._placement.place_all(self._ingestor.now(), target.id)
        self._placement.render_topic_again(target.id)
        text = f"Everything on “{source.name}” is on “{target.name}” now; the feed"
        note = self._note(source.name, target.name)
        text = f"{text} {self._address(source)} stays, and has the same articles.{note}"
        return Done(text, None)

    def _delete_topic(self, name: str) -> Done:
        topic = self._topics.find(name)
        if topic is None:
            return self._delete_search(name)
        if self._topics.is_configured(topic):
            fix = f'Remove [topics."{topic.name}"] and its aliases from feedmill.toml first.'
            raise RequestError("topic", name, "the configuration names it", fix)
        if paths := self._articles.on_topic(topic.id):
            listed = ", ".join(paths[:_MOST_LISTED]) + (" …" if paths[_MOST_LISTED:] else "")
            fix = f"Change their files, or run `feedmill topics merge '{topic.name}' OTHER`."
            raise RequestError("topic", name, f"articles are on it: {listed}", fix)
        self._placement.removed.remove("topic_id", topic.id)
        self._topics.delete(topic)
        text = f"The topic “{topic.name}” is deleted; its feed and page answer 410 (gone)."
        return Done(f"{text} The first article that names it brings it back, at its old address.")

    def _delete_search(self, name: str) -> Done:
        """The feed of a search that the configuration has no longer."""
        key = search_key(name)
        if key in {search_key(search.name) for search in self._config.searches}:
            fix = "Remove its [[searches]] section from feedmill.toml first."
            raise RequestError("search", name, "the configuration has it", fix)
        if not self._placement.removed.remove("key", key):
            self._topic(name)  # says what may be meant
        return Done(f"The search “{name}” is deleted; its feed and page answer 410 (gone).")

    def _topic(self, name: str) -> Topic:
        topic = self._topics.find(name)
        if topic is None:
            fix = did_you_mean(name, topic_names(self._db), quotes="“”").strip()
            fix = fix or "`feedmill topics` lists them."
            raise RequestError("topic", name, "there is no such topic", fix)
        return topic

    def _address(self, topic: Topic) -> str:
        return f"{self._config.site.url}topics/{topic.slug}.{self._config.feeds.formats[0]}"

    def _note(self, old: str, new: str) -> str:
        """What is left to do where the configuration still uses the old name."""
        if topic_key(old) not in {topic_key(rule.name) for rule in self._config.topics}:
            return ""
        return f' In feedmill.toml, call it [topics."{new}"] too.'
