"""The program's entry: keeps early signals, then loads the commands."""

from worker.service import early_signals


def main() -> None:
    """Run the command line."""
    early_signals.hold()
    from worker.cli.main import main as commands

    commands()


if __name__ == "__main__":
    main()
