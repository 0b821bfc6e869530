-- What a person does in Neovim, one step after the other. Each waits for what it asked for.

local M = {}

function M.eventually(what, fn)
  local value
  local came = vim.wait(20000, function()
    value = fn()
    return value
  end, 10) -- runs the event loop, so that answers arrive while it polls
  if not came then
    error(what .. " did not come", 2)
  end
  return value
end

function M.text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") .. "\n"
end

-- The cursor to the n-th byte of what is found in the buffer; `nth` counts from 0.
function M.go_to(needle, nth)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local first = line:find(needle, 1, true)
    if first then
      vim.api.nvim_win_set_cursor(0, { row, first - 1 + (nth or 0) })
      return
    end
  end
  error("no " .. needle, 2)
end

function M.diagnostics()
  return vim.tbl_map(function(item)
    return {
      code = item.code,
      first = { item.lnum, item.col },
      last = { item.end_lnum, item.end_col },
      severity = vim.diagnostic.severity[item.severity],
      message = item.message,
      source = item.source,
    }
  end, vim.diagnostic.get(0))
end

function M.has(code)
  return vim.iter(vim.diagnostic.get(0)):any(function(item)
    return item.code == code
  end)
end

function M.open(file)
  vim.cmd.edit(file)
  M.eventually("a client for " .. file, function()
    local client = vim.lsp.get_clients({ bufnr = 0, name = "tidegate" })[1]
    return client and client.initialized and client
  end)
end

-- What the hover window says, which is closed again.
function M.hover()
  vim.lsp.buf.hover()
  local window = M.eventually("a hover window", function()
    return vim.iter(vim.api.nvim_list_wins()):find(function(win)
      return vim.api.nvim_win_get_config(win).relative ~= ""
    end)
  end)
  local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
  vim.api.nvim_win_close(window, true)
  return table.concat(lines, "\n")
end

-- Where `Ctrl-]` leads to; the file it left is shown again.
function M.definition()
  local buffer = vim.api.nvim_get_current_buf()
  local before = vim.api.nvim_win_get_cursor(0)
  vim.cmd.normal({ "\29", bang = true })
  local cursor = vim.api.nvim_win_get_cursor(0)
  local place = { vim.fn.fnamemodify(vim.api.nvim_buf_get_name(0), ":."), cursor[1] - 1, cursor[2] }
  vim.api.nvim_set_current_buf(buffer)
  vim.api.nvim_win_set_cursor(0, before)
  return place
end

-- Opens the menu of quick-fixes at the cursor and takes the one that begins with `title`; the titles of all.
function M.fix(title)
  local select, titles = vim.ui.select, nil
  local chosen = false
  vim.ui.select = function(items, options, choose)
    titles = vim.tbl_map(options.format_item or tostring, items)
    for number, item in ipairs(items) do
      if not chosen and vim.startswith(titles[number], title) then
        chosen = true
        choose(item, number)
      end
    end
  end
  vim.lsp.buf.code_action()
  M.eventually("the menu of quick-fixes", function()
    return titles
  end)
  vim.ui.select = select
  assert(chosen, ("no '%s' among %s"):format(title, vim.inspect(titles)))
  return titles
end

-- Does `work`, ends the server, and writes what was `seen`, or why it went no further, to the first argument as JSON.
function M.run(work, seen)
  local ok, failure = xpcall(function()
    assert(vim.v.errmsg == "", vim.v.errmsg) -- an error in init.lua does not stop Neovim
    work()
    local client = assert(vim.lsp.get_clients({ name = "tidegate" })[1], "the server has ended")
    client:stop()
    M.eventually("the end of the server", function()
      return client:is_stopped()
    end)
  end, debug.traceback)
  seen.failure = not ok and (failure .. "\n" .. vim.inspect(M.diagnostics())) or nil
  vim.fn.writefile({ vim.json.encode(seen) }, arg[1])
  os.exit(ok and 0 or 1)
end

return M
