"""Referrals: who brought whom, invitations that came to nothing, and so a true K."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relops.data.demo.population import Population
from relops.data.demo.settings import SECONDS_PER_DAY, Block, company, waking
from relops.data.demo.tables import customer_column
from relops.data.demo.tickets import service
from relops.data.demo.write import Frame, identity, money, numbers, times

REFERRED = [source["id"] for source in company()["acquisition"]].index("referral")


@dataclass(frozen=True, eq=False)
class Referrals:
    """Invitations in order of time. ``referee`` is a customer's place in the block or -1; then ``prospect`` numbers
    the person who never came."""

    referrer: np.ndarray
    referee: np.ndarray
    prospect: np.ndarray
    invited: np.ndarray
    first_order: np.ndarray


@dataclass
class ReferralTruth:
    """Whole numbers of a block."""

    invitations: int = 0
    accepted: int = 0


def draw_referrals(block: Block, population: Population, first_seconds: np.ndarray) -> Referrals:
    """Return the invitations within a block; ``first_seconds`` is when each customer bought first."""
    law, generator = service()["referrals"], block.generator("referrals")
    by_time = np.argsort(first_seconds, kind="stable")
    rank = np.empty(len(by_time), dtype=np.int64)
    rank[by_time] = np.arange(len(by_time))
    # the very first customer has nobody to be brought by
    came = np.flatnonzero((population.acquisition == REFERRED) & (rank > 0))
    # of two earlier customers the one who buys more often did the talking
    pair = by_time[(generator.random((2, len(came))) * rank[came]).astype(np.int64)]
    referrer = np.where(population.rate[pair[0]] >= population.rate[pair[1]], pair[0], pair[1])
    span = np.minimum(law["invite_days"] * SECONDS_PER_DAY, first_seconds[came] - first_seconds[referrer])
    invited = waking(first_seconds[came] - (generator.random(len(came)) * span).astype(np.int64))
    invited = np.clip(invited, first_seconds[referrer], first_seconds[came])
    lost = generator.poisson(len(came) * (1 / law["accepted_of_invited"] - 1))
    echo = generator.integers(0, max(len(came), 1), lost if len(came) else 0)
    end = block.settings.data_days * SECONDS_PER_DAY
    later = waking(invited[echo] + (generator.random(len(echo)) * (end - invited[echo])).astype(np.int64))
    none = np.full(len(echo), -1)
    prospect = np.concatenate([np.zeros(len(came), dtype=np.int64), np.arange(1, len(echo) + 1)])
    columns = (np.concatenate([referrer, referrer[echo]]), np.concatenate([came, none]), prospect,
               np.concatenate([invited, later]), np.concatenate([first_seconds[came], none]))
    order = np.argsort(columns[3], kind="stable")
    return Referrals(*(values[order] for values in columns))


def count_referrals(referrals: Referrals) -> ReferralTruth:
    """Return the truth about a block's referrals."""
    return ReferralTruth(len(referrals.referrer), int((referrals.referee >= 0).sum()))


def referral_frame(block: Block, referrals: Referrals) -> Frame:
    """Return the referrals table of a block; those who never came have ids of their own."""
    settings, came = block.settings, referrals.referee >= 0
    accepted = np.clip(waking(referrals.invited + (referrals.first_order - referrals.invited) // 2),
                       referrals.invited, np.maximum(referrals.first_order, referrals.invited))
    reward = np.where(came, service()["referrals"]["reward"] * 100, 0)
    columns = {
        "referrer": customer_column(block, referrals.referrer), "referee": customer_column(block, referrals.referee),
        "prospect": numbers(referrals.prospect + block.first * 10), "invited_at": times(settings, referrals.invited),
        "accepted_at": times(settings, np.maximum(accepted, 0), ~came),
        "first_order_at": times(settings, np.maximum(referrals.first_order, 0), ~came), "reward": numbers(reward)}
    return Frame(columns, f"{identity('C', 'referrer')} AS referrer_id, coalesce({identity('C', 'referee')}, "
                          f"{identity('P', 'prospect', 8)}) AS referee_id, invited_at, accepted_at, first_order_at, "
                          f"{money('reward')} AS reward_cost")
