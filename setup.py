"""Compiles the kernels. Everything else about the package is in pyproject.toml.

A machine without a C compiler gets the same kernels interpreted: the extensions are optional.
"""

import json
from hashlib import blake2b
from pathlib import Path

from setuptools import Extension, setup

FOLDER = Path("evaluator/kernels")
KERNELS = sorted(path for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "types"))


def extensions() -> list[Extension]:
    """One extension for each kernel; none where Cython is not there."""
    try:
        from Cython.Build import cythonize
    except ImportError:
        return []
    modules = [
        Extension(f"editwright.evaluator.kernels.{path.stem}", [str(path)], optional=True)
        for path in KERNELS
    ]
    directives = {
        "language_level": 3,
        "boundscheck": False,
        "wraparound": False,
        "initializedcheck": False,
        "cdivision": True,
        "infer_types": False,
    }
    found: list[Extension] = cythonize(
        modules, compiler_directives=directives, build_dir="build/kernels"
    )
    return found


def note_texts() -> None:
    """Keep what each kernel is compiled from, so that a later edit is noticed; an extension of
    another text goes, or it would pass for fresh where compiling fails."""
    path = FOLDER / "built.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    texts = {
        kernel.stem: blake2b(
            kernel.read_bytes().replace(b"\r\n", b"\n"), digest_size=16
        ).hexdigest()
        for kernel in KERNELS
    }
    for built in (*FOLDER.glob("*.so"), *FOLDER.glob("*.pyd")):
        name = built.name.partition(".")[0]
        if before.get(name) != texts.get(name):
            built.unlink()
    path.write_text(json.dumps(texts, indent=2) + "\n", encoding="utf-8")


note_texts()
setup(ext_modules=extensions())
