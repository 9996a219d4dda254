"""The receipts of a house, and a file that gets one."""

from tests.integration.house import House

BROKEN = "---\ntitle: Tides: a table\n---\n\nText.\n"


def receipt(house: House, path: str) -> str | None:
    """The text of the receipt beside a file, None where there is none."""
    place = house.drop / f"{path}.feedmill.txt"
    return place.read_text("utf-8") if place.exists() else None


def stamps(house: House) -> dict[str, tuple[int, int]]:
    """Inode and time of every receipt: they tell one that was written again."""
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in house.drop.rglob("*.feedmill.txt")
    }
