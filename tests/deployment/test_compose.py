"""docker-compose.yml is valid, and closed where it must be."""

import hashlib
import json
import re
from pathlib import Path

import jsonschema
import pytest

from app.config import REQUIRED_IN_PRODUCTION, VARIABLES
from app.jobs import QUEUES
from tests.deployment.compose import FILE, OURS, ROOT, SERVICES, WORKERS, command

SCHEMA = Path(__file__).with_name("compose-spec.json")


def test_the_file_follows_the_compose_specification() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found = jsonschema.Draft202012Validator(schema).iter_errors(FILE)
    assert [f"{error.json_path}: {error.message}" for error in found] == []


def test_the_schema_is_the_one_whose_origin_is_told() -> None:
    origin = SCHEMA.with_name("compose-spec.origin.md").read_text(encoding="utf-8")
    assert hashlib.sha256(SCHEMA.read_bytes()).hexdigest() in origin


def test_the_schema_refuses_a_misspelt_key() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    with pytest.raises(jsonschema.ValidationError, match="comand"):
        jsonschema.validate({"services": {"web": {"image": "x", "comand": "y"}}}, schema)


def test_what_a_service_names_is_declared() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("secrets", [])) <= set(FILE["secrets"]), name
        assert set(service.get("networks", [])) <= set(FILE["networks"]), name
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        volumes = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert {volume for volume in volumes if not volume.startswith(".")} <= set(FILE["volumes"]), name
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert set(FILE["volumes"]) <= used


def test_every_file_that_is_mounted_exists() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (ROOT / source).exists(), source


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_are_closed(name: str) -> None:
    service = OURS[name]
    assert service["user"].split(":")[0] not in ("", "0", "root")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "ports" not in service


@pytest.mark.parametrize("name", sorted(OURS))
def test_production_is_declared_and_its_secrets_are_files(name: str) -> None:
    variables = OURS[name]["environment"]
    assert variables["IMPACT_ENV"] == "production"
    for required in REQUIRED_IN_PRODUCTION:
        if required == "IMPACT_STORAGE":
            assert required in variables
            continue
        path = Path(variables[f"{required}_FILE"])
        assert path.parent == Path("/run/secrets")
        assert path.name in OURS[name]["secrets"]
        assert required not in variables
    known = {*VARIABLES.values(), *(f"{variable}_FILE" for variable in VARIABLES.values())}
    assert set(variables) <= known


def test_every_setting_that_an_operator_chooses_reaches_the_containers() -> None:
    ours = {"IMPACT_PORT"}  # the web server is told its address
    for name, service in OURS.items():
        given = {variable.removesuffix("_FILE") for variable in service["environment"]}
        assert given == {*VARIABLES.values()} - ours, name


def test_mail_leaves_from_one_worker_and_its_password_is_a_secret() -> None:
    assert "outside" in SERVICES["worker-mail"]["networks"]
    assert [name for name in WORKERS if "outside" in SERVICES[name]["networks"]] == ["worker-mail"]
    assert "--queues=mail" in command("worker-mail")
    assert FILE["secrets"]["smtp_url"] == {"file": "./secrets/smtp_url"}


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert FILE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "valkey"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_every_queue_has_a_worker_and_the_clock_is_one() -> None:
    served = [part.removeprefix("--queues=") for name in WORKERS for part in command(name) if "--queues" in part]
    assert sorted(served) == sorted(QUEUES)
    assert SERVICES["beat"]["deploy"]["replicas"] == 1
    assert SERVICES["web"]["deploy"]["replicas"] > 1
    assert SERVICES["worker-fold"]["deploy"]["replicas"] > 1


def test_every_service_that_stays_is_watched_and_started_again() -> None:
    for name, service in SERVICES.items():
        if name != "migrate":
            assert "test" in service["healthcheck"], name
            assert service["restart"] == "unless-stopped", name


def test_nothing_starts_before_the_migrations() -> None:
    for name in OURS:
        if name != "migrate":
            assert OURS[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert OURS["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_the_image_runs_the_same_web_server() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last = re.search(r"^CMD (\[.*\])\s*\Z", image.replace("\\\n", ""), re.MULTILINE)
    assert last
    assert json.loads(last[1]) == command("web")
    assert f"USER {OURS['web']['user'].split(':')[0]}\n" in image


def test_the_proxy_keeps_no_record_of_who_reads_what() -> None:
    lines = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if re.match(r"\s*log\b", line)]
    assert not [part for part in command("web") if "access" in part]
