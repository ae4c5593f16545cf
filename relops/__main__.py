"""``python -m relops``: the same as the command ``relops``."""

from relops.cli import main

if __name__ == "__main__":
    main()
