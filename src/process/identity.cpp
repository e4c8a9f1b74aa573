// SPDX-License-Identifier: BSL-1.0
// Who the calling process is, and owners in words.
#include "holdfast/process/identity.hpp"

#include <cstring>
#include <ctime>
#include <mutex>
#include <new>

#include "holdfast/platform/fork.hpp"

#include "process/find_identity.hpp"

namespace holdfast::process {
namespace {

identity mine;
std::mutex finding_out;

// In the child, where only this thread is: somebody else's hands may have been in it at the fork.
void forget() noexcept {
  detail::this_process_id.store(0, platform::order::relaxed);
  new (&finding_out) std::mutex;
}

}  // namespace

constinit platform::atomic<std::uint64_t> detail::this_process_id;

const identity& this_process() noexcept {
  if (detail::this_process_id.load(platform::order::acquire) != 0)  // [PI1] what was found out
    return mine;
  const std::lock_guard<std::mutex> hold(finding_out);
  if (detail::this_process_id.load(platform::order::relaxed) == 0) {
    static bool hooked = false;
    if (!hooked) platform::after_fork_in_child(forget);
    hooked = true;
    detail::find_out(mine);
    detail::this_process_id.store(mine.id, platform::order::release);  // [PI1] gives it away
  }
  return mine;
}

owner_record make_record(std::uint64_t token, std::string_view label) noexcept {
  const identity& me = this_process();
  owner_record record;
  record.token = token;
  record.start_time = me.start_time;
  record.pid_namespace = me.pid_namespace;
  record.since = detail::civil_now();
  record.pid = me.pid;
  record.uid = me.uid;
  record.boot = me.boot;
  std::memcpy(record.host, me.host, sizeof record.host);
  detail::copy_text(record.label, sizeof record.label, label);
  return record;
}

std::string describe(const owner_record& owner) {
  if (owner.token == 0 && owner.pid == 0) return "nobody that is known";
  std::string text = owner.pid != 0 ? "pid " + std::to_string(owner.pid) : "an unknown process";
  if (owner.pid_namespace != 0 && owner.pid_namespace != this_process().pid_namespace)
    text += " of another pid namespace";
  if (const std::string host = detail::readable(owner.host, sizeof owner.host); !host.empty())
    text += " on host \"" + host + "\"";
  if (const std::string label = detail::readable(owner.label, sizeof owner.label); !label.empty())
    text += " (label \"" + label + "\")";
  if (owner.token != 0) text += ", token " + std::to_string(owner.token);
  if (owner.since != 0) {
    const time_t seconds = static_cast<time_t>(owner.since / 1'000'000'000);
    tm parts{};
    char when[48] = "";
    if (detail::utc_of(seconds, parts))
      std::strftime(when, sizeof when, ", since %Y-%m-%d %H:%M:%S UTC", &parts);
    text += when;
  }
  return text;
}

namespace detail {

void copy_text(char* to, std::size_t size, std::string_view text) noexcept {
  std::size_t length = text.size() < size ? text.size() : size - 1;
  if (length < text.size())
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  std::memset(to, 0, size);
  if (length != 0) std::memcpy(to, text.data(), length);  // an empty one may be nowhere
}

std::string readable(const char* text, std::size_t size) {
  std::string result(text, ::strnlen(text, size));
  for (char& c : result)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return result;
}

}  // namespace detail
}  // namespace holdfast::process
