// SPDX-License-Identifier: BSL-1.0
// The command holdfast: reads the command line, runs the subcommand, turns errors into messages.
#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "command.hpp"
#include "command_line.hpp"
#include "output.hpp"
#include "usage.hpp"
#include "version.hpp"
#if HOLDFAST_HAS_PROCESS
#include "lock/engine.hpp"
#include "lock/lock_commands.hpp"
#endif
#if HOLDFAST_HAS_PRELOAD
#include "run/run_command.hpp"
#endif

namespace {

// `words` is the command line behind "holdfast"; what is not ours to parse is taken out.
void add_subcommands(CLI::App& app, std::vector<std::string>& words, cli::job& chosen) {
#if HOLDFAST_HAS_PRELOAD
  // It stands before other programs: what it does not need is time at their start.
  if (!words.empty() && words.front() == "run") return cli::add_run(app, words, chosen);
#endif
  cli::add_demo(app, chosen);
#if HOLDFAST_HAS_PROCESS
  cli::add_lock(app, words, chosen);
  cli::add_who(app, chosen);
  cli::add_ls(app, chosen);
  cli::add_heal(app, chosen);
  cli::add_rm(app, chosen);
#if HOLDFAST_HAS_PRELOAD
  cli::add_run(app, words, chosen);
#endif
#else
  static_cast<void>(words);
#endif
}

// Wrong usage has the code of the subcommand.
cli::exit_code code_of(const CLI::App& app, cli::exit_code code) {
#if HOLDFAST_HAS_PROCESS
  const auto reached = app.get_subcommands();
  if (code == cli::usage_error && !reached.empty() && cli::is_lock_command(reached[0]->get_name()))
    return cli::lock_usage_error;
#else
  static_cast<void>(app);
#endif
  return code;
}

cli::exit_code run(int argc, char** argv) {
  CLI::App app("Runs commands under locks; shows and measures the locks of the library holdfast.",
               "holdfast");
  app.set_version_flag("--version", "holdfast " + cli::version());
  app.require_subcommand(1);
  app.allow_windows_style_options(false);  // a path may begin with a slash
  cli::job chosen;
  std::vector<std::string> words = cli::command_line(argc, argv);
  add_subcommands(app, words, chosen);
  try {
    std::reverse(words.begin(), words.end());
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return code_of(app, cli::answer(app, error));
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const cli::output_error& error) {
    // A reader that went away, as in `holdfast ... | head`, knows why.
    if (error.code().value() != EPIPE) cli::complain(error.what());
#if HOLDFAST_HAS_PROCESS
  } catch (const cli::lock_error& error) {
    cli::complain(error.what());
    return error.code();
#endif
  } catch (const std::bad_alloc&) {
    cli::complain("out of memory");
  } catch (const std::exception& error) {
    cli::complain(error.what());
  }
  return cli::failure;
}
