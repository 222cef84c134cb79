"""``python -m flows`` is ``vilomem``."""

from flows.cli import main

if __name__ == "__main__":
    main()
