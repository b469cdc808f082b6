"""`python -m nn` is the `whygrad` command."""

import sys

from nn.command import main

if __name__ == "__main__":
    sys.exit(main())
