// SPDX-License-Identifier: BSL-1.0
// How parties are shown.
#include "lock_words.hpp"

#include <chrono>
#include <ctime>

#include <fmt/format.h>

#include "duration.hpp"
#include "output.hpp"

namespace cli {
namespace {

// How long ago, or "" if that is unknown or yet to come.
std::string shown_age(std::int64_t since) {
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const std::chrono::nanoseconds age = now - std::chrono::nanoseconds(since);
  return since == 0 || age.count() < 0 ? "" : shown_duration(age);
}

}  // namespace

std::string words_for(const party& who) {
  std::string text = who.pid != 0 ? fmt::format("pid {}", who.pid) : "a process not to be seen";
  if (!who.command.empty()) text += fmt::format(" ({})", shown_in_short(who.command));
  if (!who.label.empty()) text += fmt::format(" \"{}\"", shown(who.label));
  if (!who.host.empty()) text += fmt::format(" on {}", shown(who.host));
  if (who.has_finished)
    text += " (its command is done)";
  else if (who.has_ended)
    text += " (which is gone)";
  if (who.slot) text += fmt::format(", slot {}", *who.slot);
  if (who.token != 0) text += fmt::format(", token {}", who.token);
  if (who.since != 0) {
    text += fmt::format(", since {}", shown_time(who.since));
    if (const std::string age = shown_age(who.since); !age.empty())
      text += fmt::format(" ({} ago)", age);
  }
  return text;
}

std::string short_words_for(const party& who) {
  std::string text = fmt::format("pid {}", who.pid);
  const std::string& name = who.label.empty() ? who.command : who.label;
  if (!name.empty()) text += fmt::format(" ({})", shown_in_short(name));
  if (const std::string age = shown_age(who.since); !age.empty())
    text += fmt::format(", {} ago", age);
  return text;
}

json json_of(const party& who) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? json() : json(text);
  };
  return {{"pid", who.pid == 0 ? json() : json(who.pid)},
          {"host", text_or_null(who.host)},
          {"label", text_or_null(who.label)},
          {"command", text_or_null(who.command)},
          {"token", who.token == 0 ? json() : json(who.token)},
          {"since", who.since == 0 ? json() : json(shown_time(who.since))},
          {"shared", who.shared},
          {"slot", who.slot ? json(*who.slot) : json()},
          {"finished", who.has_finished},
          {"ended", who.has_ended}};
}

std::string shown_time(std::int64_t nanoseconds) {
  const auto seconds = static_cast<std::time_t>(nanoseconds / 1'000'000'000);
  std::tm parts{};
  char text[32] = "?";
#if defined(_WIN32)
  const bool has_parts = ::gmtime_s(&parts, &seconds) == 0;
#else
  const bool has_parts = ::gmtime_r(&seconds, &parts) != nullptr;
#endif
  if (has_parts) std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string message_of(const std::exception& error) {
  constexpr std::string_view prefix = "holdfast: ";
  const std::string_view text = error.what();
  return std::string(text.starts_with(prefix) ? text.substr(prefix.size()) : text);
}

}  // namespace cli
