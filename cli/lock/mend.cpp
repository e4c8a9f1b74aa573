// SPDX-License-Identifier: BSL-1.0
// The subcommands heal and rm: what changes a lock instead of holding it.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "holdfast/process/directory.hpp"
#include "holdfast/process/lock_file.hpp"
#include "holdfast/process/upkeep.hpp"

#include "duration.hpp"
#include "file_users.hpp"
#include "json_output.hpp"
#include "lock_commands.hpp"
#include "lock_options.hpp"
#include "lock_report.hpp"
#include "lock_words.hpp"
#include "name_engine.hpp"
#include "output.hpp"
#include "state_words.hpp"
#include "surroundings.hpp"
#include "wait_alarm.hpp"

namespace cli {
namespace {

namespace process = holdfast::process;

// The kernel tells nobody when data are not used any more.
constexpr std::chrono::milliseconds look_again(20);

struct mend_options {
  std::string name;
  std::optional<std::chrono::nanoseconds> wait;
  bool data = false;
  bool json = false;
};

// Whether the name stands for data with their lock: if that was said, or if there is no lock of commands
// of this name.
bool means_data(const mend_options& options, const char* command) {
  const lock_name lock = parse_lock_name(options.name);
  if (&lock.engine != &name_engine())
    throw lock_error(lock_usage_error,
                     fmt::format("{}: '{}' is for names; a path is a plain flock(2)",
                                 shown(options.name), command));
  if (options.data) return true;
  if (process::lock_file::find(lock.name)) return false;
  if (std::filesystem::exists(
          process::path_of(lock.name, process::file_kind::segment, std::string_view())))
    return true;
  throw lock_error(lock_unreachable, fmt::format("there is no lock {}", shown(options.name)));
}

// Without the engine that may stand before it.
std::string bare(const std::string& name) {
  const std::string engine = std::string(name_engine().name()) + "://";
  return name.starts_with(engine) ? name.substr(engine.size()) : name;
}

process::lock_file find_lock(const std::string& name) {
  auto found = process::lock_file::find(bare(name));
  if (found) return std::move(*found);
  throw lock_error(lock_unreachable, fmt::format("there is no lock {}", shown(name)));
}

holdfast::deadline deadline_of(const mend_options& options) {
  return options.wait ? holdfast::deadline::in(*options.wait) : holdfast::deadline::already_past();
}

// Alone, or the exit code is lock_busy.
void take(process::lock_file& file, const mend_options& options) {
  process::hold_wish wish;
  wish.label = "holdfast";
  const holdfast::deadline until = deadline_of(options);
  const wait_alarm alarm(until);
  if (file.lock(wish, until)) return;
  throw lock_error(lock_busy, fmt::format("{} is busy; -w waits for it", shown(options.name)));
}

// A command that mends what it found says so from within: the lock is its own.
bool heal_from_within(const std::string& name, process::lock_file& file) {
  const auto own_name = read_environment("HOLDFAST_NAME");
  const auto own_token = read_environment("HOLDFAST_TOKEN");
  if (!own_name || !own_token || bare(name) != bare(*own_name)) return false;
  return file.clear_poison_for(std::strtoull(own_token->c_str(), nullptr, 10));
}

exit_code tell(const mend_options& options, const char* key, bool did, const std::string& words) {
  if (options.json)
    write_json({{"name", options.name}, {key, did}});
  else
    write_out(words + "\n");
  return success;
}

exit_code tell_healed(const mend_options& options,
                      const std::optional<process::owner_record>& culprit, const char* rest) {
  if (!culprit)
    return tell(options, "healed", false, fmt::format("{} was not poisoned", shown(options.name)));
  return tell(options, "healed", true,
              fmt::format("{} is healed{}; not finished by {}", shown(options.name), rest,
                          process::describe(*culprit)));
}

exit_code heal_data(const mend_options& options) {
  try {
    return tell_healed(options, process::heal(bare(options.name), deadline_of(options)),
                       ", and its data are as they were left");
  } catch (const process::error& refused) {
    if (refused.why() != process::cause::busy) throw;
    throw lock_error(lock_busy, fmt::format("{} is busy; -w waits for it", shown(options.name)));
  }
}

exit_code run_heal(const mend_options& options) {
  if (means_data(options, "heal")) return heal_data(options);
  process::lock_file file = find_lock(options.name);
  if (heal_from_within(options.name, file))
    return tell(options, "healed", true, fmt::format("{} is healed", shown(options.name)));
  take(file, options);
  const auto culprit = file.culprit();
  file.clear_poison();
  return tell_healed(options, culprit, "");
}

// Who has the data open: those of other users' processes are not to be seen.
std::string users_of_data(const std::string& name) {
  const file_users all =
      users_of_path(process::path_of(bare(name), process::file_kind::segment, std::string_view()));
  std::string words;
  for (const file_user& user : all.users)
    words += (words.empty() ? " by " : ", ") + words_for(party_of(user.pid));
  return words;
}

// False: somebody uses them.
bool is_removed(const std::string& name) {
  try {
    if (process::remove(bare(name))) return true;
  } catch (const process::error& refused) {
    if (refused.why() != process::cause::busy) throw;
    return false;
  }
  throw lock_error(lock_unreachable, fmt::format("there are no data {}", shown(name)));
}

exit_code remove_data(const mend_options& options) {
  const holdfast::deadline until = deadline_of(options);
  while (!is_removed(options.name)) {
    if (until.has_passed())
      throw lock_error(lock_busy, fmt::format("{} is in use{}; -w waits until nobody has it open",
                                              shown(options.name), users_of_data(options.name)));
    std::this_thread::sleep_for(look_again);
  }
  return tell(options, "removed", true,
              fmt::format("{} is removed, with its data", shown(options.name)));
}

exit_code run_rm(const mend_options& options) {
  if (means_data(options, "rm")) return remove_data(options);
  process::lock_file file = find_lock(options.name);
  take(file, options);
  file.remove();
  return tell(options, "removed", true, fmt::format("{} is removed", shown(options.name)));
}

void add_options(CLI::App& app, mend_options& options) {
  app.add_option("name", options.name, "A name")->type_name("NAME")->required();
  add_duration(app, "-w,--wait", options.wait, "Wait so long at most if it is busy");
  app.add_flag("--data", options.data,
               "The data of a program, also if there is a lock of this name");
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

If there is no lock of commands of this name, or with --data, the name is that of data with their
lock, of programs that say holdfast::process::open. The data stay as they were left: say this only if
you have seen to them, or if the program does at its start. Those kept twice are whole anyway.

--json prints {name, healed}; false: it was not poisoned.

Exit code: 0 it is not poisoned any more; 75 busy; 64 wrong usage; 69 there is no such lock, or it is
not reachable; 77 no permission.)";

constexpr const char* rm_details = R"(
Removes the file of the lock, under the lock; who waits for it makes a new one. Nothing needs this:
a lock that nobody uses costs a few pages of memory. Removing one that is poisoned heals it, too.

If there is no lock of commands of this name, or with --data, the name is that of data of programs:
a mutex, semaphore or condition of holdfast::process, which is removed with what is in it. Not while
a process has it open: who has it would go on with one that others no longer find.

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
