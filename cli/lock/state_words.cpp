// SPDX-License-Identifier: BSL-1.0
// How the state of a lock is shown.
#include "state_words.hpp"

#include <fmt/format.h>

#include "lock_words.hpp"
#include "output.hpp"

namespace cli {
namespace {

const char* name_of(lock_state::use how) noexcept {
  switch (how) {
    case lock_state::use::missing:
      return "missing";
    case lock_state::use::free:
      return "free";
    case lock_state::use::exclusive:
      return "exclusive";
    case lock_state::use::shared:
      return "shared";
    case lock_state::use::slots:
      return "slots";
    case lock_state::use::data:
      return "data";
    case lock_state::use::unknown:
      return "unknown";
  }
  return "?";
}

std::string use_of(const lock_state& state) {
  switch (state.how) {
    case lock_state::use::missing:
      return "free, and was not used yet";
    case lock_state::use::exclusive:
      return "held";
    case lock_state::use::shared:
      return fmt::format("shared by {}", state.holders.size());
    case lock_state::use::slots:
      return counted(state.holders.size(), "slot") + " taken";
    case lock_state::use::data:
      return state.holders.empty() ? "data, not in use" : "data, in use or left in use";
    case lock_state::use::free:
    case lock_state::use::unknown:
      break;
  }
  return name_of(state.how);
}

void add_lines(std::string& text, std::string_view what, const std::vector<party>& parties) {
  for (const party& each : parties) text += fmt::format("  {} {}\n", what, words_for(each));
}

json json_of(const std::vector<party>& parties) {
  json all = json::array();
  for (const party& each : parties) all.push_back(cli::json_of(each));
  return all;
}

}  // namespace

std::string summary_of(const lock_state& state) {
  if (!state.problem.empty()) return shown(state.problem);
  std::string text = use_of(state);
  if (state.poisoned) text += ", poisoned";
  if (!state.waiters.empty()) text += fmt::format(", {} waiting", state.waiters.size());
  return text;
}

std::string words_for(const lock_state& state) {
  std::string text = fmt::format("{}: {}\n", shown(state.name), summary_of(state));
  add_lines(text, "held by", state.holders);
  // As long as the owner lives, those are its command and what that has started.
  bool owner_is_gone = state.holders.empty();
  for (const party& each : state.holders) owner_is_gone |= each.has_ended || each.has_finished;
  add_lines(text, owner_is_gone ? "kept by surviving descendant" : "inherited by", state.keepers);
  add_lines(text, "waited for by", state.waiters);
  if (state.poisoned)
    text += fmt::format("  not finished by {}\n",
                        state.poisoner ? words_for(*state.poisoner) : "somebody unknown");
  if (state.some_unseen)
    text += "  some processes could not be looked at for want of permission; root sees all\n";
  return text;
}

json json_of(const lock_state& state) {
  return {{"name", state.name},
          {"engine", state.engine},
          {"path", state.path.empty() ? json() : json(state.path)},
          {"state", name_of(state.how)},
          {"poisoned", state.poisoned},
          {"token", state.token == 0 ? json() : json(state.token)},
          {"holders", json_of(state.holders)},
          {"keepers", json_of(state.keepers)},
          {"waiters", json_of(state.waiters)},
          {"not_finished_by", state.poisoner ? json_of(*state.poisoner) : json()},
          {"some_unseen", state.some_unseen},
          {"problem", state.problem.empty() ? json() : json(state.problem)}};
}

}  // namespace cli
