"""``engine`` and ``status``: the background process, and what it does.

Owns starting, stopping and asking it. Must not know how it works.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tui_mail.cli import exits
from tui_mail.cli.parser import Commands
from tui_mail.model.errors import ConfigError, EngineTrouble
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context

_TURN_SECONDS = 5.0
"""How long ``status`` waits for an engine that is just starting or ending to say what it does."""


def register(commands: Commands) -> None:
    """Add the commands."""
    parser = commands.add(
        "engine",
        _("run the background process, or stop it"),
        engine,
        repairs=True,
        description=_(
            "It synchronises and carries out what waits. Windows and commands start it when they need it, and it ends by\n"
            "itself when nothing is left to do; this command is for systemd, cron and curious people."
        ),
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--stop", action="store_true", help=_("end the one that runs"))
    which.add_argument("--stay", action="store_true", help=_("do not end when nobody is connected"))
    which.add_argument("--pause", action="store_true", help=_("fetch only what is new and what is asked for"))
    which.add_argument("--resume", action="store_true", help=_("fetch old mail and bodies again, too"))
    commands.add("status", _("show what the background process does"), status, repairs=True)


def engine(context: Context, args: argparse.Namespace) -> int:
    """Run the engine in the foreground, or stop or pause the one that runs."""
    if args.stop:
        return _stop(context)
    if args.pause or args.resume:
        return _pause(context, paused=args.pause)
    from tui_mail.engine.host import run_engine

    return run_engine(context.home, stay=args.stay, clock=context.clock)


def status(context: Context, _args: argparse.Namespace) -> int:
    """The engine and the state of every account; from the store where no engine runs."""
    shape = status_shape(context)
    if context.json:
        context.out.document(shape)
        return exits.DONE
    running = shape["engine"]
    if running["running"] and running["version"] is None:
        context.out.line(
            _("An engine is there (process {pid}), but it does not answer: it starts, ends, or was stopped.").format(
                pid=running["pid"] or "?"
            )
        )
    elif running["running"]:
        context.out.line(
            _("The engine runs (process {pid}, version {version}).").format(
                pid=running["pid"], version=running["version"]
            )
        )
    else:
        context.out.line(_("No engine runs; it starts when it is needed."))
    context.out.rows(
        [
            (each["name"], each["state"], each["last_sync"] or _("never synchronised"), each["message"] or "")
            for each in shape["accounts"]
        ]
    )
    if running["paused"]:
        context.out.line(_("Old mail and bodies wait: `tui-mail engine --resume` goes on with them."))
    for each in shape["accounts"]:
        for text in each["alerts"]:
            context.out.line(_("{account}: the server says: {text}").format(account=each["name"], text=text))
    return exits.DONE


def status_shape(context: Context) -> dict[str, Any]:
    """The JSON of ``status``."""
    from tui_mail.cli.service import running_engine
    from tui_mail.link.call import call
    from tui_mail.link.messages import Status
    from tui_mail.link.start import wait_for_turn

    wait_for_turn(context.home, _TURN_SECONDS)
    pid = running_engine(context)
    if pid is not None:
        try:
            done = call(context.home, Status(id=1), timeout=5.0)
        except EngineTrouble:
            done = None  # it takes its time to start or to end: what the store says is still true
        if done is not None and done.ok:
            for account in done.result["accounts"]:
                account["message"] = account["message"] or None
            return _with_alerts(context, done.result)
    synced = _last_syncs(context)
    return _with_alerts(
        context,
        {
            "engine": {
                "running": pid is not None,
                "pid": pid or None,
                "version": None,
                "paused": _paused(context),
            },
            "accounts": [
                {"name": each.name, "state": "offline", "message": None, "last_sync": synced.get(each.name)}
                for each in context.accounts
            ],
        },
    )


def _paused(context: Context) -> bool:
    """What an engine would do that is started now."""
    try:
        return context.settings.sync.paused
    except ConfigError:
        return False  # none would start


def _with_alerts(context: Context, shape: dict[str, Any]) -> dict[str, Any]:
    """What servers want a person to read and nobody has read yet, with each account."""
    unread = context.reader.alerts()
    for account in shape["accounts"]:
        account["alerts"] = [alert.text for alert in unread if alert.account == account["name"]]
    return shape


def _last_syncs(context: Context) -> dict[str, str]:
    """Account to when its folder last synchronised was."""
    from tui_mail.text.dates import rfc3339

    newest: dict[str, int] = {}
    for folder in context.reader.folders():
        if folder.last_sync is not None:
            newest[folder.account] = max(newest.get(folder.account, 0), folder.last_sync)
    return {name: rfc3339(when) for name, when in newest.items()}


def _pause(context: Context, *, paused: bool) -> int:
    """Keep the choice for every engine of this home, and tell the one that runs."""
    from tui_mail.cli.service import reload_engine
    from tui_mail.config.settings import load_settings, remember

    remember(context.home, "sync.paused", value=paused)
    in_force = load_settings(context.home, context.environ).sync.paused
    reload_engine(context)
    if context.json:
        context.out.document({"paused": in_force})
    elif in_force is not paused:
        context.out.note(_("{path} says otherwise, and what stands there wins.").format(path=context.home.config_file))
    else:
        context.out.note(_("Old mail and bodies wait.") if paused else _("Old mail and bodies are fetched again."))
    return exits.DONE


def _stop(context: Context) -> int:
    from tui_mail.link.start import stop_engine

    stopped = stop_engine(context.home)
    if context.json:
        context.out.document({"stopped": stopped})
    else:
        context.out.note(_("The engine has ended.") if stopped else _("No engine was running."))
    return exits.DONE
