// SPDX-License-Identifier: BSL-1.0
// The options of `holdfast lock`, and what does not go together.
#include "lock_options.hpp"

#include <fmt/format.h>

#include "holdfast/process/lock_file.hpp"

#include "duration.hpp"
#include "output.hpp"

namespace cli {
namespace {

constexpr unsigned slots_at_most = holdfast::process::lock_file::slots_at_most;

std::optional<on_poison> poison_rule(const std::string& word) {
  if (word == "fail") return on_poison::fail;
  if (word == "run") return on_poison::run;
  if (word == "clean") return on_poison::clean;
  return std::nullopt;
}

void refuse_if(bool wrong, const char* what) {
  if (wrong) throw CLI::ValidationError(what);
}

}  // namespace

void add_duration(CLI::App& app, const std::string& names,
                  std::optional<std::chrono::nanoseconds>& value, const std::string& description) {
  app.add_option_function<std::string>(
         names, [&value](const std::string& text) { value = duration_of(text); }, description)
      ->type_name("TIME")
      ->check(CLI::Validator(
          [](const std::string& text) {
            if (duration_of(text)) return std::string();
            return fmt::format("'{}' is no duration; say 90, 1.5s, 200ms, 10m or 2h", shown(text));
          },
          ""));
}

void add_options(CLI::App& lock, lock_options& options) {
  lock.add_option("name", options.name, "A name, or with a slash the path of a file or directory")
      ->type_name("NAME|PATH");
  lock.add_flag("-s,--shared", options.shared, "Let others in that come with -s too");
  lock.add_flag("-n,--no-wait", options.no_wait, "Do not wait: exit with 75 if it is busy");
  add_duration(lock, "-w,--wait", options.wait, "Wait so long at most, then exit with 75");
  lock.add_option("-N,--slots", options.slots, "Let so many in at once that come with --slots")
      ->type_name("K")
      ->check(number_between(1U, slots_at_most));
  lock.add_option("--label", options.label, "What `who` shows, instead of the command's name")
      ->type_name("TEXT");
  lock.add_option_function<std::string>(
          "--on-poison",
          [&options](const std::string& word) { options.poison = poison_rule(word); },
          "If the last owner did not finish: fail (the default), run, clean")
      ->type_name("RULE")
      ->check(CLI::Validator(
          [](const std::string& word) {
            if (poison_rule(word)) return std::string();
            return fmt::format("there is no rule '{}'; say fail, run or clean", shown(word));
          },
          ""));
  lock.add_flag("--poison-on-failure", options.poison_on_failure,
                "Poison the lock if the command exits with anything but 0");
  lock.add_flag("--close", options.close,
                "Free the lock when the command ends, whatever it leaves running");
  add_duration(lock, "--grace", options.grace,
               "Kill the command if it still runs so long after a SIGTERM");
  lock.add_option("-E,--busy-code", options.busy_code, "Exit with N instead of 75")
      ->type_name("N")
      ->check(number_between(0, 255));
  lock.add_flag("-q,--quiet", options.quiet, "Do not say why the command was not run");
  lock.add_flag("--json", options.json, "Tell at the end what happened, in JSON on standard error");
}

void refuse_contradictions(const lock_options& options, const engine& engine) {
  refuse_if(options.command.empty(), "say which command to run under the lock, behind the name");
  refuse_if(options.no_wait && options.wait.has_value(), "-n and -w contradict each other");
  refuse_if(options.shared && options.slots != 0, "-s and --slots contradict each other");
  refuse_if(options.shared && options.poison_on_failure,
            "--poison-on-failure is for owners that change something, not for -s");
  refuse_if(options.shared && options.poison == on_poison::clean,
            "--on-poison=clean is for owners that change something, not for -s");
#if defined(_WIN32)
  refuse_if(options.grace.has_value(), "--grace is about SIGTERM, which Windows does not have");
#endif
  if (engine.has_header()) return;
  refuse_if(options.slots != 0, "--slots needs a name; a path is a plain flock(2)");
  refuse_if(options.poison.has_value() || options.poison_on_failure,
            "poison needs a name; a path is a plain flock(2), which nobody is told of");
}

}  // namespace cli
