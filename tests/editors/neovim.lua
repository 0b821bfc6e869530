-- nvim --headless -u init.lua -l neovim.lua REPORT [ENCODING]
--
-- Works in the folder it is started in as a person would, and writes what it saw to REPORT as JSON.
-- ENCODING: the one unit of positions to offer to the server; else Neovim offers all it knows.

local report, encoding = arg[1], arg[2]
local seen = {}

local function eventually(what, fn)
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

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") .. "\n"
end

-- The cursor to the n-th byte of what is found in the buffer; `nth` counts from 0.
local function go_to(needle, nth)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local first = line:find(needle, 1, true)
    if first then
      vim.api.nvim_win_set_cursor(0, { row, first - 1 + (nth or 0) })
      return
    end
  end
  error("no " .. needle, 2)
end

local function diagnostics()
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

local function has(code)
  return vim.iter(vim.diagnostic.get(0)):any(function(item)
    return item.code == code
  end)
end

local function open(file)
  vim.cmd.edit(file)
  eventually("a client for " .. file, function()
    local client = vim.lsp.get_clients({ bufnr = 0, name = "tidegate" })[1]
    return client and client.initialized and client
  end)
end

-- What the hover window says, which is closed again.
local function hover()
  vim.lsp.buf.hover()
  local window = eventually("a hover window", function()
    return vim.iter(vim.api.nvim_list_wins()):find(function(win)
      return vim.api.nvim_win_get_config(win).relative ~= ""
    end)
  end)
  local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
  vim.api.nvim_win_close(window, true)
  return table.concat(lines, "\n")
end

-- Where `Ctrl-]` leads to; the file it left is shown again.
local function definition()
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
local function fix(title)
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
  eventually("the menu of quick-fixes", function()
    return titles
  end)
  vim.ui.select = select
  assert(chosen, ("no '%s' among %s"):format(title, vim.inspect(titles)))
  return titles
end

-- Folds, lineage, lines above models, colours, and the compiled model in a window beside.
local function structure()
  local window = vim.api.nvim_get_current_win()
  vim.cmd.split("models/wide.sql")
  local wide = vim.api.nvim_get_current_win()
  eventually("a fold", function()
    vim.wo.foldmethod = "expr"
    vim.wo.foldexpr = "v:lua.vim.lsp.foldexpr()"
    return vim.fn.foldlevel(2) > 0
  end)
  vim.cmd("1normal! zc")
  seen.fold = { vim.fn.foldclosed(1), vim.fn.foldclosedend(1) }
  vim.cmd("normal! zR")

  vim.lsp.codelens.refresh({ bufnr = 0 })
  seen.lenses = eventually("lines above the model", function()
    local lenses = vim.lsp.codelens.get(0)
    local titles = {}
    for _, lens in ipairs(lenses) do
      table.insert(titles, lens.command and lens.command.title or nil)
    end
    return #titles == 3 and titles
  end)

  go_to("stg_orders", 2)
  local colour = eventually("a colour of its own", function()
    return vim.lsp.semantic_tokens.get_at_pos()[1]
  end)
  seen.colour = colour.type
  vim.lsp.buf.incoming_calls()
  seen.incoming = eventually("who reads the model", function()
    local found = vim.fn.getqflist()
    return #found > 0 and vim.tbl_map(function(item)
      return { vim.fn.fnamemodify(vim.fn.bufname(item.bufnr), ":t"), item.lnum, item.col }
    end, found)
  end)
  vim.cmd.cclose()
  vim.api.nvim_set_current_win(wide)

  require("tidegate")
  vim.cmd.TidegateCompiled()
  local function compiled()
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      if vim.startswith(vim.api.nvim_buf_get_name(buffer), "tidegate-compiled:") then
        return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n"), buffer
      end
    end
    return ""
  end
  seen.compiled = eventually("the compiled model", function()
    local found = compiled()
    return found:find("select", 1, true) and found
  end)
  vim.api.nvim_buf_set_text(0, 0, 0, 0, 0, { "-- typed 🌊 {{ ref('stg_orders') }}", "" })
  seen.compiled_after_edit = eventually("the compiled model as it is now", function()
    local found = compiled()
    return found:find("typed", 1, true) and found
  end)
  local _, buffer = compiled()
  seen.compiled_is_changeable = vim.bo[buffer].modifiable
  seen.compiled_clients = #vim.lsp.get_clients({ bufnr = buffer })
  vim.api.nvim_buf_delete(buffer, { force = true })
  vim.cmd("silent undo")
  vim.api.nvim_set_current_win(window)
  vim.cmd.only()
end

local function session()
  if encoding then
    vim.lsp.config("tidegate", { capabilities = { general = { positionEncodings = { encoding } } } })
  end
  assert(vim.v.errmsg == "", vim.v.errmsg) -- an error in init.lua does not stop Neovim

  open("models/daily.sql")
  local client = vim.lsp.get_clients({ name = "tidegate" })[1]
  seen.server = client.server_info
  seen.encoding = client.offset_encoding
  seen.root = client.root_dir
  eventually("TG706", function()
    return has("TG706")
  end)
  seen.found = diagnostics()
  seen.inline = vim.diagnostic.config().virtual_text

  go_to("stg_orders") -- its first character, then its last
  seen.hover_first = hover()
  go_to("stg_orders", #"stg_orders" - 1)
  seen.hover_last = hover()
  seen.definition_of_model = definition()
  go_to("'shöp'", 1)
  seen.hover_source = hover()
  go_to("'ördërs'", 1)
  seen.definition_of_source = definition()

  -- Characters of one to four bytes typed before the finding: only the change is sent.
  vim.api.nvim_buf_set_text(0, 1, 0, 1, 0, { "/* ä€🌊 */ " })
  local moved = seen.found[1].first[2] + #"/* ä€🌊 */ "
  eventually("the finding at its new place", function()
    return vim.iter(vim.diagnostic.get(0, { lnum = 1 })):any(function(item)
      return item.col == moved
    end)
  end)
  seen.found_after_edit = diagnostics()
  seen.text_after_edit = text()

  structure()

  go_to("stg_custmers")
  seen.titles = fix("Change to 'stg_customers'")
  eventually("the end of TG706", function()
    return not has("TG706")
  end)
  vim.cmd("silent write")
  seen.found_after_fix = diagnostics()

  -- A fix that makes a file.
  open("pipeline.yaml")
  eventually("TG108", function()
    return has("TG108")
  end)
  go_to("[sales.orders]", 1)
  seen.titles_in_pipeline = fix("Create a data contract for 'sales.orders'")
  eventually("the end of TG108", function()
    return not has("TG108")
  end)
  vim.cmd("silent wall")
  seen.found_in_pipeline = diagnostics()

  client:stop()
  eventually("the end of the server", function()
    return client:is_stopped()
  end)
end

local ok, failure = xpcall(session, debug.traceback)
seen.failure = not ok and (failure .. "\n" .. vim.inspect(diagnostics())) or nil
vim.fn.writefile({ vim.json.encode(seen) }, report)
os.exit(ok and 0 or 1)
