// SPDX-License-Identifier: BSL-1.0
// Messages and the line of JSON of `holdfast lock`.
#include "lock_report.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "holdfast/process/error.hpp"

#include "json_output.hpp"
#include "lock_words.hpp"
#include "output.hpp"

namespace cli {

struct lock_report::outcome {
  const char* result;  // "ran", "busy", "poisoned", "failed"
  int code;
  std::string message;
  std::uint64_t token = 0;
  bool was_poisoned = false;
  int signal = 0;
};

void lock_report::tell(const outcome& what) const {
  if (!options_.json) {
    if (!what.message.empty()) complain(what.message);
    return;
  }
  tell_json({{"name", options_.name},
             {"engine", engine_.name()},
             {"result", what.result},
             {"exit_code", what.code},
             {"signal", what.signal == 0 ? json() : json(what.signal)},
             {"token", what.token == 0 ? json() : json(what.token)},
             {"poisoned", what.was_poisoned},
             {"waited_seconds", std::chrono::duration<double>(waited_).count()},
             {"message", what.message.empty() ? json() : json(what.message)}});
}

exit_code lock_report::busy(const std::string& name) const {
  outcome what{"busy", options_.busy_code, ""};
  if (!options_.quiet) {
    what.message = fmt::format("{} is busy", shown(options_.name));
    try {
      const lock_state state = engine_.look(name);
      if (!state.holders.empty())
        what.message += fmt::format(": held by {}", words_for(state.holders.front()));
      else if (!state.keepers.empty())
        what.message += fmt::format(": kept by {}", words_for(state.keepers.front()));
    } catch (const std::exception& error) {
      static_cast<void>(error);  // who has it is a courtesy; that it is busy is the answer
    }
  }
  tell(what);
  return static_cast<exit_code>(options_.busy_code);
}

exit_code lock_report::poisoned(const std::string& about) const {
  outcome what{"poisoned", lock_poisoned, ""};
  what.was_poisoned = true;
  if (!options_.quiet)
    what.message = fmt::format(
        "{} is poisoned: {} did not finish. See to what it left, then say 'holdfast heal {}', or "
        "lock with --on-poison=run or clean",
        shown(options_.name), about, shown(options_.name));
  tell(what);
  return lock_poisoned;
}

exit_code lock_report::ended(const attempt& got, const ending& end) const {
  outcome what{"ran", end.exit_code, ""};
  what.token = got.lock->token();
  what.was_poisoned = got.was_poisoned;
  what.signal = end.signal;
  if (end.exec_error != 0) {
    what.result = "failed";
    what.message = fmt::format(
        "cannot run {}: {}", shown(options_.command.front()),
        end.refusal.empty() ? std::generic_category().message(end.exec_error) : end.refusal);
  }
  if (end.exec_error != 0 || options_.json) tell(what);
  return static_cast<exit_code>(end.exit_code);
}

exit_code lock_report::failed(const std::exception& error) const {
  const exit_code code = code_for(error);
  tell({"failed", code, message_of(error)});
  return code;
}

exit_code code_for(const std::exception& error) noexcept {
  using holdfast::process::cause;
  if (const auto* own = dynamic_cast<const lock_error*>(&error)) return own->code();
  if (const auto* between = dynamic_cast<const holdfast::process::error*>(&error)) {
    if (between->os_error() == EBUSY) return lock_busy;  // somebody has the file open
    switch (between->why()) {
      case cause::no_permission:
      case cause::read_only:
      case cause::wrong_owner:
        return lock_forbidden;
      case cause::bad_name:
        return lock_usage_error;
      default:
        return lock_unreachable;
    }
  }
  return lock_unreachable;
}

exit_code with_lock_codes(const std::function<exit_code()>& run) {
  try {
    return run();
  } catch (const output_error&) {
    throw;
  } catch (const std::exception& error) {
    complain(message_of(error));
    return code_for(error);
  }
}

}  // namespace cli
