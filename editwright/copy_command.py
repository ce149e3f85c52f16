"""`editwright copy`: rule files that ship, with the samples of their tables, to a folder."""

from argparse import Namespace
from importlib import resources
from pathlib import Path

from editwright.console import complain
from editwright.exit_codes import DONE, UNUSABLE


def copy(options: Namespace) -> int:
    """Copy all files of a name; nothing where one would be overwritten."""
    shipped = Path(str(resources.files("editwright.rulesets")))
    found = {each.stem: each for each in sorted(shipped.iterdir()) if _rule_files(each)}
    name = options.name.removesuffix(".edits")
    if name not in found:
        complain(f"no rule files called {name} ship", f"there are {', '.join(found)}")
        return UNUSABLE
    source, folder = found[name], Path(options.folder)
    copied = [source] if source.is_file() else [*_rule_files(source), *source.rglob("*.csv")]
    targets = {each: folder / each.relative_to(shipped) for each in sorted(copied)}
    if folder.exists() and not folder.is_dir():
        complain(f"{folder} is not a folder", "name a folder, or none for this one")
        return UNUSABLE
    taken = [target for target in targets.values() if target.exists()]
    if taken:
        complain(f"{taken[0]} is there already; nothing is copied", "name another folder")
        return UNUSABLE
    for each, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(each.read_bytes())
        print(f"copied {target}")
    return DONE


def _rule_files(path: Path) -> list[Path]:
    return [path] if path.suffix == ".edits" else list(path.rglob("*.edits"))
