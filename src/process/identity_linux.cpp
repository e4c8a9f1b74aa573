// SPDX-License-Identifier: BSL-1.0
// What Linux says about the calling process, and about the time.
#if defined(__linux__)

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "process/find_identity.hpp"

namespace holdfast::process::detail {
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

}  // namespace

void find_out(identity& mine) noexcept {
  mine.start_time = read_start_time();
  struct stat space{};
  mine.pid_namespace = ::stat("/proc/self/ns/pid", &space) == 0 ? space.st_ino : 0;
  mine.pid = static_cast<std::uint32_t>(::getpid());
  mine.uid = ::geteuid();
  mine.boot = read_boot_id();
  char host[sizeof mine.host] = {};
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  copy_text(mine.host, sizeof mine.host, host);
  mine.id = random_id();
}

std::int64_t civil_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

bool utc_of(std::time_t seconds, std::tm& parts) noexcept {
  return ::gmtime_r(&seconds, &parts) != nullptr;
}

}  // namespace holdfast::process::detail

#endif
