"""Where Chromium is, or None."""

import shutil

# As people have it: what benchmarks measure.
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
# The same engine without a window, menus and extensions: a page costs two thirds of the processor.
HEADLESS_CHROMIUM = shutil.which("chromium-headless-shell") or CHROMIUM
