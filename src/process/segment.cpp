// SPDX-License-Identifier: BSL-1.0
// Opening a segment: look, check, map; make it if there is none; one for each file.
#include "process/segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <mutex>
#include <new>

#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/fork.hpp"

#include "process/publication.hpp"

namespace holdfast::process::detail {
namespace {

constexpr mode_t of_others = S_IRWXG | S_IRWXO;
constexpr mode_t writable_by_others = S_IWGRP | S_IWOTH;

// Somebody who removes files may come in between: then it is missing again after it was there.
constexpr int attempts = 1000;

// Never with O_CREAT: that fails for files of others in sticky directories (fs.protected_regular).
file_handle open_existing(const segment_request& wanted, const std::string& path) {
  file_handle file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (file || errno == ENOENT) return file;
  if (errno == EISDIR || errno == ENXIO || errno == ENODEV)
    throw_error(cause::foreign, wanted.name, path, "is not a file of holdfast",
                "Choose another name");
  throw_os_error(errno, wanted.name, path, "cannot be opened");
}

// Who may write it: whoever can, can break the lock and this process with it.
void check_writers(const segment_request& wanted, const std::string& path,
                   const struct stat& found) {
  if (!S_ISREG(found.st_mode))
    throw_error(cause::foreign, wanted.name, path, "is not a regular file", "Choose another name");
  if ((wanted.permissions & of_others) != 0) return;
  constexpr const char* remedy =
      "Whoever may write it may break it: if these users trust each other, open it with "
      "permissions "
      "that name them";
  if (found.st_uid != ::geteuid())
    throw_error(cause::wrong_owner, wanted.name, path,
                "belongs to the user " + std::to_string(found.st_uid) + ", not to " +
                    std::to_string(::geteuid()),
                remedy);
  if ((found.st_mode & writable_by_others) != 0)
    throw_error(cause::wrong_owner, wanted.name, path, "can be written by other users", remedy);
}

void check_header(const segment_request& wanted, const std::string& path, int file,
                  std::uint64_t size) {
  alignas(header) std::byte bytes[header_size];
  std::size_t length = 0;
  while (length < sizeof bytes) {
    const ssize_t got =
        ::pread(file, bytes + length, sizeof bytes - length, static_cast<off_t>(length));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_os_error(errno, wanted.name, path, "cannot be read");
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  if (const auto wrong = examine(bytes, length, size, wanted.wanted))
    throw_error(wrong->why, wanted.name, path, wrong->what, wrong->remedy);
}

}  // namespace

// Never destroyed: threads may use their locks until the very end of the process.
struct segment_registry {
  std::mutex access;
  platform::atomic<segment*> first;

  static segment_registry& get() {
    static segment_registry* const registry = [] {
      auto* const made = new segment_registry;
      platform::after_fork_in_child([] { get().forked(); });
      return made;
    }();
    return *registry;
  }

  // In the child: another thread may have been in here when the process forked, so that only what
  // was linked whole is there.
  void forked() noexcept {
    new (&access) std::mutex;
    for (segment* s = first.load(platform::order::acquire); s != nullptr; s = s->next_) {  // [PS1]
      if (s->file_ >= 0 && !reopen(s->file_)) s->file_ = -1;
      if (s->attachment_ != nullptr) s->forked_(s->attachment_);
    }
  }

  // Puts a file of this process's own at the number. False: closed.
  static bool reopen(int file) noexcept {
    char self[40];
    std::snprintf(self, sizeof self, "/proc/self/fd/%d", file);
    const int own = ::open(self, O_RDWR | O_CLOEXEC);
    const bool done = own >= 0 && ::dup3(own, file, O_CLOEXEC) == file;
    if (own >= 0) ::close(own);
    if (!done) ::close(file);
    return done;
  }

  // The file is checked. Mapping it is what can still fail.
  segment& add(const segment_request& wanted, std::string path, file_handle file,
               const struct stat& found) {
    const std::lock_guard<std::mutex> hold(access);
    segment* const before = first.load(platform::order::relaxed);
    for (segment* s = before; s != nullptr; s = s->next_)
      if (s->device_ == found.st_dev && s->inode_ == found.st_ino) return *s;
    std::unique_ptr<segment> made(new segment);
    const expectation& data = wanted.wanted;
    made->size_ = static_cast<std::uint64_t>(found.st_size);
    made->offset_ = payload_offset(data.payload_align);
    made->stride_ = payload_stride(data.payload_size, data.payload_align);
    made->payload_size_ = data.payload_size;
    made->device_ = found.st_dev;
    made->inode_ = found.st_ino;
    made->name_ = wanted.name;
    made->path_ = std::move(path);
    if (wanted.mapped) {
      void* const place =
          ::mmap(nullptr, made->size_, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
      if (place == MAP_FAILED) throw_os_error(errno, made->name_, made->path_, "cannot be mapped");
      made->head_ = std::launder(reinterpret_cast<header*>(place));
      made->payload_ = static_cast<std::byte*>(place) + made->offset_;
    }
    if (!has_robust_locks(data.engine)) made->file_ = file.release();
    made->next_ = before;
    first.store(made.get(), platform::order::release);  // [PS1] linked when it is whole
    return *made.release();
  }
};

file_handle open_file(const segment_request& wanted, const std::string& path, file_facts& found) {
  for (int attempt = 0; attempt < attempts; ++attempt) {
    file_handle file;
    if (wanted.how != opening::exclusive) file = open_existing(wanted, path);
    const bool was_there = static_cast<bool>(file);
    if (!was_there) {
      if (wanted.how == opening::open_only)
        throw_error(cause::missing, wanted.name, path, "is not there", "Make it first");
      file = publish(wanted, path);
      if (!file && wanted.how == opening::exclusive)
        throw_error(cause::exists, wanted.name, path, "is there already",
                    "Open it, or choose another name");
      if (!file) continue;  // somebody else's came first
    }
    if (::fstat(file.number(), &found) != 0)
      throw_os_error(errno, wanted.name, path, "cannot be looked at");
    if (was_there) {
      check_writers(wanted, path, found);
      check_header(wanted, path, file.number(), static_cast<std::uint64_t>(found.st_size));
    }
    return file;
  }
  throw_error(cause::failed, wanted.name, path, "comes and goes",
              "Somebody removes it all the time");
}

segment& segment::open(const segment_request& wanted) {
  std::string path = path_of(wanted.name, wanted.wanted.kind, wanted.directory);
  struct stat found{};
  file_handle file = open_file(wanted, path, found);
  return segment_registry::get().add(wanted, std::move(path), std::move(file), found);
}

void* segment::attachment(void* (*make)(segment&), void (*forked)(void*)) {
  const std::lock_guard<std::mutex> hold(segment_registry::get().access);
  if (attachment_ == nullptr) {
    forked_ = forked;
    attachment_ = make(*this);
  }
  return attachment_;
}

}  // namespace holdfast::process::detail
