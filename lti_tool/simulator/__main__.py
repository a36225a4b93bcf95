"""`python -m lti_tool.simulator`."""

import sys

from lti_tool.simulator.command import main

sys.exit(main())
