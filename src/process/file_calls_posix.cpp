// SPDX-License-Identifier: BSL-1.0
// Files by POSIX, and the locks of open files of Linux.
#if !defined(_WIN32)

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <memory>

#include "holdfast/process/error.hpp"

#include "process/file_calls.hpp"
#include "process/header.hpp"

namespace holdfast::process::detail {
namespace {

// A file may be written in parts, and may end early when somebody has cut it off.
template <class Move, class Byte>
int all_of(Move move, int file, Byte* bytes, std::size_t size, std::uint64_t place) noexcept {
  while (size != 0) {
    const ssize_t done = move(file, bytes, size, static_cast<off_t>(place));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno;
    if (done == 0) return ENODATA;
    bytes += done;
    place += static_cast<std::uint64_t>(done);
    size -= static_cast<std::size_t>(done);
  }
  return 0;
}

// All that a file can be, but for the bytes beyond, which say other things. Locks of the open file and
// not of the process: those would be gone when anybody in the process closes the file.
int lock_with(int file, int operation, short kind) noexcept {
  struct flock range{};
  range.l_type = kind;
  range.l_whence = SEEK_SET;
  range.l_len = largest_file;
  if (::fcntl(file, operation, &range) == 0) return 0;
  return errno == EACCES ? EWOULDBLOCK : errno;
}

static_assert(EAGAIN == EWOULDBLOCK);

}  // namespace

int read_at(int file, std::byte* to, std::size_t size, std::uint64_t place) noexcept {
  return all_of(::pread, file, to, size, place);
}

int write_at(int file, const std::byte* from, std::size_t size, std::uint64_t place) noexcept {
  return all_of(::pwrite, file, from, size, place);
}

int try_whole_file(int file) noexcept { return lock_with(file, F_OFD_SETLK, F_WRLCK); }
int wait_for_whole_file(int file) noexcept { return lock_with(file, F_OFD_SETLKW, F_WRLCK); }
void release_whole_file(int file) noexcept {
  static_cast<void>(lock_with(file, F_OFD_SETLK, F_UNLCK));
}

int not_a_standard_stream(file_handle file) noexcept {
  const int other = file.number() <= STDERR_FILENO
                        ? ::fcntl(file.number(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                        : -1;
  return other >= 0 ? other : file.release();
}

bool leads_to(const std::string& path, int file) noexcept {
  struct stat ours{};
  struct stat theirs{};
  return ::fstat(file, &ours) == 0 && ::stat(path.c_str(), &theirs) == 0 &&
         ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

int remove_file(const std::string& path, int&) noexcept {
  return ::unlink(path.c_str()) == 0 ? 0 : errno;
}

void sleep_or_signal(std::int64_t nanoseconds) noexcept {
  const timespec pause{static_cast<time_t>(nanoseconds / 1'000'000'000),
                       static_cast<long>(nanoseconds % 1'000'000'000)};
  ::nanosleep(&pause, nullptr);
}

std::optional<header_read> read_header(std::string_view name, const std::string& path,
                                       std::span<std::byte, header_size> to) {
  const file_handle file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file) {
    if (errno == ENOENT) return std::nullopt;
    throw_os_error(errno, name, path, "cannot be opened");
  }
  struct stat found{};
  if (::fstat(file.number(), &found) != 0 || !S_ISREG(found.st_mode))
    throw_error(cause::foreign, name, path, "is not a file of holdfast", "Choose another name");
  const ssize_t length = ::pread(file.number(), to.data(), to.size(), 0);
  if (length < 0) throw_os_error(errno, name, path, "cannot be read");
  return header_read{static_cast<std::size_t>(length), static_cast<std::uint64_t>(found.st_size)};
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
  if (open == nullptr) {
    if (errno == ENOENT) return names;
    throw_os_error(errno, "", directory, "cannot be read");
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): this stream is ours
  while (const dirent* entry = ::readdir(open.get())) names.emplace_back(entry->d_name);
  return names;
}

}  // namespace holdfast::process::detail

#endif
