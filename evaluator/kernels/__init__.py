"""The inner loops: arrays or texts in and out. Compiled by Cython where there is a C compiler.

The same files run interpreted, a hundred times slower, where they are not compiled, where the
environment variable `EDITWRIGHT_INTERPRETED` is set, and where a kernel was edited after it was
compiled: then a warning says so, and no stale answer is given.
"""

import json
import os
import sys
import warnings
from hashlib import blake2b
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

FOLDER = Path(__file__).parent
BUILT = FOLDER / "built.json"
"""Which text each extension was compiled from: written by `setup.py`."""


def digest(path: Path) -> str:
    """What tells one text of a kernel from another."""
    return blake2b(path.read_bytes().replace(b"\r\n", b"\n"), digest_size=16).hexdigest()


def stale_kernels() -> list[str]:
    """The kernels whose extension was compiled from another text than the one beside it."""
    built = json.loads(BUILT.read_text(encoding="utf-8")) if BUILT.exists() else {}
    compiled = {path.name.partition(".")[0] for path in FOLDER.glob("*.so")}
    compiled |= {path.name.partition(".")[0] for path in FOLDER.glob("*.pyd")}
    return sorted(
        name
        for name in compiled
        if (FOLDER / f"{name}.py").exists() and digest(FOLDER / f"{name}.py") != built.get(name)
    )


def _interpret(name: str) -> None:
    """Load a kernel's text, whatever extension stands beside it."""
    full_name = f"{__name__}.{name}"
    spec = spec_from_file_location(full_name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[full_name] = module_from_spec(spec)
    spec.loader.exec_module(module)


def _choose() -> None:
    if os.environ.get("EDITWRIGHT_INTERPRETED"):
        kernels = sorted(path.stem for path in FOLDER.glob("*.py"))
        wanted = [name for name in kernels if name not in ("__init__", "types")]
    elif wanted := stale_kernels():
        warnings.warn(
            f"the kernels {', '.join(wanted)} were edited after they were compiled and run "
            "interpreted, slowly; install the package again (`pip install -e .`) to compile them",
            RuntimeWarning,
            stacklevel=2,
        )
    for name in wanted:
        _interpret(name)


_choose()
