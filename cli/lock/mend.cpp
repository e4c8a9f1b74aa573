// SPDX-License-Identifier: BSL-1.0
// The subcommands heal and rm: what changes a lock instead of holding it.
#include <cstdlib>
#include <memory>

#include <fmt/format.h>

#include "holdfast/process/lock_file.hpp"

#include "duration.hpp"
#include "json_output.hpp"
#include "lock_commands.hpp"
#include "lock_options.hpp"
#include "lock_report.hpp"
#include "name_engine.hpp"
#include "output.hpp"
#include "segment_state.hpp"
#include "state_words.hpp"
#include "wait_alarm.hpp"

namespace cli {
namespace {

namespace process = holdfast::process;

struct mend_options {
  std::string name;
  std::optional<std::chrono::nanoseconds> wait;
  bool json = false;
};

process::lock_file find_lock(const std::string& text, const char* command) {
  const lock_name lock = parse_lock_name(text);
  if (&lock.engine != &name_engine())
    throw lock_error(
        lock_usage_error,
        fmt::format("{}: '{}' is for names; a path is a plain flock(2)", shown(text), command));
  auto found = process::lock_file::find(lock.name);
  if (found) return std::move(*found);
  if (state_of_segment(lock.name))
    throw lock_error(lock_usage_error,
                     fmt::format("{} is data with their lock; a program that knows their type has "
                                 "to do that",
                                 shown(text)));
  throw lock_error(lock_unreachable, fmt::format("there is no lock {}", shown(text)));
}

// Alone, or the exit code is lock_busy.
void take(process::lock_file& file, const mend_options& options) {
  process::hold_wish wish;
  wish.label = "holdfast";
  const holdfast::deadline until =
      options.wait ? holdfast::deadline::in(*options.wait) : holdfast::deadline::already_past();
  const wait_alarm alarm(until);
  if (file.lock(wish, until)) return;
  throw lock_error(lock_busy, fmt::format("{} is busy; -w waits for it", shown(options.name)));
}

// A command that mends what it found says so from within: the lock is its own.
bool heal_from_within(const std::string& name, process::lock_file& file) {
  // NOLINTBEGIN(concurrency-mt-unsafe): there is one thread
  const char* const own_name = std::getenv("HOLDFAST_NAME");
  const char* const own_token = std::getenv("HOLDFAST_TOKEN");
  // NOLINTEND(concurrency-mt-unsafe)
  if (own_name == nullptr || own_token == nullptr || name != own_name) return false;
  return file.clear_poison_for(std::strtoull(own_token, nullptr, 10));
}

exit_code tell(const mend_options& options, const char* key, bool did, const std::string& words) {
  if (options.json)
    write_json({{"name", options.name}, {key, did}});
  else
    write_out(words + "\n");
  return success;
}

exit_code run_heal(const mend_options& options) {
  process::lock_file file = find_lock(options.name, "heal");
  if (heal_from_within(options.name, file))
    return tell(options, "healed", true, fmt::format("{} is healed", shown(options.name)));
  take(file, options);
  const auto culprit = file.culprit();
  file.clear_poison();
  if (!culprit)
    return tell(options, "healed", false, fmt::format("{} was not poisoned", shown(options.name)));
  return tell(options, "healed", true,
              fmt::format("{} is healed; not finished by {}", shown(options.name),
                          process::describe(*culprit)));
}

exit_code run_rm(const mend_options& options) {
  process::lock_file file = find_lock(options.name, "rm");
  take(file, options);
  file.remove();
  return tell(options, "removed", true, fmt::format("{} is removed", shown(options.name)));
}

void add_options(CLI::App& app, mend_options& options) {
  app.add_option("name", options.name, "A name")->type_name("NAME")->required();
  add_duration(app, "-w,--wait", options.wait, "Wait so long at most if it is busy");
  app.add_flag("--json", options.json, "Print JSON for programs");
}

void add_mending(CLI::App& app, job& chosen, const char* name, const char* description,
                 const char* details, exit_code (*run)(const mend_options&)) {
  auto* const command = app.add_subcommand(name, description);
  const auto options = std::make_shared<mend_options>();
  add_options(*command, *options);
  command->footer(details);
  command->callback([options, run, &chosen] {
    chosen = [options, run] { return with_lock_codes([&] { return run(*options); }); };
  });
}

constexpr const char* heal_details = R"(
A lock is poisoned when its owner did not finish: holdfast or the command was killed, or the command
was given --poison-on-failure and failed. Healing says that what it left has been seen to. It is done
under the lock; the command that holds the lock (--on-poison=run) may heal it too.

--json prints {name, healed}; false: it was not poisoned.

Exit code: 0 it is not poisoned any more; 75 busy; 64 wrong usage; 69 there is no such lock, or it is
not reachable; 77 no permission.)";

constexpr const char* rm_details = R"(
Removes the file of the lock, under the lock; who waits for it makes a new one. Nothing needs this:
a lock that nobody uses costs a few pages of memory. Removing one that is poisoned heals it, too.

Exit code: 0 it is removed; 75 busy; 64 wrong usage; 69 there is no such lock, or it is not
reachable; 77 no permission.)";

}  // namespace

void add_heal(CLI::App& app, job& chosen) {
  add_mending(app, chosen, "heal", "Say that what a lock's last owner left has been seen to",
              heal_details, run_heal);
}

void add_rm(CLI::App& app, job& chosen) {
  add_mending(app, chosen, "rm", "Remove a lock that nobody holds", rm_details, run_rm);
}

}  // namespace cli
