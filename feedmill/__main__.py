"""The command ``feedmill``, and ``python -m feedmill``: finds our packages, and no others."""

import sys
from os import path

_HERE = path.dirname(path.abspath(__file__))  # noqa: PTH -- pathlib would delay `hold`
HOME = path.join(_HERE, "_lib")  # noqa: PTH
if not path.isdir(HOME):  # noqa: PTH -- a checkout
    HOME = path.dirname(_HERE)  # noqa: PTH


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
