// SPDX-License-Identifier: BSL-1.0
// The subcommand lock: runs a command under a lock.
#include <chrono>
#include <csignal>
#include <memory>

#include <fmt/format.h>

#include "child.hpp"
#include "command_words.hpp"
#include "lock_commands.hpp"
#include "lock_options.hpp"
#include "lock_report.hpp"
#include "output.hpp"
#include "surroundings.hpp"

namespace cli {
namespace {

#if defined(_WIN32)
constexpr const char* of_folders = "/\\";
#else
constexpr const char* of_folders = "/";
#endif

lock_request request_of(const lock_options& options, const std::string& name) {
  lock_request request;
  request.name = name;
  if (options.shared) request.how = sharing::shared;
  if (options.slots != 0) request.how = sharing::slot;
  request.slots = options.slots;
  if (options.no_wait) request.until = holdfast::deadline::already_past();
  if (options.wait) request.until = holdfast::deadline::in(*options.wait);
  request.label = options.label;
  if (request.label.empty())
    request.label =
        options.command.front().substr(options.command.front().find_last_of(of_folders) + 1);
  request.poison = options.poison.value_or(on_poison::fail);
  return request;
}

void tell_environment(const lock_options& options, const engine& engine, const attempt& got) {
  set_environment("HOLDFAST_NAME", options.name);
  set_environment("HOLDFAST_ENGINE", std::string(engine.name()));
  set_environment("HOLDFAST_POISONED", got.was_poisoned ? "1" : "0");
  if (got.lock->token() != 0)
    set_environment("HOLDFAST_TOKEN", std::to_string(got.lock->token()));
  else
    clear_environment("HOLDFAST_TOKEN");  // that of a lock around this one
}

#if defined(SIGPIPE)
constexpr bool is_lost_reader(int signal) noexcept { return signal == SIGPIPE; }
#else
constexpr bool is_lost_reader(int) noexcept { return false; }
#endif

// A signal that came through us, or the terminal, was somebody's wish; a reader that went away is
// the usual end of a writer. Any other signal has cut the command off.
held_lock::work judge(const lock_options& options, const ending& end) {
  if (end.exec_error != 0) return held_lock::work::not_begun;
  const bool cut_off = end.signal != 0 && !end.asked && !is_lost_reader(end.signal);
  const bool failed = options.poison_on_failure && end.exit_code != 0;
  return cut_off || failed ? held_lock::work::unfinished : held_lock::work::finished;
}

ending run_under(const lock_options& options, const engine& engine, attempt& got) {
  child command;
  got.lock->begin();
  tell_environment(options, engine, got);
  if (!options.close && got.lock->descriptor() >= 0) let_inherit(got.lock->descriptor());
  const ending end = command.run(options.command, options.grace);
  got.lock->finish(judge(options, end));
  return end;
}

exit_code run_lock(const lock_options& options, const engine& engine, const std::string& name) {
  lock_report report(options, engine);
  try {
    attempt got = engine.acquire(request_of(options, name));
    report.waited();
    if (got.what == attempt::result::busy) return report.busy(name);
    if (got.what == attempt::result::poisoned) return report.poisoned(got.about);
    const ending end = run_under(options, engine, got);
    const exit_code code = report.ended(got, end);
    if (end.by_terminal) end_by_interrupt();
    return code;
  } catch (const std::exception& error) {
    return report.failed(error);
  }
}

constexpr const char* lock_details = R"(
Runs COMMAND while no other `holdfast lock NAME` runs. A NAME is a lock of this user, which knows its
owner, tells the next one when the last did not finish (poisoned), and gives each owner a token, a
number that only grows. A PATH is flock(2) on that file, made if it is missing, and the same lock as
that of flock(1).

TIME is in seconds, or has a unit: 1.5s, 200ms, 10m, 2h. Options stand before the name. Signals that
are sent to holdfast go to the command; if holdfast is killed, the command is too. The command has
HOLDFAST_NAME, HOLDFAST_TOKEN, HOLDFAST_POISONED (0 or 1) and HOLDFAST_ENGINE in its environment, and
unless --close is given a descriptor of the lock: what it leaves running keeps the lock.

If the last owner did not finish, the command is not run and the exit code is 78 (fail); or it is run
and told so, and the lock stays poisoned until `holdfast heal` (run); or it is run and that mends the
lock (clean). An owner did not finish if holdfast was killed, or the command ended by a signal that
neither came through holdfast nor from the terminal, or by --poison-on-failure.

Exit code: that of the command, 128 + signal if one ended it; or
  75 busy, or the time of -w was over (-E)    78 poisoned
  64 wrong usage     69 lock not reachable    77 no permission
  126 the command cannot be run               127 it was not found

  holdfast lock nightly -- backup.sh /srv         one at a time, whoever comes next waits
  holdfast lock -n nightly -- backup.sh /srv      or leaves it
  holdfast lock -w 30s deploy -- ./deploy prod
  holdfast lock --slots 4 render -- blender -b x.blend
  holdfast lock -s /srv/data -- rsync -a /srv/data backup:)";

}  // namespace

void add_lock(CLI::App& app, std::vector<std::string>& words, job& chosen) {
  auto* const lock = app.add_subcommand("lock", "Run a command under a lock");
  const auto options = std::make_shared<lock_options>();
  const auto misplaced = std::make_shared<std::string>();
  add_options(*lock, *options);
  lock->formatter(std::make_shared<usage_with_command>());
  lock->footer(lock_details);
  lock->callback([options, misplaced, &chosen] {
    if (!misplaced->empty()) throw CLI::ValidationError(*misplaced);
    if (options->name.empty())
      throw CLI::ValidationError("say which lock, and which command to run under it");
    const lock_name wanted = parse_lock_name(options->name);
    refuse_contradictions(*options, wanted.engine);
    chosen = [options, wanted] { return run_lock(*options, wanted.engine, wanted.name); };
  });
  if (!words.empty() && words.front() == lock->get_name())
    options->command = cut_command(*lock, words, *misplaced);
}

}  // namespace cli
