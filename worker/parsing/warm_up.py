"""Reads a sample article when it is imported: for the fork server, before it forks.

Libraries build much with the first article (pydantic its patterns, comrak its tables). Made here,
all children share it.
"""

from typing import Final

from worker.parsing.article_reader import read_article
from worker.parsing.rules import ReadingRules

SAMPLE: Final = b"""---
title: A sample
link: https://sample.example/a
published: 2026-01-02T03:04:05+01:00
topics: [Samples]
author: A. Uthor <author@sample.example>
image: https://sample.example/a.png
related: [{title: Another, link: "https://sample.example/b", published: 2026-01-02}]
---

# A sample

Words, *words*, a [link](https://sample.example/c) and a ![picture](https://sample.example/p.png).

| a | b |
|---|---|
| `1` | <span>2</span> |
"""

SAMPLE_READING: Final = read_article(SAMPLE, "sample.md", ReadingRules())
