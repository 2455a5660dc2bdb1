"""Run ``saliency-viewer`` as ``python -m viewer``."""

from __future__ import annotations

import sys

from viewer.cli import main

sys.exit(main())
