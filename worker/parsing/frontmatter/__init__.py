"""Front matter: find it, read it as YAML, TOML or JSON, check every value.

Owns the keys that authors may write, their limits, and the place of every problem. It refuses
YAML aliases, anchors, tags and merge keys, values beyond the limits of ``block``, and dates that
could mean two days. Other tools' keys are the business of ``dialects``.

Begin at ``splitter.split_front_matter`` (text to values and body), then ``fields.read_fields``
(values to checked fields) and ``assemble.assemble`` (fields to an article).
"""
