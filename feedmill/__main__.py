"""The command ``feedmill``, and ``python -m feedmill``: finds our packages, and no others."""

import sys
from os import path

_HERE = path.dirname(path.abspath(__file__))  # noqa: PTH100, PTH120 -- pathlib is slow
HOME = path.join(_HERE, "_lib")  # noqa: PTH118
if not path.isdir(HOME):  # noqa: PTH112 -- a checkout
    HOME = path.dirname(_HERE)  # noqa: PTH120


def main() -> None:
    """Run the command line with our own ``worker`` and ``feeds``, whatever else is installed."""
    sys.path.insert(0, HOME)
    # A .pth file or a sitecustomize of others may have loaded theirs.
    for name in [name for name in sys.modules if name.split(".")[0] in ("worker", "feeds")]:
        del sys.modules[name]
    from worker.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
