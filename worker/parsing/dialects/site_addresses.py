"""Addresses whose template code only puts the site's own address before them."""

import re

# An address in plain sight: with a filter that puts the site's own address before it, or behind
# that address itself.
_PATH_FILTER = re.compile(
    r"""-?\s*(["'])([^"'{}\n]+)\1\s*\|\s*(?:relative_url|absolute_url|rel_?url|abs_?url|url|"""
    r"""prepend:\s*site\.(?:base)?url)\s*-?""",
    re.IGNORECASE,
)
_SITE_ADDRESS = re.compile(r"-?\s*(?:site\.baseurl|site\.url|\.Site\.BaseURL|SITEURL)\s*-?")


def path_in_code(inner: str, after: str) -> str | None:
    """The path that the code within ``{{ … }}`` stands for, where ``after`` follows it; None for
    other code. The site's own address alone is "" before a path."""
    if found := _PATH_FILTER.fullmatch(inner):
        return found[2]
    return "" if _SITE_ADDRESS.fullmatch(inner) and after.startswith(("/", "{{")) else None


def plain_address(text: str) -> str:
    """An address without the code for the site's own address; as it is where code is more."""
    while text.startswith("{{"):
        inner, _, rest = text[2:].partition("}}")
        path = path_in_code(inner, rest)
        if path is None or path:
            return text if path is None else path + rest
        text = rest
    return text
