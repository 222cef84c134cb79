"""Writes the calibration of all-MiniLM-L6-v2 that ships with the package, from the calibration texts.

    python benchmarks/make_calibration.py

Run it after a change of ``vilomem_core/consolidation/calibration_texts.json``; other embedders are measured when they are used.
"""

from __future__ import annotations

from pathlib import Path

import vilomem_core.consolidation
from vilomem_core.backends.minilm import MiniLM
from vilomem_core.consolidation.calibration import SHIPPED, calibrate, save_calibration


def main() -> None:
    path = Path(vilomem_core.consolidation.__file__).parent / SHIPPED
    calibration = calibrate(MiniLM())
    save_calibration(calibration, str(path))
    print(f"{path.name}: {calibration.fingerprint}, one rule {calibration.same_rule:.3f}, unrelated {calibration.unrelated:.3f}")


if __name__ == "__main__":
    main()
