"""Synthetic articles: the same for every tool and every run, generated from a number.

Shaped like real ones: front matter of about 3.5 kB with related articles, pictures and an opaque
value; one body in five is empty, the others have 100 to 600 words. Article ``n`` is published ten
minutes after article ``n - 1``, so that whatever number comes next is the newest.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

SEED = 2026
FIRST = datetime(2005, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=10)
EMPTY_BODIES = 0.2
LEAST_WORDS, MOST_WORDS = 100, 600

_SYLLABLES = [
    "al",
    "an",
    "bar",
    "ber",
    "bo",
    "cal",
    "dan",
    "del",
    "dor",
    "el",
    "em",
    "fal",
    "fen",
    "gar",
    "ger",
    "hal",
    "har",
    "in",
    "jor",
    "kel",
    "kin",
    "lan",
    "len",
    "lor",
    "mar",
    "mel",
    "min",
    "mor",
    "nar",
    "nel",
    "no",
    "or",
    "pal",
    "per",
    "quin",
    "ral",
    "ran",
    "ri",
    "sal",
    "sen",
    "sol",
    "tal",
    "tan",
    "tor",
    "ul",
    "van",
    "vel",
    "win",
    "yar",
    "zen",
]
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as the front matter has it."""

    url: str
    width: int
    height: int
    title: str


@dataclass(frozen=True, slots=True)
class Related:
    """Another article on the same matter."""

    title: str
    excerpt: str
    published: datetime
    url: str
    provider: str
    domain: str
    quality: int
    picture: Picture


@dataclass(frozen=True, slots=True)
class Article:
    """One article, for each tool's writer to spell in its own way. ``body`` is Markdown."""

    number: int
    title: str
    excerpt: str
    published: datetime
    url: str
    provider: str
    domain: str
    topics: tuple[str, ...]
    quality: int
    picture: Picture
    related: tuple[Related, ...]
    secured: str
    body: str

    @property
    def name(self) -> str:
        """The file's name without its extension."""
        return f"a{self.number:07}"

    @property
    def marker(self) -> bytes:
        """What stands in a feed if and only if the article does."""
        return f"/a{self.number:07}-".encode()


@cache
def _words() -> tuple[str, ...]:
    """Two thousand made-up words."""
    dice = random.Random(f"{SEED} words")
    return tuple(
        "".join(dice.choice(_SYLLABLES) for _ in range(dice.choice((1, 2, 2, 3))))
        for _ in range(2000)
    )


@cache
def topic_names(count: int) -> tuple[str, ...]:
    """The names of ``count`` topics, each of two words and unlike the others."""
    dice, words = random.Random(f"{SEED} topics"), _words()
    pairs: dict[str, None] = {}
    while len(pairs) < count:
        pairs[f"{dice.choice(words).title()} {dice.choice(words).title()}"] = None
    return tuple(pairs)


def slug(topic: str) -> str:
    """A topic's name as every tool spells it in file names."""
    return topic.lower().replace(" ", "-")


def articles(count: int, topics: int, start: int = 0) -> Iterator[Article]:
    """``count`` articles on ``topics`` topics, from number ``start`` on."""
    return (article(number, topics) for number in range(start, start + count))


def article(number: int, topics: int) -> Article:
    """The article of that number; the same in any order, on any machine."""
    dice = random.Random(f"{SEED} {number}")
    published = FIRST + number * STEP
    provider, domain = _provider(dice)
    title = _sentence(dice, 6, 12).rstrip(".")
    chosen = dice.sample(topic_names(topics), min(topics, dice.choice((1, 2, 2, 3))))
    return Article(
        number=number,
        title=title,
        excerpt=_sentence(dice, 25, 45),
        published=published,
        url=f"https://{domain}/{published:%Y/%m/%d}/a{number:07}-{'-'.join(title.split()[:6]).lower()}/",
        provider=provider,
        domain=domain,
        topics=tuple(chosen),
        quality=dice.randrange(20, 70),
        picture=_picture(dice),
        related=tuple(_related(dice, published) for _ in range(dice.choice((1, 2, 3, 3)))),
        secured="".join(dice.choices(_BASE64, k=1100)) + "=",
        body="" if dice.random() < EMPTY_BODIES else _body(dice),
    )


def _provider(dice: random.Random) -> tuple[str, str]:
    first, second = dice.choice(_words()), dice.choice(_words())
    return f"{first.title()} {second.title()}", f"www.{first}-{second}.example"


def _sentence(dice: random.Random, least: int, most: int) -> str:
    text = " ".join(dice.choices(_words(), k=dice.randint(least, most)))
    return f"{text[0].upper()}{text[1:]}."


def _picture(dice: random.Random) -> Picture:
    place = f"{dice.getrandbits(64):016x}/{dice.getrandbits(64):016x}"
    return Picture(
        url=f"https://pictures.example.net/crop/cover/{place}.jpg",
        width=dice.choice((576, 1200, 1920, 2048)),
        height=dice.choice((324, 675, 1080, 1536)),
        title=_sentence(dice, 4, 8).rstrip("."),
    )


def _related(dice: random.Random, published: datetime) -> Related:
    provider, domain = _provider(dice)
    return Related(
        title=_sentence(dice, 6, 12).rstrip("."),
        excerpt=_sentence(dice, 20, 40),
        published=published + timedelta(hours=dice.randint(1, 60)),
        url=f"https://{domain}/stories/{dice.getrandbits(64):016x}.html",
        provider=provider,
        domain=domain,
        quality=dice.randrange(20, 70),
        picture=_picture(dice),
    )


def _body(dice: random.Random) -> str:
    """Paragraphs, with the mark-up that articles have: emphasis, links, headings, lists."""
    wanted, blocks, words = dice.randint(LEAST_WORDS, MOST_WORDS), list[str](), 0
    while words < wanted:
        block = _block(dice, len(blocks))
        blocks.append(block)
        words += len(block.split())
    return "\n\n".join(blocks) + "\n"


def _block(dice: random.Random, number: int) -> str:
    if number and dice.random() < 0.12:
        return f"## {_sentence(dice, 3, 6).rstrip('.')}"
    if number and dice.random() < 0.12:
        return "\n".join(f"- {_sentence(dice, 4, 10)}" for _ in range(dice.randint(2, 5)))
    sentences = [_sentence(dice, 8, 20) for _ in range(dice.randint(2, 5))]
    if dice.random() < 0.4:
        sentences.append(f"It says **{dice.choice(_words())}**, and *{dice.choice(_words())}*.")
    if dice.random() < 0.3:
        _, domain = _provider(dice)
        sentences.append(f"More [in the archive](https://{domain}/notes/).")
    return " ".join(sentences)
