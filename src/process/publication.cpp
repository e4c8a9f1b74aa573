// SPDX-License-Identifier: BSL-1.0
// Files without a name (O_TMPFILE) that are linked when they are complete; where there are none,
// files with a name that nobody looks for.
#include "process/publication.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include "process/since.hpp"

namespace holdfast::process::detail {
namespace {

// A file that is being made, and under which name, if it has one.
struct draft {
  file_handle file;
  std::string name;  // empty: none yet

  draft(const segment_request& wanted, const std::string& path) {
    const std::string directory = path.substr(0, path.rfind('/'));
    file = file_handle(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file) return;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
      throw_os_error(errno, wanted.name, path, "cannot be made");
    // The leading '.' keeps it from being anybody's lock.
    static constinit platform::atomic<unsigned> drafts;
    std::string place = directory + "/.holdfast-" + std::to_string(this_process().id) + "-" +
                        std::to_string(drafts.fetch_add(1, platform::order::relaxed)) + ".draft";
    file = file_handle(
        ::open(place.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) throw_os_error(errno, wanted.name, path, "cannot be made");
    name = std::move(place);
  }
  draft(const draft&) = delete;
  draft& operator=(const draft&) = delete;
  ~draft() {
    if (!name.empty()) ::unlink(name.c_str());
  }
};

// All of it, so that no later write finds the disk full; and without the signal that tells of a
// limit of a file's size.
void reserve(const draft& made, const segment_request& wanted, const std::string& path,
             std::uint64_t size) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      limit.rlim_cur < size)
    throw_os_error(EFBIG, wanted.name, path, "cannot be made");
  int refused = 0;
  do refused = ::posix_fallocate(made.file.number(), 0, static_cast<off_t>(size));
  while (refused == EINTR);
  if (refused != 0) throw_os_error(refused, wanted.name, path, "cannot be made");
}

// Writes the header and lets the opener fill the rest, in place: a lock must not be moved.
void fill(const draft& made, const segment_request& wanted, const std::string& path,
          std::uint64_t size) {
  void* const place =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, made.file.number(), 0);
  if (place == MAP_FAILED) throw_os_error(errno, wanted.name, path, "cannot be mapped");
  struct unmap_at_end {
    void* place;
    std::uint64_t size;
    ~unmap_at_end() { ::munmap(place, size); }
  } const at_end{place, size};
  auto* const head = new (place) header;
  head->origin = tick_origin_now();
  auto* const payload =
      static_cast<std::byte*>(place) + payload_offset(wanted.wanted.payload_align);
  if (wanted.initialise != nullptr) wanted.initialise(wanted.context, *head, payload);
  if (wanted.wanted.payload_copies == 2)
    std::memcpy(payload + payload_stride(wanted.wanted.payload_size, wanted.wanted.payload_align),
                payload, wanted.wanted.payload_size);
  head->fixed = make_fixed_header(wanted.wanted);
  if (!wanted.mapped && ::msync(place, size, MS_SYNC) != 0)  // for who reads it from elsewhere
    throw_os_error(errno, wanted.name, path, "cannot be written");
}

// The errno of giving it its name; 0 if it has it now.
int link(const draft& made, const std::string& path) {
  if (!made.name.empty()) return ::link(made.name.c_str(), path.c_str()) == 0 ? 0 : errno;
  char self[40];
  std::snprintf(self, sizeof self, "/proc/self/fd/%d", made.file.number());
  if (::linkat(AT_FDCWD, self, AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return 0;
  const int refused = errno;
  if (refused != ENOENT) return refused;
  // Without /proc: the privileged may name the file by its number.
  return ::linkat(made.file.number(), "", AT_FDCWD, path.c_str(), AT_EMPTY_PATH) == 0 ? 0 : errno;
}

}  // namespace

file_handle& file_handle::operator=(file_handle&& other) noexcept {
  if (this != &other) {
    if (number_ >= 0) ::close(number_);
    number_ = other.release();
  }
  return *this;
}

file_handle::~file_handle() {
  if (number_ >= 0) ::close(number_);
}

file_handle publish(const segment_request& wanted, const std::string& path) {
  draft made(wanted, path);
  const std::uint64_t size = file_size_for(wanted.wanted);
  reserve(made, wanted, path, size);
  fill(made, wanted, path, size);
  // Whatever umask says: who shares a lock has to be able to write it.
  if (::fchmod(made.file.number(), wanted.permissions) != 0)
    throw_os_error(errno, wanted.name, path, "cannot be given its permissions");
  const int refused = link(made, path);
  if (refused == EEXIST) return file_handle();
  if (refused != 0) throw_os_error(refused, wanted.name, path, "cannot be given its name");
  return std::move(made.file);
}

}  // namespace holdfast::process::detail
