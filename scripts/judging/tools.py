"""Packages of Python that judge us, installed at the first run into .build-tools and pinned."""

import pathlib
import subprocess
import sys
import venv

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent


def folder(name):
    """Where its packages are; the folder may be a link to one that several copies of the project share."""
    return (PROJECT / ".build-tools" / name).resolve()


def install(name, packages):
    """Makes the interpreter with these packages, unless it is there, and returns its folder for programs."""
    place = folder(name)
    wanted = "\n".join(packages)
    mark = place / "installed"
    if not mark.exists() or mark.read_text() != wanted:
        venv.create(place, with_pip=True, clear=True)
        subprocess.run([place / "bin" / "python", "-m", "pip", "install", "--quiet", *packages], check=True)
        mark.write_text(wanted)
    return place / "bin"


def is_inside(name):
    return pathlib.Path(sys.prefix).resolve() == folder(name)


def again_inside(name, packages):
    """Runs this script once more with the interpreter that has the packages, and returns its exit status."""
    python = install(name, packages) / "python"
    return subprocess.run([python, *sys.argv]).returncode
