-- nvim --headless -u init.lua -l session.lua REPORT [ENCODING]
--
-- Works in the folder it is started in as a person would, and writes what it saw to REPORT as JSON.
-- ENCODING: the one unit of positions to offer to the server; else Neovim offers all it knows.

local steps = dofile(vim.fs.joinpath(vim.fs.dirname(arg[0]), "steps.lua"))
local eventually, go_to, open, has = steps.eventually, steps.go_to, steps.open, steps.has
local hover, definition, fix, diagnostics = steps.hover, steps.definition, steps.fix, steps.diagnostics
local encoding = arg[2]
local seen = {}

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
    return #titles == 4 and titles
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
  seen.text_after_edit = steps.text()

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
end

steps.run(session, seen)
