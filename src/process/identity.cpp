// SPDX-License-Identifier: BSL-1.0
// What the system says about the calling process.
#include "holdfast/process/identity.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

#include "holdfast/platform/fork.hpp"

namespace holdfast::process {
namespace {

// The first bytes of a file, ended by a zero; empty if it cannot be read.
void read_file(const char* path, char* to, std::size_t size) noexcept {
  to[0] = '\0';
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  const ssize_t got = ::read(file, to, size - 1);
  to[got > 0 ? got : 0] = '\0';
  ::close(file);
}

// Field 22 of /proc/self/stat. The second one is the name in parentheses and may contain anything.
std::uint64_t read_start_time() noexcept {
  char text[1024];
  read_file("/proc/self/stat", text, sizeof text);
  const char* at = std::strrchr(text, ')');
  for (int field = 2; at != nullptr && field < 22; ++field) {
    at = std::strchr(at, ' ');
    if (at != nullptr) ++at;
  }
  return at != nullptr ? std::strtoull(at, nullptr, 10) : 0;
}

boot_id read_boot_id() noexcept {
  char text[64];
  read_file("/proc/sys/kernel/random/boot_id", text, sizeof text);
  boot_id found;
  unsigned digits = 0;
  for (const char* c = text; *c != '\0' && digits < 32; ++c) {
    if (*c == '-' || *c == '\n') continue;
    const int value = *c >= '0' && *c <= '9'   ? *c - '0'
                      : *c >= 'a' && *c <= 'f' ? *c - 'a' + 10
                                               : -1;
    if (value < 0) return {};
    auto& byte = found.bytes[digits++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
  }
  return digits == 32 ? found : boot_id{};
}

std::uint64_t random_id() noexcept {
  std::uint64_t id = 0;
  if (::getrandom(&id, sizeof id, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof id)) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);  // early at boot: no other process has pid and moment
    id = static_cast<std::uint64_t>(::getpid()) << 40 ^
         static_cast<std::uint64_t>(now.tv_sec) << 30 ^ static_cast<std::uint64_t>(now.tv_nsec);
  }
  return id | 1;
}

identity mine;
std::mutex finding_out;

void find_out() noexcept {
  mine.start_time = read_start_time();
  struct stat space{};
  mine.pid_namespace = ::stat("/proc/self/ns/pid", &space) == 0 ? space.st_ino : 0;
  mine.pid = static_cast<std::uint32_t>(::getpid());
  mine.uid = ::geteuid();
  mine.boot = read_boot_id();
  char host[sizeof mine.host] = {};
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  detail::copy_text(mine.host, sizeof mine.host, host);
  mine.id = random_id();
}

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
    find_out();
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
    if (::gmtime_r(&seconds, &parts) != nullptr)
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

std::int64_t civil_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace detail
}  // namespace holdfast::process
