// SPDX-License-Identifier: BSL-1.0
// What Windows says about the calling process, and about the time.
#if defined(_WIN32)

// clang-format off: these need <windows.h> before them
#include "process/windows_calls.hpp"

#include <ntsecapi.h>
#include <winternl.h>
// clang-format on

#include <chrono>
#include <cstring>

#include "process/find_identity.hpp"

namespace holdfast::process::detail {
namespace {

std::uint64_t number_in(const FILETIME& time) noexcept {
  return std::uint64_t{time.dwHighDateTime} << 32U | time.dwLowDateTime;
}

// In units of 100 ns since 1601.
std::uint64_t read_start_time() noexcept {
  FILETIME start{};
  FILETIME end{};
  FILETIME kernel{};
  FILETIME user{};
  return ::GetProcessTimes(::GetCurrentProcess(), &start, &end, &kernel, &user) != 0
             ? number_in(start)
             : 0;
}

// When the system was started. Whoever sets the clock moves that by as much as the bias says.
boot_id read_boot_id() noexcept {
  struct time_of_day {
    std::int64_t boot;
    std::int64_t now;
    std::int64_t time_zone_bias;
    std::uint32_t time_zone;
    std::uint32_t reserved;
    std::int64_t boot_bias;
    std::int64_t sleep_bias;
  } times{};
  boot_id found;
  constexpr auto of_time_of_day = static_cast<SYSTEM_INFORMATION_CLASS>(3);
  if (::NtQuerySystemInformation(of_time_of_day, &times, sizeof times, nullptr) < 0) return found;
  const std::int64_t started = times.boot - times.boot_bias;
  std::memcpy(found.bytes, &started, sizeof started);
  return found;
}

// The last part of the user's SID, which tells the users of a machine apart.
std::uint32_t read_user() noexcept {
  HANDLE token = nullptr;
  if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return 0;
  alignas(TOKEN_USER) unsigned char bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  DWORD size = 0;
  const bool got = ::GetTokenInformation(token, TokenUser, bytes, sizeof bytes, &size) != 0;
  ::CloseHandle(token);
  if (!got) return 0;
  TOKEN_USER user;
  std::memcpy(&user, bytes, sizeof user);
  const unsigned parts = *::GetSidSubAuthorityCount(user.User.Sid);
  return parts != 0 ? *::GetSidSubAuthority(user.User.Sid, parts - 1) : 0;
}

std::uint64_t random_id() noexcept {
  std::uint64_t id = 0;
  if (::RtlGenRandom(&id, sizeof id) == 0)
    id = std::uint64_t{::GetCurrentProcessId()} << 40U ^ read_start_time();
  return id | 1;
}

}  // namespace

void find_out(identity& mine) noexcept {
  mine.start_time = read_start_time();
  mine.pid = ::GetCurrentProcessId();
  mine.uid = read_user();
  mine.boot = read_boot_id();
  wchar_t host[sizeof mine.host] = {};
  DWORD length = sizeof mine.host;
  if (::GetComputerNameExW(ComputerNameDnsHostname, host, &length) == 0) host[0] = L'\0';
  char text[4 * sizeof mine.host] = {};
  ::WideCharToMultiByte(CP_UTF8, 0, host, -1, text, sizeof text - 1, nullptr, nullptr);
  copy_text(mine.host, sizeof mine.host, text);
  mine.id = random_id();
}

std::int64_t civil_now() noexcept {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

bool utc_of(std::time_t seconds, std::tm& parts) noexcept {
  return ::gmtime_s(&parts, &seconds) == 0;
}

}  // namespace holdfast::process::detail

#endif
