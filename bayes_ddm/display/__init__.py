"""Results that say themselves once: blocks, shown on a terminal, on a page, and as JSON."""

from bayes_ddm.display.blocks import *  # noqa: F403
from bayes_ddm.display.page import block_html as block_html
from bayes_ddm.display.page import environment as environment
from bayes_ddm.display.shown import *  # noqa: F403
from bayes_ddm.display.terminal import as_text as as_text
