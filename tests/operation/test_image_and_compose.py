"""What the Dockerfile and compose.yaml promise, read from the files: no engine is needed."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from dockerfile import copies, exec_form, read_dockerfile, sent

ROOT = Path(__file__).resolve().parents[2]
STAGES = read_dockerfile(ROOT / "Dockerfile")
LAST = STAGES[-1]
OURS = {"init", "central", "site", "devices"}
SECRET_LIKE = re.compile(r"(?i)(password|token|secret|key)[A-Z_]*[=:]\s*[\"']?[A-Za-z0-9+]{8,}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert isinstance(found, dict)
    return found


def test_two_stages_and_the_last_runs_as_nobody_special() -> None:
    assert len(STAGES) == 2
    assert STAGES[0].image == LAST.image
    assert LAST.last("USER") == "10001:10001"
    after = LAST.steps[LAST.steps.index(("USER", "10001:10001")) :]
    assert not {"RUN", "COPY"} & {word for word, _ in after}


def test_words_are_in_exec_form_so_that_signals_reach_the_program() -> None:
    assert exec_form(LAST.last("ENTRYPOINT")) == ["/opt/weighgate/deploy/entrypoint"]
    assert exec_form(LAST.last("CMD")) == ["--help"]
    assert LAST.last("STOPSIGNAL") == "SIGTERM"
    assert (ROOT / "deploy/entrypoint").read_text().splitlines()[-1] == 'exec weighgate "$@"'
    assert (ROOT / "deploy/entrypoint").stat().st_mode & 0o111 == 0o111


def test_it_has_a_health_check_that_is_there() -> None:
    words = exec_form(LAST.last("HEALTHCHECK").partition(" CMD ")[2])
    assert words == ["python", "/opt/weighgate/deploy/healthcheck.py"]
    assert (ROOT / "deploy/healthcheck.py").is_file()


def test_everything_installed_is_locked_by_hash() -> None:
    installs = [rest for stage in STAGES for word, rest in stage.steps if word == "RUN" and "pip install" in rest]
    assert len(installs) == 3
    for one in installs:
        locked = "--require-hashes -r requirements/" in one
        own = "--no-index --no-deps /wheels/*.whl" in one
        assert locked or own, one
    dev, build = (set((ROOT / f"requirements/{name}.txt").read_text().splitlines()) for name in ("dev", "build"))
    assert {line for line in build if "==" in line} <= dev, "built as it is built here"
    for name in ("build", "central"):
        lock = (ROOT / f"requirements/{name}.txt").read_text()
        pins = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
        assert pins
        assert lock.count("--hash=sha256:") >= len(pins)


def test_every_file_copied_is_there_and_sent_to_the_builder() -> None:
    for stage in STAGES:
        for source, files, _ in copies(stage):
            if source is not None:
                assert source in {one.name for one in STAGES}
                continue
            for file in files:
                assert (ROOT / file).exists(), file
                assert sent(ROOT, ROOT / file), file
    top = {(ROOT / name) for name in ("drivers", "gateway", "central", "simulator", "weighgate", "config")}
    assert top <= {ROOT / file for stage in STAGES for _, files, _ in copies(stage) for file in files}


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        "var/x.key",
        "config/box.key",
        "weighgate/a.env",
        "stage/var/journal.sqlite",
        "tests/x.py",
        "gateway/__pycache__/x.pyc",
        ".venv/bin/python",
    ],
)
def test_what_is_not_the_programs_own_is_not_sent(path: str) -> None:
    assert not sent(ROOT, ROOT / path)


def test_no_secret_is_written_down() -> None:
    files = [ROOT / "Dockerfile", ROOT / "compose.yaml", *(ROOT / "deploy").rglob("*")]
    for file in files:
        if file.is_file() and "__pycache__" not in file.parts:
            assert not SECRET_LIKE.findall(file.read_text()), file


def test_our_services_cannot_write_their_root_nor_gain_rights(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == OURS | {"broker", "postgres"}
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"]
        assert "privileged" not in service
        if name != "postgres":  # its entrypoint gives its folder to its own user first
            assert service["cap_drop"] == ["ALL"], name
        assert all(not str(volume).startswith(("/", ".")) for volume in service.get("volumes", [])), "only volumes"
    for name in OURS:
        assert compose["services"][name]["image"] == compose["services"]["central"]["image"]
        assert "user" not in compose["services"][name], "the image's own"


def test_doors_are_open_on_this_machine_only(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert sorted(ports) == ["127.0.0.1:8700:8700", "127.0.0.1:8703:8703"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert not {"ports"} & (set(compose["services"]["broker"]) | set(compose["services"]["postgres"]))


def test_secrets_are_seen_by_whom_they_concern(compose: dict[str, Any]) -> None:
    seen: dict[str, set[str]] = {}
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            seen.setdefault(volume.split(":")[0], set()).add(name)
            if volume.split(":")[0].endswith("-config"):
                assert volume.endswith(":ro") or name == "init", (name, volume)
    assert set(seen) == set(compose["volumes"])
    assert seen["site-config"] == {"init", "site", "devices"}
    assert seen["central-config"] == {"init", "central"}
    assert seen["broker-config"] == {"init", "broker"}
    assert seen["postgres-config"] == {"init", "postgres"}
    for service in compose["services"].values():
        for name in service.get("environment", {}):
            assert name.endswith(("_FILE", "_URL", "_USER", "_DB", "_ARGS")), name


def test_whoever_is_started_waits_for_what_it_needs(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name in services:
        needed = services[name].get("depends_on", {})
        assert name == "init" or needed
        for other, how in needed.items():
            if how["condition"] == "service_healthy":
                assert "test" in services[other]["healthcheck"]
    assert services["init"]["network_mode"] == "none"
    assert int(services["site"]["stop_grace_period"].removesuffix("s")) > 5


def test_the_image_is_named_by_the_version(compose: dict[str, Any]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert compose["services"]["central"]["image"] == f"weighgate:{version}"


def test_the_entrypoint_reads_its_secrets_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("WEIGHGATE_SITE_TOKEN=abc\n")
    fake = tmp_path / "weighgate"
    fake.write_text('#!/bin/sh\necho "$WEIGHGATE_SITE_TOKEN $*"\n')
    fake.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "WEIGHGATE_ENV_FILE": str(tmp_path / "env")}
    said = subprocess.run(
        [ROOT / "deploy/entrypoint", "run", "a b"], env=environ, capture_output=True, text=True, check=True
    )
    assert said.stdout == "abc run a b\n"
