// SPDX-License-Identifier: BSL-1.0
// The subcommands who and ls: what a lock's state is, and which locks there are.
#include <memory>

#include <fmt/format.h>

#include "holdfast/process/lock_file.hpp"

#include "json_output.hpp"
#include "lock_commands.hpp"
#include "lock_report.hpp"
#include "lock_words.hpp"
#include "name_engine.hpp"
#include "output.hpp"
#include "segment_state.hpp"
#include "state_words.hpp"
#include "table.hpp"

namespace cli {
namespace {

namespace process = holdfast::process;

struct show_options {
  std::string name;
  bool json = false;
};

// A name may be that of a lock, of data with their lock, or of both.
std::vector<lock_state> states_of(const lock_name& lock) {
  std::vector<lock_state> states;
  if (&lock.engine == &name_engine())
    if (auto data = state_of_segment(lock.name)) states.push_back(std::move(*data));
  lock_state own = lock.engine.look(lock.name);
  if (own.how != lock_state::use::missing || states.empty())
    states.insert(states.begin(), std::move(own));
  return states;
}

exit_code run_who(const show_options& options) {
  const std::vector<lock_state> states = states_of(parse_lock_name(options.name));
  if (options.json) {
    json all = json::array();
    for (const lock_state& each : states) all.push_back(json_of(each));
    write_json(all.size() == 1 ? all.front() : all);
    return success;
  }
  for (const lock_state& each : states) write_out(words_for(each));
  return success;
}

// One that cannot be read is no reason not to show the others.
lock_state state_of(const process::listed_lock& lock) {
  try {
    if (lock.kind == process::file_kind::segment) {
      if (auto state = state_of_segment(lock.name)) return *state;
    } else {
      return name_engine().look(lock.name);
    }
  } catch (const std::exception& error) {
    lock_state state;
    state.problem = message_of(error);
    state.name = lock.name;
    state.path = lock.path;
    state.how = lock_state::use::unknown;
    return state;
  }
  lock_state gone;
  gone.name = lock.name;
  return gone;
}

std::vector<cell> cells_of(const lock_state& state) {
  const colour as = !state.problem.empty() || state.poisoned ? colour::bad
                    : state.holders.empty()                  ? colour::plain
                                                             : colour::notable;
  const std::string who = !state.holders.empty() ? short_words_for(state.holders.front())
                          : state.poisoner       ? short_words_for(*state.poisoner)
                                                 : "";
  return {{shown(state.name)}, {summary_of(state), as}, {who}};
}

exit_code run_ls(const show_options& options) {
  std::vector<lock_state> states;
  for (const process::listed_lock& each : process::list_locks()) {
    lock_state state = state_of(each);
    if (state.how != lock_state::use::missing) states.push_back(std::move(state));
  }
  if (options.json) {
    json all = json::array();
    for (const lock_state& each : states) all.push_back(json_of(each));
    write_json(all);
    return success;
  }
  if (states.empty()) {
    write_out(fmt::format("no locks in {}\n", shown(process::user_directory())));
    return success;
  }
  std::size_t width = 4;
  for (const lock_state& each : states) width = std::max(width, shown(each.name).size());
  const table rows(
      {{"name", width, aligned::left}, {"state", 24, aligned::left}, {"who", 1, aligned::left}},
      palette(stdout));
  std::string text = rows.header();
  for (const lock_state& each : states) text += rows.row(cells_of(each));
  write_out(text);
  return success;
}

constexpr const char* who_details = R"(
Shows who holds the lock, since when, with which token and label; who waits; which processes have
inherited the lock and keep it, also when its owner is gone; and who did not finish, if it is
poisoned. Of other users' processes, only root sees the descriptors.

--json prints {name, engine, path, state, poisoned, token, holders, keepers, waiters,
not_finished_by, some_unseen, problem}; an array of these if the name is that of a lock and of data.

Exit code: 0 it was shown, also if it is free; 64 wrong usage; 69 not reachable; 77 no permission.)";

constexpr const char* ls_details = R"(
Locks lie in $XDG_RUNTIME_DIR/holdfast, or without that in /dev/shm/holdfast-UID. Data with their
lock, of programs that say holdfast::process::open, are listed as `data`.

Exit code: 0 they were listed; 64 wrong usage; 69 not reachable; 77 no permission.)";

}  // namespace

void add_who(CLI::App& app, job& chosen) {
  auto* const who = app.add_subcommand("who", "Show who holds a lock, waits for it and keeps it");
  const auto options = std::make_shared<show_options>();
  who->add_option("name", options->name, "A name, or with a slash a path")
      ->type_name("NAME|PATH")
      ->required();
  who->add_flag("--json", options->json, "Print JSON for programs");
  who->footer(who_details);
  who->callback([options, &chosen] {
    chosen = [options] { return with_lock_codes([&] { return run_who(*options); }); };
  });
}

void add_ls(CLI::App& app, job& chosen) {
  auto* const ls = app.add_subcommand("ls", "List this user's locks and their states");
  const auto options = std::make_shared<show_options>();
  ls->add_flag("--json", options->json, "Print JSON for programs");
  ls->footer(ls_details);
  ls->callback([options, &chosen] {
    chosen = [options] { return with_lock_codes([&] { return run_ls(*options); }); };
  });
}

}  // namespace cli
