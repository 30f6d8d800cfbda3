"""``python -m bayes_ddm`` is ``bayes-ddm``."""

from bayes_ddm.cli import main

if __name__ == "__main__":
    main()
