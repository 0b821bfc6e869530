"""Refactorings keep line ends, tabs and byte order, and fit one another: what one makes, the next finds done."""

from __future__ import annotations

import pytest

from tests.support.views import offered
from tests.support.workspace import Workspace
from tidegate_analyzers.graph.columns import node_columns
from tidegate_analyzers.graph.dbt import NodeKey

ORDERS = "models/orders.sql"
REPORT = "models/report.sql"
SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    ORDERS: "select 1 as order_id, 2 as customer_id, 3 as amount, 4 as tax\n",
}


def workspace(text: str, **files: str) -> tuple[Workspace, int]:
    """The shop with a report; the bar is where the cursor stands."""
    return Workspace({**SHOP, **files, REPORT: text.replace("|", "")}), text.index("|")


def done(text: str, title: str) -> dict[str, str]:
    """What a refactoring changes."""
    before, at = workspace(text)
    (found,) = [item for item in offered(before, before.documents[REPORT], at) if item.title.startswith(title)]
    after = before.applied(found.change)
    return {path: new for path, new in after.files.items() if before.files.get(path) != new}


def test_windows_line_ends() -> None:
    made = done("select |*\r\nfrom {{ ref('orders') }}\r\n", "Expand")
    assert made == {
        REPORT: "select\r\n    order_id,\r\n    customer_id,\r\n    amount,\r\n    tax\r\nfrom {{ ref('orders') }}\r\n"
    }
    made = done(
        "with a as (\r\n  select 1 as x\r\n),\r\nb| as (\r\n  select x\r\n  from a\r\n)\r\nselect * from b\r\n",
        "Extract",
    )
    assert made == {
        "models/b.sql": "with a as (\r\n  select 1 as x\r\n)\r\n\r\nselect x\r\nfrom a\r\n",
        REPORT: "with b as (\r\n  select * from {{ ref('b') }}\r\n)\r\nselect * from b\r\n",
    }


def test_tabs() -> None:
    made = done("select |*\nfrom (\n\tselect 1 as a, 2 as b, 3 as c, 4 as d\n) as x\n", "Expand")
    assert made[REPORT].startswith("select\n\ta,\n\tb,\n\tc,\n\td\nfrom (")


@pytest.mark.parametrize(
    "text",
    [
        "select |* from {{ ref('orders') }} as o",
        "with o as (select * from {{ ref('orders') }}) select |o.* , 1 as one from o, (select 1 as tax) as t",
        "with o as (select |* from {{ ref('orders') }}) select * from o",
        "select * from (select |* from {{ ref('orders') }}) as o where exists (select * from {{ ref('orders') }})",
        "select * from {{ ref('orders') }} union all select |* from {{ ref('orders') }}",
        "select |* from {{ ref('orders') }} {% if is_incremental() %} where order_id > 1 {% endif %}",
    ],
)
def test_a_model_gives_the_same_columns_when_a_star_is_written_out(text: str) -> None:
    before, at = workspace(text)
    (found,) = [item for item in offered(before, before.documents[REPORT], at) if item.title.startswith("Expand")]
    after = before.applied(found.change)
    key = NodeKey(REPORT, 0, "report", "model")
    given = [[column.name for column in node_columns(view, key).items] for view in (before.view, after.view)]
    assert given[0] == given[1]
    assert len(given[0]) >= 4
    assert after.files[REPORT].count("*") == text.count("*") - 1


def test_nothing_is_offered_twice() -> None:
    before = Workspace({**SHOP, "models/shop.yml": "models:\n  - name: other\n"})
    (found,) = offered(before, before.documents[ORDERS], 0)
    assert found.title == "Describe 'orders' in shop.yml"
    after = before.applied(found.change)
    assert offered(after, after.documents[ORDERS], 0) == []


def test_installed_packages_are_left_alone() -> None:
    text = "with a as (select 1 as x) select * from a\n"
    package = {"dbt_packages/p/dbt_project.yml": "name: p\n", "dbt_packages/p/models/m.sql": text}
    files = Workspace({**SHOP, **package})
    document = files.documents["dbt_packages/p/models/m.sql"]
    assert [offered(files, document, at) for at in (5, text.index("*"))] == [[], []]
