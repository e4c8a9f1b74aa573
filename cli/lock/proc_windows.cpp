// SPDX-License-Identifier: BSL-1.0
// What Windows tells of processes.
#if defined(_WIN32)

#include <array>

#include "proc.hpp"
#include "windows_text.hpp"

namespace cli {
namespace {

// Closes itself.
class process_handle {
 public:
  explicit process_handle(pid_t pid)
      : handle_(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE,
                              static_cast<DWORD>(pid))) {}
  process_handle(const process_handle&) = delete;
  process_handle& operator=(const process_handle&) = delete;
  ~process_handle() {
    if (handle_ != nullptr) ::CloseHandle(handle_);
  }
  // Somebody may hold one that has ended.
  bool lives() const noexcept {
    return handle_ != nullptr && ::WaitForSingleObject(handle_, 0) != WAIT_OBJECT_0;
  }
  HANDLE get() const noexcept { return handle_; }

 private:
  HANDLE handle_;
};

}  // namespace

std::optional<process_status> status_of(pid_t pid) {
  const process_handle process(pid);
  FILETIME start{};
  FILETIME end{};
  FILETIME kernel{};
  FILETIME user{};
  if (!process.lives() || ::GetProcessTimes(process.get(), &start, &end, &kernel, &user) == 0)
    return std::nullopt;
  process_status status;
  status.pid = pid;
  status.start_time = std::uint64_t{start.dwHighDateTime} << 32U | start.dwLowDateTime;
  return status;
}

// The name of its program; nothing if that cannot be seen.
std::string command_of(pid_t pid) {
  const process_handle process(pid);
  std::array<wchar_t, 1024> path{};
  DWORD size = path.size();
  if (process.get() == nullptr ||
      ::QueryFullProcessImageNameW(process.get(), 0, path.data(), &size) == 0)
    return {};
  const std::string name = utf8_of({path.data(), size});
  return name.substr(name.find_last_of("\\/") + 1);
}

}  // namespace cli

#endif
