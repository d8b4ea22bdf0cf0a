"""Every table of the node, imported in one place for migrations and tests.

SQLAlchemy knows a table once its module has been imported; nothing else is needed from here.
"""

import federation.models  # noqa: F401
import node.accounts.models
import node.agreements.models
import node.alerts.models
import node.audit.models
import node.beginnings.models
import node.clearing.models
import node.consents.models
import node.council.rows.models
import node.deliberation.models
import node.group.models
import node.handoffs.models
import node.hours.models
import node.joining.models
import node.ledger.models
import node.listings.availability.models
import node.listings.index
import node.listings.models
import node.listings.moderation.models
import node.listings.vocabulary
import node.mail.models
import node.media.models
import node.members.models
import node.notices.models
import node.offices.models
import node.peers.models
import node.policies.models
import node.privacy.models
import node.profiles.models
import node.referrals.models
import node.searches.models
import node.sent_forms
import node.threads.models
import node.timers
import node.vault.models
import node.vouching.models
import node.webhooks.models  # noqa: F401
