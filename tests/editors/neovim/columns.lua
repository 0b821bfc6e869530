-- nvim --headless -u init.lua -l columns.lua REPORT
--
-- Works with the columns of a dbt project as a person would, and writes what it saw to REPORT as JSON.

local steps = dofile(vim.fs.joinpath(vim.fs.dirname(arg[0]), "steps.lua"))
local eventually, go_to, open, has = steps.eventually, steps.go_to, steps.open, steps.has
local seen = {}

-- The places that a command lists, as file, line and column, from 1.
local function listed(ask)
  local places
  ask({
    on_list = function(found)
      places = vim.tbl_map(function(item)
        return { vim.fn.fnamemodify(item.filename, ":."), item.lnum, item.col }
      end, found.items)
    end,
  })
  return eventually("a list of places", function()
    return places
  end)
end

-- What is offered behind a text that is typed in a line of its own, which is taken away again.
local function offered(before, typed)
  local buffer = vim.api.nvim_get_current_buf()
  go_to(before)
  local row = vim.api.nvim_win_get_cursor(0)[1]
  vim.api.nvim_buf_set_lines(0, row, row, false, { typed })
  vim.api.nvim_win_set_cursor(0, { row + 1, #typed })
  local client = vim.lsp.get_clients({ bufnr = 0, name = "tidegate" })[1]
  local position = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local answer = assert(client:request_sync("textDocument/completion", position, 20000, buffer))
  local signature = assert(client:request_sync("textDocument/signatureHelp", position, 20000, buffer))
  vim.cmd("silent undo")
  local labels = vim.tbl_map(function(item)
    return item.label
  end, answer.result and (answer.result.items or answer.result) or {})
  return labels, signature.result
end

local function session()
  open("models/intermediate/int_line_totals.sql")
  go_to("p.price", 2)
  seen.references = listed(function(options) -- which waits until every file is read
    vim.lsp.buf.references(nil, options)
  end)
  seen.hover = steps.hover()
  seen.definition = steps.definition()
  seen.symbols = listed(function(options)
    vim.lsp.buf.workspace_symbol("stg_prod", options)
  end)

  seen.after_alias = offered("p.price", "    , p.")
  seen.in_ref = offered("p.price", "    , (select 1 from {{ ref('")
  local _, signature = offered("p.price", "    , {{ euros(")
  seen.signature = signature

  open("models/intermediate/int_orders.sql")
  vim.lsp.inlay_hint.enable(true, { bufnr = 0 })
  seen.hints = eventually("hints", function()
    vim.cmd.redraw()
    local hints = vim.tbl_map(function(item)
      local label = item.inlay_hint.label
      return { item.inlay_hint.position.line, type(label) == "string" and label or label[1].value }
    end, vim.lsp.inlay_hint.get({ bufnr = 0 }))
    return #hints > 0 and hints
  end)
  go_to("o.*", 2)
  seen.titles = steps.fix("Expand * to")
  seen.expanded = eventually("the columns behind the star", function()
    return not steps.text():find("o.*", 1, true) and steps.text()
  end)
  vim.cmd("silent undo")

  -- Another name is typed for a column: who makes it and who reads it are marked.
  open("models/staging/stg_products.sql")
  go_to("as price")
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  vim.api.nvim_buf_set_text(0, row - 1, column + 3, row - 1, column + 8, { "cost" })
  eventually("TG702 where it was made", function()
    return has("TG702")
  end)
  seen.producer = steps.diagnostics()
  open("models/intermediate/int_line_totals.sql")
  eventually("TG702 where it is read", function()
    return has("TG702")
  end)
  seen.consumer = steps.diagnostics()
  open("models/staging/stg_products.sql")
  vim.cmd("silent undo")
  eventually("the end of TG702", function()
    return not has("TG702")
  end)
  vim.cmd.buffer("int_line_totals.sql")
  eventually("the end of TG702 where it is read", function()
    return not has("TG702")
  end)
end

vim.o.hidden = true
vim.o.virtualedit = "onemore" -- the cursor behind the last character, as while typing
steps.run(session, seen)
