"""Play the Dockerfile's steps in a clean root where no container engine is at hand. Needs root.

    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm /var/tmp/base
    python tests/operation/clean_root.py /var/tmp/base /var/tmp/played [--bind FOLDER ...]

Each stage gets a copy of the base root, which stands for the Python image; RUN happens by chroot, COPY as the builder
does it. It ends with the image's own words as its own user. `--bind` shows a folder of this machine inside, read only.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dockerfile import Stage, copy_of, exec_form, read_dockerfile, sent

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = "/opt/weighgate/lib/python3.11/site-packages/weighgate/config/sites/toll.toml"
KEPT = ("PIP_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_FIND_LINKS", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("base", type=Path)
    words.add_argument("work", type=Path)
    words.add_argument("--bind", type=Path, action="append", default=[])
    words.add_argument("--pip-conf", type=Path, help="where this machine's pip finds packages")
    given = words.parse_args()
    given.work.mkdir(parents=True)
    played: dict[str, Path] = {}
    for stage in read_dockerfile(ROOT / "Dockerfile"):
        root = given.work / stage.name
        subprocess.run(["cp", "-a", str(given.base), str(root)], check=True)
        _prepare(root, given.pip_conf)
        with _bound(root, given.bind):
            _play(stage, root, played)
        played[stage.name] = root
    _try(stage, root)
    return 0


def _prepare(root: Path, pip_conf: Path | None) -> None:
    """What the Python image has and a bare system has not: its name for Python, and a way out."""
    (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    shutil.copy("/etc/hosts", root / "etc/hosts")
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", root / "etc/ssl/certs/ca-certificates.crt")
    if pip_conf is not None:
        shutil.copy(pip_conf, root / "etc/pip.conf")


@contextmanager
def _bound(root: Path, folders: Sequence[Path]) -> Iterator[None]:
    bound: list[Path] = []
    try:
        for folder in folders:
            inside = root / folder.relative_to("/")
            inside.mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "--bind", "-o", "ro", str(folder), str(inside)], check=True)
            bound.append(inside)
        yield
    finally:
        for inside in reversed(bound):
            subprocess.run(["umount", str(inside)], check=True)


def _play(stage: Stage, root: Path, played: Mapping[str, Path]) -> None:
    place, environ = "/", {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    environ |= {name: os.environ[name] for name in KEPT if name in os.environ}
    for word, rest in stage.steps:
        print(f"{stage.name}: {word} {rest}", flush=True)
        if word == "WORKDIR":
            place = rest
            (root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "ENV":
            environ |= dict(pair.split("=", 1) for pair in rest.split())
        elif word == "COPY":
            _copy(rest, root, place, played)
        elif word == "RUN":
            _run(root, place, environ, ["sh", "-ec", rest])


def _copy(rest: str, root: Path, place: str, played: Mapping[str, Path]) -> None:
    stage, sources, target = copy_of(rest)
    into = root / (target if target.startswith("/") else f"{place}/{target}").lstrip("/")
    above = ROOT if stage is None else played[stage]
    for source in sources:
        path = above / source.lstrip("/")
        if path.is_dir():
            hidden = None if stage else _hidden
            shutil.copytree(path, into, symlinks=True, dirs_exist_ok=True, ignore=hidden)
        else:
            assert stage or sent(ROOT, path), f"{source} is not sent to the builder"
            aim = into / path.name if target.endswith("/") else into
            aim.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, aim)


def _hidden(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not sent(ROOT, Path(folder) / name)}


def _run(root: Path, place: str, environ: Mapping[str, str], words: Sequence[str], user: str = "0:0") -> None:
    inside = f'cd "{place}" && exec "$@"'
    program = shutil.which("chroot")
    assert program is not None
    command = [program, f"--userspec={user}", str(root), "/bin/sh", "-c", inside, "sh", *words]
    subprocess.run(command, env=dict(environ), check=True)


def _try(stage: Stage, root: Path) -> None:
    """As the image starts: its entrypoint, its user, its environment; and nothing written into its own root."""
    user, entrypoint = stage.last("USER"), exec_form(stage.last("ENTRYPOINT"))
    environ = dict(pair.split("=", 1) for pair in stage.last("ENV").split())
    before = _files(root)
    for words in (["--version"], ["protocols"], ["check", SAMPLE]):
        print(f"as {user}: {' '.join(words)}", flush=True)
        _run(root, stage.last("WORKDIR"), environ, [*entrypoint, *words], user)
    written = _files(root) - before
    assert not written, f"written into the root: {sorted(written)[:10]}"
    writable = [path for path in (root / "opt/weighgate").rglob("*") if path.stat(follow_symlinks=False).st_uid != 0]
    assert not writable, f"not root's: {writable[:10]}"
    _run(root, "/", environ, ["python", "/opt/weighgate/deploy/init.py", "/etc/weighgate"], user)
    print("the image's own steps are played; its user wrote nothing but into its folders")


def _files(root: Path) -> set[str]:
    return {str(path) for path in root.rglob("*")}


if __name__ == "__main__":
    sys.exit(main())
