"""``python -m bayes_ddm`` is ``bayes-ddm``."""

import sys


def main() -> None:
    """Load the command line, which takes a while and may be interrupted, and run it."""
    try:
        from bayes_ddm.cli import main as run
    except KeyboardInterrupt:
        print("bayes-ddm: interrupted; nothing unfinished was written.", file=sys.stderr)
        sys.exit(2)
    run()


if __name__ == "__main__":
    main()
