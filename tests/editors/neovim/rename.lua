-- nvim --headless -u init.lua -l rename.lua REPORT RENAMES
--
-- RENAMES: JSON, a list of {path, at, nth, name}: what stands at the `nth` byte (else the first) of `at` in a file gets
-- another name, as `grn` does it, and every file that this changes is written. REPORT: what was changed, or why not.

local steps = dofile(vim.fs.joinpath(vim.fs.dirname(arg[0]), "steps.lua"))
local seen = { renamed = {} }

-- The answer to the request, once Neovim has done what it asks for; or what Neovim tells instead.
local function renamed(name)
  local answered, told
  local handler, notify = vim.lsp.handlers["textDocument/rename"], vim.notify
  vim.lsp.handlers["textDocument/rename"] = function(failed, result, context)
    handler(failed, result, context)
    answered = failed and { refused = failed.message } or result
  end
  vim.notify = function(message)
    told = message
  end
  vim.lsp.buf.rename(name)
  steps.eventually("an answer", function()
    return answered or told
  end)
  vim.lsp.handlers["textDocument/rename"], vim.notify = handler, notify
  return answered or { refused = told }
end

steps.run(function()
  for _, item in ipairs(vim.json.decode(arg[2])) do
    steps.open(item.path)
    steps.go_to(item.at, item.nth)
    table.insert(seen.renamed, renamed(item.name))
    vim.cmd("silent wall")
  end
end, seen)
