"""``python -m vilomem`` is the command line."""

from vilomem.cli.app import main

if __name__ == "__main__":
    main()
