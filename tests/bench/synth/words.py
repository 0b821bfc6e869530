"""The vocabulary of the generated business."""

from __future__ import annotations

ENTITIES = (
    "customer",
    "order",
    "payment",
    "product",
    "invoice",
    "shipment",
    "refund",
    "session",
    "event",
    "ticket",
    "campaign",
    "lead",
    "agreement",
    "subscription",
    "account",
    "store",
    "employee",
    "vendor",
    "depot",
    "parcel",
    "review",
    "coupon",
    "cart",
    "device",
    "page",
    "visit",
    "message",
    "call",
    "claim",
    "policy",
    "quote",
    "asset",
    "location",
    "region",
    "territory",
    "budget",
    "forecast",
    "ledger",
    "journal",
    "plan",
    "order_line",
    "offer",
)
SYSTEMS = (
    "shopify",
    "stripe",
    "salesforce",
    "hubspot",
    "zendesk",
    "netsuite",
    "segment",
    "braze",
    "marketo",
    "workday",
    "adyen",
    "klaviyo",
    "intercom",
    "jira",
    "asana",
    "webshop",
    "crm",
    "snowplow",
    "mixpanel",
    "erp",
)
DOMAINS = ("finance", "marketing", "sales", "operations", "products", "support", "risk", "people")
ATTRIBUTES = (
    ("status", "varchar"),
    ("amount_cents", "bigint"),
    ("discount_cents", "bigint"),
    ("tax_cents", "bigint"),
    ("quantity", "integer"),
    ("priority", "integer"),
    ("score", "double"),
    ("currency", "varchar"),
    ("channel", "varchar"),
    ("category", "varchar"),
    ("segment", "varchar"),
    ("origin", "varchar"),
    ("notes", "varchar"),
    ("is_test", "boolean"),
    ("closed_at", "timestamp"),
)
STATES = ("new", "open", "won", "lost")


def at(position: int) -> tuple[str, str]:
    """The system and the entity at a position; they come round again, with a number behind the system."""
    turn, inner = divmod(position, len(ENTITIES) * len(SYSTEMS))
    system = SYSTEMS[inner // len(ENTITIES)]
    return (f"{system}_{turn}" if turn else system), ENTITIES[inner % len(ENTITIES)]
