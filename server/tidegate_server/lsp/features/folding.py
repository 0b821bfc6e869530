"""`textDocument/foldingRange`."""

from __future__ import annotations

from lsprotocol import types as lsp

from tidegate_analyzers.ide.folding import folds
from tidegate_server.lsp.request import Request


def folding_ranges(request: Request, params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange] | None:
    """What can be folded."""
    role = request.role
    if role is None or request.is_program:
        return None
    return [
        lsp.FoldingRange(fold.first, fold.last, kind=lsp.FoldingRangeKind(fold.kind) if fold.kind else None)
        for fold in folds(request.document, role.dialect, request.client.fold_limit)
    ]
