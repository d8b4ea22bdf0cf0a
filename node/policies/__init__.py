"""Policies: the numbers and lists that members decide on, and what is in force today.

`registry` names every key with its type, bounds, unit, default and meaning; `kinds` says how a
value of each type is checked and stored; `queries` answers what is in force; `commands` puts a
decision into force (the council calls it). A key nobody has decided on has its default.

    max_age = await policies.value(reader, policies.LISTINGS_MAX_AGE_DAYS)
"""

from node.policies.commands import adopt, lapse
from node.policies.fees import Channel, FeeRule, FeeRules, Payer
from node.policies.kinds import Choice, Exact, Share, WholeNumber, Words, YesNo
from node.policies.queries import InForce, all_in_force, all_values, in_force, value
from node.policies.registry import (
    AGREEMENTS_ANSWER_HOURS,
    AGREEMENTS_CANCEL_EARLY_PERCENT,
    AGREEMENTS_CANCEL_HOURS,
    AGREEMENTS_CANCEL_LATE_PERCENT,
    AGREEMENTS_CONFIRM_DAYS,
    AGREEMENTS_SELLER,
    CLEARING_CONSENT,
    CLEARING_DAY,
    CLEARING_DEFAULT_LINE,
    CLEARING_DUE_DAYS,
    FEE_RULES,
    LISTINGS_MAX_AGE_DAYS,
    LISTINGS_REQUIRED_FIELDS,
    MIRRORS_STALE_AFTER_DAYS,
    RANKING_FRESHNESS,
    RANKING_NEARNESS,
    RANKING_TEXT,
    REFERRALS_ANSWER_DAYS,
    REFERRALS_CARE_CATEGORIES,
    REFERRALS_CONSENT_DAYS,
    REFERRALS_FEE_CEILING_FLAT,
    REFERRALS_FEE_CEILING_PERCENT,
    REFERRALS_HANDOFF_DAYS,
    REFERRALS_HANDOFF_TIMES,
    REFERRALS_URGENT_HOURS,
    REGISTRY,
    PolicyKey,
    key_named,
)

__all__ = [
    "AGREEMENTS_ANSWER_HOURS",
    "AGREEMENTS_CANCEL_EARLY_PERCENT",
    "AGREEMENTS_CANCEL_HOURS",
    "AGREEMENTS_CANCEL_LATE_PERCENT",
    "AGREEMENTS_CONFIRM_DAYS",
    "AGREEMENTS_SELLER",
    "CLEARING_CONSENT",
    "CLEARING_DAY",
    "CLEARING_DEFAULT_LINE",
    "CLEARING_DUE_DAYS",
    "FEE_RULES",
    "LISTINGS_MAX_AGE_DAYS",
    "LISTINGS_REQUIRED_FIELDS",
    "MIRRORS_STALE_AFTER_DAYS",
    "RANKING_FRESHNESS",
    "RANKING_NEARNESS",
    "RANKING_TEXT",
    "REFERRALS_ANSWER_DAYS",
    "REFERRALS_CARE_CATEGORIES",
    "REFERRALS_CONSENT_DAYS",
    "REFERRALS_FEE_CEILING_FLAT",
    "REFERRALS_FEE_CEILING_PERCENT",
    "REFERRALS_HANDOFF_DAYS",
    "REFERRALS_HANDOFF_TIMES",
    "REFERRALS_URGENT_HOURS",
    "REGISTRY",
    "Channel",
    "Choice",
    "Exact",
    "FeeRule",
    "FeeRules",
    "InForce",
    "Payer",
    "PolicyKey",
    "Share",
    "WholeNumber",
    "Words",
    "YesNo",
    "adopt",
    "all_in_force",
    "all_values",
    "in_force",
    "key_named",
    "lapse",
    "value",
]
