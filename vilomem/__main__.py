"""``python -m vilomem`` is the command line."""

import sys

from vilomem.siblings import check_siblings

if __name__ == "__main__":
    try:
        check_siblings()
    except ImportError as exc:  # of another project's folder beside which this was started
        print(f"error: {exc}", file=sys.stderr)  # noqa: T201 - nothing of the project can be relied on here
        sys.exit(2)
    from vilomem.cli.app import main

    main()
