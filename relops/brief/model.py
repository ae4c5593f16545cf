"""The whole brief as one model; attributes are exactly the keys of ``brief.yaml``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ValidationInfo, model_validator

from relops.brief import client as who
from relops.brief import delivery as work
from relops.brief import experiments as tests
from relops.brief import goals as aims
from relops.brief import programme as acts
from relops.brief import risks as law
from relops.brief import sources as files
from relops.brief.base import Block, Name, from_text, unset
from relops.brief.paths import show_path
from relops.brief.rules import broken_rules
from relops.errors import BadInput, Problem


class Brief(Block):
    """What the client and the consultant decide: everything that data cannot say.

    Required are ``client.name``, ``finance.currency`` and ``period.timezone``. A list left out is empty, a
    scalar left out is None; a block left out holds such. A Brief that breaks a rule cannot exist.
    """

    schema_version: Literal[1] = 1
    meta: who.Meta = unset(who.Meta)
    client: who.Client
    scope: who.Scope = unset(who.Scope)
    period: who.Period
    finance: who.Finance
    data: files.Data = unset(files.Data)
    engine: files.Engine = unset(files.Engine)
    missing: Literal["gather", "inline"] = "gather"
    parameters: dict[Name, dict[Name, Any]] = unset(dict)
    market: who.Market = unset(who.Market)
    benchmarks: who.Benchmarks = unset(who.Benchmarks)
    swot: who.Swot = unset(who.Swot)
    diagnosis: who.Diagnosis = unset(who.Diagnosis)
    goals: list[aims.Goal] = unset(list)
    phases: list[aims.Phase] = unset(list)
    segments: acts.Segments = unset(acts.Segments)
    wom: acts.WordOfMouth = unset(acts.WordOfMouth)
    channels: list[acts.Channel] = unset(list)
    touchpoints: list[acts.Touchpoint] = unset(list)
    strategies: list[acts.Strategy] = unset(list)
    experiments: list[tests.Experiment] = unset(list)
    team: work.Team = unset(work.Team)
    sla: list[work.ServiceLevel] = unset(list)
    loop: work.Loop = unset(work.Loop)
    sop: list[work.Procedure] = unset(list)
    systems: list[work.System] = unset(list)
    budget: work.Budget = unset(work.Budget)
    roadmap: work.Roadmap = unset(work.Roadmap)
    risks: list[law.Risk] = unset(list)
    risk_policy: law.RiskPolicy = unset(law.RiskPolicy)
    emergency: law.Emergency = unset(law.Emergency)
    stakeholders: list[work.Stakeholder] = unset(list)
    calendar: work.Calendar = unset(work.Calendar)
    kpi: aims.Kpi = unset(aims.Kpi)
    survey: aims.Survey = unset(aims.Survey)
    decision_rules: list[aims.DecisionRule] = unset(list)
    improvement: aims.Improvement = unset(aims.Improvement)
    training: list[work.Training] = unset(list)
    incentives: work.Incentives = unset(work.Incentives)
    capability: aims.Capability = unset(aims.Capability)
    partners: list[acts.Partner] = unset(list)
    markets: list[who.TargetMarket] = unset(list)
    ai: aims.Ai = unset(aims.Ai)
    theory: aims.Theory = unset(aims.Theory)
    scenarios: list[aims.Scenario] = unset(list)
    compliance: law.Compliance = unset(law.Compliance)
    csr: who.SocialResponsibility = unset(who.SocialResponsibility)
    csf: list[Annotated[aims.SuccessFactor, from_text("text")]] = unset(list)
    brand: aims.Brand = unset(aims.Brand)
    influence: list[Annotated[aims.Activity, from_text("text")]] = unset(list)
    signoff: list[law.Signature] = unset(list)

    @model_validator(mode="after")
    def _keep_rules(self, info: ValidationInfo) -> Brief:
        # load_brief has checked the rules on the file itself, where it knows the lines
        if not (info.context or {}).get("rules_checked"):
            broken = broken_rules(self.model_dump(mode="json", by_alias=True))
            problems = [Problem(f"brief.{rule.code}", show_path(rule.path), rule.values) for rule in broken]
            if problems:
                raise BadInput(problems)
        return self
