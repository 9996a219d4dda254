"""From rows to the files that readers fetch; knows nothing of ``worker``."""
