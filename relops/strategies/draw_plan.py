"""What is to be drawn: the experiment or strategy of the brief, and how its customers are divided.

A strategy under test is drawn as its experiment. One that is not, or no longer, is drawn with the share of control
that the brief keeps for it, so that its effect stays known.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection
from dataclasses import dataclass

from relops.brief import Brief
from relops.brief.experiments import Experiment
from relops.brief.programme import Channel, Strategy
from relops.errors import BadInput, Problem
from relops.strategies.assignment import Allocation

CONTROL, TREATED = "control", "treated"
SLUG = re.compile(r"[a-z0-9_]+")
CUSTOMER = "customer_id"
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Wishes:
    """What the brief leaves open: the part that takes part (``coverage``, None for all that may), columns within
    whose values arms are balanced exactly, the key that the sending tool knows customers by (None: the client's own
    id), the first day, and the name of the draw where a strategy is drawn."""

    coverage: float | None = None
    strata: tuple[str, ...] = ()
    key: str | None = None
    starts: datetime.date | None = None
    draw_id: str | None = None


@dataclass(frozen=True)
class DrawPlan:
    """One draw: its ``allocation`` (id, salt, arms, coverage), the ``control`` arm, ``strata``, ``cluster`` (the
    column whose members share an arm), ``key``, first and last day (``ends`` None: open), and what the brief says."""

    allocation: Allocation
    control: str
    strata: tuple[str, ...]
    cluster: str | None
    key: str
    starts: datetime.date
    ends: datetime.date | None
    experiment: Experiment | None
    strategy: Strategy | None
    channel: Channel | None

    @property
    def id(self) -> str:
        """The experiment's id, which its list and its assignments bear."""
        return self.allocation.experiment

    @property
    def contact_channel(self) -> str:
        """The channel of the contact as the brief names it, empty where it names none."""
        return (self.strategy.channel if self.strategy else None) or ""


def find_target(brief: Brief, name: str, data_end: datetime.date,
                ran: Collection[str]) -> tuple[Experiment | None, Strategy | None]:
    """Return the experiment and the strategy that ``name`` stands for; ``ran`` are experiments that the data hold.

    A strategy stands for its one experiment that is still to come. Raises BadInput where the brief knows no such
    name, or several experiments to come.
    """
    strategies = {strategy.id: strategy for strategy in brief.strategies}
    found = next((experiment for experiment in brief.experiments if experiment.id == name), None)
    if found is None and name not in strategies:
        raise BadInput(Problem("strategies.unknown_target", name, {
            "experiments": ", ".join(experiment.id for experiment in brief.experiments) or "–",
            "strategies": ", ".join(strategies) or "–"}))
    if found is None:
        ahead = [experiment for experiment in brief.experiments if experiment.strategy == name
                 and experiment.id not in ran and (experiment.end is None or experiment.end > data_end)]
        if len(ahead) > 1:
            raise BadInput(Problem("strategies.several_targets", name, {
                "experiments": ", ".join(experiment.id for experiment in ahead)}))
        return (ahead[0] if ahead else None), strategies[name]
    return found, strategies.get(found.strategy or "")


def draw_name(target: tuple[Experiment | None, Strategy | None], wishes: Wishes) -> str:
    """Return the id under which a target is drawn. Raises BadInput where a strategy's id cannot serve as one."""
    experiment, strategy = target
    if experiment is not None:
        if wishes.draw_id not in (None, experiment.id):
            raise BadInput(Problem("strategies.id_of_experiment", "--id", {"id": experiment.id}))
        return experiment.id
    name = wishes.draw_id or str(strategy.id).lower()
    if not SLUG.fullmatch(name):
        raise BadInput(Problem("strategies.draw_id", "--id", {"id": name}))
    return name


def plan_draw(brief: Brief, target: tuple[Experiment | None, Strategy | None], wishes: Wishes,
              data_end: datetime.date) -> DrawPlan:
    """Return the plan of a draw on data up to ``data_end``; by default it starts on the experiment's first day, or
    the day after the data where that has passed. Raises BadInput with everything that does not fit."""
    experiment, strategy = target
    name = draw_name(target, wishes)
    starts = wishes.starts or _first_day(experiment, data_end)
    problems = _check_days(experiment, starts, data_end, name)
    control = (experiment.control if experiment else None) or CONTROL
    shares = dict(experiment.arms) if experiment else _shares_of(strategy, problems)
    allocation = None
    try:
        coverage = _coverage(strategy, shares, control, wishes.coverage)
        allocation = Allocation(name, name, shares, coverage)
    except BadInput as fault:
        problems += fault.problems if shares else []
    cluster = experiment.cluster if experiment else None
    if cluster and wishes.strata:
        problems.append(Problem("strategies.strata_of_clusters", "--strata", {"cluster": cluster}))
    if problems:
        raise BadInput(problems)
    channel = next((channel for channel in brief.channels if strategy and channel.id == strategy.channel), None)
    return DrawPlan(allocation, control, wishes.strata, cluster, wishes.key or CUSTOMER, starts,
                    experiment.end if experiment else None, experiment, strategy, channel)


def _first_day(experiment: Experiment | None, data_end: datetime.date) -> datetime.date:
    planned = experiment.start if experiment else None
    return max(planned or data_end, data_end + datetime.timedelta(days=1))


def _check_days(experiment: Experiment | None, starts: datetime.date, data_end: datetime.date,
                name: str) -> list[Problem]:
    """Return what is wrong with the days: nobody is drawn after the outcome, or for a test that has ended."""
    problems = []
    if starts <= data_end:
        problems.append(Problem("strategies.starts_in_data", "--start", {"start": starts, "data_end": data_end}))
    if experiment and experiment.end and experiment.end < starts:
        problems.append(Problem("strategies.draw_over", f"experiments.{name}.end", {
            "end": experiment.end, "start": starts}))
    return problems


def _shares_of(strategy: Strategy, problems: list[Problem]) -> dict[str, float]:
    if not strategy.control_share:
        problems.append(Problem("strategies.no_control_share", f"strategies.{strategy.id}.control_share", {}))
        return {}
    return {CONTROL: strategy.control_share, TREATED: 1 - strategy.control_share}


def _coverage(strategy: Strategy | None, shares: dict[str, float], control: str, wished: float | None) -> float:
    """Return the part of all customers that takes part: never so many that more than the strategy's ``max_share`` are
    treated."""
    treated = sum(share for arm, share in shares.items() if arm != control)
    most = strategy.max_share if strategy else None
    limit = 1.0 if most is None or treated <= most else most / treated
    if wished is not None and wished > limit + TOLERANCE and wished <= 1:
        raise BadInput(Problem("strategies.max_share", "--coverage", {
            "coverage": f"{wished:g}", "limit": f"{limit:.4g}", "strategy": strategy.id, "max_share": f"{most:g}"}))
    return limit if wished is None else wished
