// SPDX-License-Identifier: BSL-1.0
// Files by Windows, and its locks of bytes, which end with the process that has them.
#if defined(_WIN32)

#include <cerrno>
#include <utility>

#include "holdfast/process/error.hpp"

#include "process/file_calls.hpp"
#include "process/windows_calls.hpp"

namespace holdfast::process::detail {
namespace {

// A lock of Windows keeps others from reading, too; so it is on a byte far behind the end.
constexpr std::uint64_t whole_file_byte = std::uint64_t{3} << 40;

OVERLAPPED at(std::uint64_t place) noexcept {
  OVERLAPPED where{};
  where.Offset = static_cast<DWORD>(place);
  where.OffsetHigh = static_cast<DWORD>(place >> 32U);
  return where;
}

template <class Move, class Byte>
int all_of(Move move, Byte* bytes, std::size_t size, std::uint64_t place) noexcept {
  constexpr std::size_t most = 1U << 30U;
  while (size != 0) {
    DWORD done = 0;
    OVERLAPPED where = at(place);
    if (move(bytes, static_cast<DWORD>(size < most ? size : most), &done, &where) == 0)
      return last_errno();
    if (done == 0) return ENODATA;
    bytes += done;
    place += done;
    size -= done;
  }
  return 0;
}

}  // namespace

int read_at(int file, std::byte* to, std::size_t size, std::uint64_t place) noexcept {
  return all_of(
      [file](std::byte* bytes, DWORD length, DWORD* done, OVERLAPPED* where) {
        return ::ReadFile(handle_of(file), bytes, length, done, where);
      },
      to, size, place);
}

int write_at(int file, const std::byte* from, std::size_t size, std::uint64_t place) noexcept {
  return all_of(
      [file](const std::byte* bytes, DWORD length, DWORD* done, OVERLAPPED* where) {
        return ::WriteFile(handle_of(file), bytes, length, done, where);
      },
      from, size, place);
}

int try_whole_file(int file) noexcept {
  OVERLAPPED where = at(whole_file_byte);
  if (::LockFileEx(handle_of(file), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
                   &where) != 0)
    return 0;
  const int refused = last_errno();
  return refused == EAGAIN ? EWOULDBLOCK : refused;
}

// Not in the kernel: nobody could read through this handle meanwhile.
int wait_for_whole_file(int) noexcept {
  ::Sleep(1);
  return EINTR;
}

void release_whole_file(int file) noexcept {
  OVERLAPPED where = at(whole_file_byte);
  ::UnlockFileEx(handle_of(file), 0, 1, 0, &where);
}

int not_a_standard_stream(file_handle file) noexcept { return file.release(); }

bool leads_to(const std::string&, int) noexcept { return true; }  // what is open keeps its name

int remove_file(const std::string& path, int& file) noexcept {
  file_handle(std::exchange(file, -1));
  return ::DeleteFileW(wide(path).c_str()) != 0 ? 0 : last_errno();
}

void sleep_or_signal(std::int64_t nanoseconds) noexcept {
  ::Sleep(milliseconds_until(deadline::after(nanoseconds)));
}

std::optional<header_read> read_header(std::string_view name, const std::string& path,
                                       std::span<std::byte, header_size> to) {
  // Whoever wants to remove it may do so meanwhile.
  const file_handle file(number_of(::CreateFileW(
      wide(path).c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
      nullptr, OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, nullptr)));
  if (!file) {
    const int refused = last_errno();
    if (refused == ENOENT) return std::nullopt;
    throw_os_error(refused, name, path, "cannot be opened");
  }
  LARGE_INTEGER size{};
  if (::GetFileType(handle_of(file.number())) != FILE_TYPE_DISK ||
      ::GetFileSizeEx(handle_of(file.number()), &size) == 0)
    throw_error(cause::foreign, name, path, "is not a file of holdfast", "Choose another name");
  const auto file_size = static_cast<std::uint64_t>(size.QuadPart);
  const auto length = static_cast<std::size_t>(file_size < to.size() ? file_size : to.size());
  if (const int refused = read_at(file.number(), to.data(), length, 0))
    throw_os_error(refused, name, path, "cannot be read");
  return header_read{length, file_size};
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  WIN32_FIND_DATAW entry;
  const HANDLE search = ::FindFirstFileW(wide(directory + "/*").c_str(), &entry);
  if (search == INVALID_HANDLE_VALUE) {
    const int refused = last_errno();
    if (refused == ENOENT) return names;
    throw_os_error(refused, "", directory, "cannot be read");
  }
  do names.push_back(narrow(entry.cFileName));
  while (::FindNextFileW(search, &entry) != 0);
  ::FindClose(search);
  return names;
}

}  // namespace holdfast::process::detail

#endif
