-- nvim --headless -u init.lua -l lineage.lua REPORT
--
-- Follows data from a topic to the dashboard and back by the call hierarchy, and writes what it saw to REPORT as JSON.

local steps = dofile(vim.fs.joinpath(vim.fs.dirname(arg[0]), "steps.lua"))
local eventually, go_to, open = steps.eventually, steps.go_to, steps.open
local seen = {}

local function request(method, params)
  local client = assert(vim.lsp.get_clients({ bufnr = 0, name = "tidegate" })[1])
  local answer = assert(client:request_sync(method, params, 20000, 0))
  assert(not answer.err, vim.inspect(answer.err))
  return answer.result or {}
end

-- What stands at the cursor, as soon as the files around it are read.
local function prepared()
  local client = assert(vim.lsp.get_clients({ bufnr = 0, name = "tidegate" })[1])
  return eventually("an item of the hierarchy", function()
    return request(
      "textDocument/prepareCallHierarchy",
      vim.lsp.util.make_position_params(0, client.offset_encoding)
    )[1]
  end)
end

-- Every way from an item, each as a list of names; `from` and `to` are what the two directions call the other end.
local function ways(item, direction, other, way, found)
  way = vim.list_extend({}, way)
  table.insert(way, item.name)
  local calls = request("callHierarchy/" .. direction, { item = item })
  if #calls == 0 then
    table.insert(found, way)
  end
  for _, call in ipairs(calls) do
    ways(call[other], direction, other, way, found)
  end
  return found
end

-- What a command of the editor lists in the quickfix window.
local function listed(command)
  vim.fn.setqflist({}, "r")
  command()
  local items = eventually("the quickfix list", function()
    local items = vim.fn.getqflist()
    return #items > 0 and items
  end)
  vim.cmd.cclose() -- the window opens by itself, and is where the next command would look
  return vim.tbl_map(function(item)
    return { vim.fn.fnamemodify(vim.api.nvim_buf_get_name(item.bufnr), ":."), item.lnum, item.text }
  end, items)
end

local function session()
  open("connectors/warehouse-payments.json")
  go_to("shop.public.payments", 3)
  seen.topic = prepared().name
  seen.down = ways(prepared(), "incomingCalls", "from", {}, {})
  seen.incoming = listed(vim.lsp.buf.incoming_calls)
  seen.outgoing = listed(vim.lsp.buf.outgoing_calls)

  open("warehouse/models/marts/_marts.yml")
  go_to("finance_dashboard", 3)
  seen.up = ways(prepared(), "outgoingCalls", "to", {}, {})
end

vim.o.hidden = true
steps.run(session, seen)
