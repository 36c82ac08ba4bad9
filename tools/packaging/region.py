"""`python -m tools.packaging.region [--mode]`: print the region of the stage that STAGE and REGION name, for cfn-lint.

With `--mode` the mode in which Vite builds the pages for it (web/vite.config.ts).
"""

import os
import sys

from tools.packaging import aws_regions
from tools.packaging.stage import read


def main() -> None:
    """Print the region, or the mode."""
    stage = read(os.environ.get("STAGE") or "prod", os.environ.get("REGION", ""))
    mode = "china" if stage.partition == aws_regions.CHINA else "production"
    print(mode if "--mode" in sys.argv else stage.region)


if __name__ == "__main__":
    main()
