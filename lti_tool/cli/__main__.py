"""`python -m lti_tool.cli`: the same command without the script."""

import sys

from lti_tool.cli.main import main

sys.exit(main())
