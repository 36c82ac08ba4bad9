"""`python -m tools.packaging.region`: print the region of the stage that STAGE and REGION name, for cfn-lint."""

import os

from tools.packaging.stage import read

if __name__ == "__main__":
    print(read(os.environ.get("STAGE") or "prod", os.environ.get("REGION", "")).region)
