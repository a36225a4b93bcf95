"""Where the files that travel with the code are: beside it in a checkout, inside it in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def config_folder() -> Path:
    """`config/`: programmes, mappings, practice questions, units."""
    packaged = _PACKAGE / "config"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "config"


def package_folder(name: str) -> Path:
    """A folder of the package: "translations", "templates", "static", "migrations"."""
    return _PACKAGE / name
