"""`belvedere`: one command with sub-commands. Options win over BELVEDERE_* over defaults.

Exit codes: 0 fine, 1 failure, 2 usage or configuration, with one sentence that says what to do.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from belvedere.config.findings import Finding
from belvedere.config.process import keep_files_private
from belvedere.config.settings.env import SETTINGS, ConfigurationError, Env, Setting, StartError, load, unusable_folder
from belvedere.domain.times import now_ms
from belvedere.simulator.arguments import add_arguments

OK, FAILURE, USAGE = 0, 1, 2
ROLES = {
    "migrate": "set up tables and topics, once for each version",
    "endpoint": "take readings by MQTT",
    "web": "serve API, pages and HTTP ingest",
    "cameras": "the one web process that runs the media server too",
    "worker": "process readings and alerts",
    "beat": "say when it is time; one process",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the console script exits with what this returns."""
    keep_files_private()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["manage"]:
            return _manage(given[1:])
        args = _make_parser().parse_args(given)
        run: Callable[[argparse.Namespace], int] = args.run
        return run(args)
    except (ConfigurationError, StartError) as error:
        print(f"belvedere: {error}", file=sys.stderr)
        return USAGE if isinstance(error, ConfigurationError) else FAILURE


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="belvedere",
        description="Sensors, cameras and alerts on one page.",
        epilog="Every option can also be set as BELVEDERE_<NAME>, or read from the file in BELVEDERE_<NAME>_FILE.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="run the server")
    _add_settings(up)
    up.set_defaults(run=_run_up)
    demo = commands.add_parser("demo", help="run a living house on a temporary folder")
    _add_settings(demo, [setting for setting in SETTINGS if setting.name != "data_dir"])
    demo.set_defaults(run=_run_demo)
    token = commands.add_parser("setup-token", help="print the one-time token of the first set-up")
    _add_settings(token, [setting for setting in SETTINGS if setting.name == "data_dir"])
    token.set_defaults(run=_show_setup_token)
    _add_clock(commands.add_parser("clock", help="say that the server's clock is right"))
    doctor = commands.add_parser("doctor", help="say which part is away, and what still works")
    _add_settings(doctor)
    doctor.set_defaults(run=_run_doctor)
    resume = commands.add_parser(
        "resume",
        help="cluster: go on without records that Kafka has lost",
        description="Say which readings Kafka has lost before they were stored, and go on without them once confirmed.",
    )
    resume.add_argument("--yes", action="store_true", help="do not ask")
    _add_settings(resume, [setting for setting in SETTINGS if setting.name != "profile"])
    resume.set_defaults(run=_resume)
    _add_init_deploy(commands.add_parser("init-deploy", help="write secrets and a certificate for deploy/compose.yaml"))
    simulate = commands.add_parser("simulate", help="play devices over real MQTT")
    add_arguments(simulate)
    simulate.set_defaults(run=_simulate)
    for name, about in ROLES.items():
        role = commands.add_parser(name, help=f"cluster: {about}")
        _add_settings(role, [setting for setting in SETTINGS if setting.name != "profile"])
        role.set_defaults(run=_run_role, role=name)
    commands.add_parser("manage", help="Django's own commands")
    return parser


def _add_settings(parser: argparse.ArgumentParser, settings: Sequence[Setting] = SETTINGS) -> None:
    for setting in settings:
        if not setting.is_option:
            continue
        option = "--" + setting.name.replace("_", "-")
        parser.add_argument(option, dest=setting.name, metavar="VALUE", help=setting.help)


def _add_clock(parser: argparse.ArgumentParser) -> None:
    confirm = parser.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "confirm",
        help="the time that this machine shows is right",
        description="Tell a server that doubts its clock, whether it runs or not, that the time is right.",
    )
    _add_settings(confirm)
    confirm.set_defaults(run=_confirm_clock)


def _add_init_deploy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("hostname", help="the name that people and devices use, e.g. monitor.example.org")
    parser.add_argument("--folder", type=Path, default=Path("deploy"), help="where compose.yaml is (default: deploy)")
    parser.set_defaults(run=_init_deploy)


def _init_deploy(args: argparse.Namespace) -> int:
    from belvedere.config.deploy import init_deploy

    hostname = load({"BELVEDERE_ALLOWED_HOSTS": args.hostname}).allowed_hosts
    if len(hostname) != 1 or "*" in hostname[0]:
        raise ConfigurationError(f"{args.hostname!r} is not one host name.")
    try:
        written = init_deploy(args.folder, hostname[0])
    except OSError as error:
        raise ConfigurationError(
            f"{args.folder} cannot be written ({error.strerror}): give another --folder."
        ) from error
    for path in written:
        print(f"Written: {path}")
    print("Keep a copy of all of it elsewhere. Next, beside compose.yaml: docker compose up --detach (docs/deploy.md).")
    return OK


def _run_doctor(args: argparse.Namespace) -> int:
    env = _read_settings(args)
    from belvedere.config import logs

    logs.set_up("error", env.log_format)  # what is found is told in sentences
    findings = _examine_cluster(env) if env.profile == "cluster" else _examine_server(env)
    for finding in findings:
        print(finding.describe())
    return OK if all(finding.is_fine for finding in findings) else FAILURE


def _examine_cluster(env: Env) -> list[Finding]:
    _check_extra()
    import django

    django.setup()
    from belvedere.config.wiring.doctor import examine

    return examine(env)


def _examine_server(env: Env) -> list[Finding]:
    from belvedere.config.self_check import examine

    return examine(env)


def _resume(args: argparse.Namespace) -> int:
    args.profile = "cluster"
    env = _read_settings(args)
    _check_extra()
    from belvedere.config.wiring.resume import find_halted, give_up_what_is_lost

    halted = find_halted(env)
    if not halted:
        print("Nothing is lost: every partition goes on where it stands.")
        return OK
    for one in halted:
        print(one.loss.sentence)
    print("Devices were told that these readings are safe, and do not send them again. Alerts that they would have")
    print("opened or resolved are missing too.")
    if not args.yes and not _is_confirmed("Go on without them? [y/N] "):
        print("Nothing was changed.")
        return FAILURE
    give_up_what_is_lost(env, halted)
    print("Given up. Running workers go on within 10 s.")
    return OK


def _is_confirmed(question: str) -> bool:
    """Ask in the terminal; where there is none, --yes is the only answer."""
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def _simulate(args: argparse.Namespace) -> int:
    from belvedere.simulator.cli import run

    return run(args)


def _read_settings(args: argparse.Namespace) -> Env:
    """Put the options into the environment, where every process below finds them, and parse it."""
    for setting in SETTINGS:
        value = getattr(args, setting.name, None)
        if value is not None:
            os.environ[setting.variable] = value
            os.environ.pop(setting.variable + "_FILE", None)
    env = load()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"belvedere.config.settings.{env.profile}")
    return env


def _run_up(args: argparse.Namespace) -> int:
    from belvedere.config.serve import serve

    env = _read_settings(args)
    if env.profile == "cluster":
        _check_extra()
        from belvedere.config.supervisor import run_all

        return run_all(env)
    return serve(env)


def _run_role(args: argparse.Namespace) -> int:
    args.profile = "cluster"
    env = _read_settings(args)
    _check_extra()
    from belvedere.config import roles

    name: str = args.role
    if name == "cameras":
        return roles.run_web(env, with_cameras=True)
    run: dict[str, Callable[[Env], int]] = {
        "migrate": roles.migrate,
        "endpoint": roles.run_endpoint,
        "web": roles.run_web,
        "worker": roles.run_worker,
        "beat": roles.run_beat,
    }
    return run[name](env)


def _check_extra() -> None:
    if importlib.util.find_spec("confluent_kafka") is None:
        raise ConfigurationError("The cluster profile needs its clients: install the extra `cluster`.")


def _run_demo(args: argparse.Namespace) -> int:
    from belvedere.config.demo import demo

    return demo(args, _read_settings)


def _show_setup_token(args: argparse.Namespace) -> int:
    from belvedere.accounts.setup_token import read_setup_token

    env = _read_settings(args)
    try:
        token = read_setup_token(env.data_dir, env.setup_token)
    except OSError as error:
        raise unusable_folder(env.data_dir, error) from error
    if token is None:
        print(
            f"belvedere: there is no set-up token in {env.data_dir}: either the first owner is made already,"
            " or `belvedere up` has not run with this folder yet.",
            file=sys.stderr,
        )
        return FAILURE
    print(token)
    return OK


def _confirm_clock(args: argparse.Namespace) -> int:
    from belvedere.pipeline.timekeeping import write_confirmation

    env = _read_settings(args)
    confirmed_ms = now_ms()
    shown = f"{datetime.fromtimestamp(confirmed_ms / 1000).astimezone():%Y-%m-%d %H:%M %Z}"
    if env.profile == "cluster":
        from belvedere.config.wiring.shared_date import confirm_everywhere

        confirm_everywhere(env, confirmed_ms)
        print(f"Confirmed: it is {shown}. Processes whose clocks show the same hear it within seconds.")
        return OK
    try:
        write_confirmation(env.data_dir, confirmed_ms)
    except OSError as error:
        raise unusable_folder(env.data_dir, error) from error
    print(f"Confirmed: it is {shown}. A running server hears it within seconds, another at its start.")
    return OK


def _manage(arguments: list[str]) -> int:
    _read_settings(argparse.Namespace())
    from django.core.management import execute_from_command_line

    execute_from_command_line(["belvedere manage", *arguments])
    return OK


if __name__ == "__main__":
    sys.exit(main())
