"""``python -m vilomem`` is the command line."""

import sys

from vilomem.siblings import check_siblings

if __name__ == "__main__":
    try:
        check_siblings()
    except ImportError as exc:  # of another project's folder beside which this was started
        sys.exit(f"error: {exc}")
    from vilomem.cli.app import main

    main()
