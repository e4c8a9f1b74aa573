// SPDX-License-Identifier: BSL-1.0
// Opening a segment: look, check, map; make it if there is none; one for each file.
#include "process/segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/fork.hpp"

#include "process/byte_lock.hpp"
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

struct first_bytes {
  alignas(header) std::byte bytes[header_size];
  std::size_t length = 0;

  first_bytes(const segment_request& wanted, const std::string& path, int file) {
    while (length < sizeof bytes) {
      const ssize_t got =
          ::pread(file, bytes + length, sizeof bytes - length, static_cast<off_t>(length));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw_os_error(errno, wanted.name, path, "cannot be read");
      if (got == 0) break;
      length += static_cast<std::size_t>(got);
    }
  }
};

void check_header(const segment_request& wanted, const std::string& path, int file,
                  std::uint64_t size) {
  const first_bytes found(wanted, path, file);
  if (const auto wrong = examine(found.bytes, found.length, size, wanted.wanted))
    throw_error(wrong->why, wanted.name, path, wrong->what, wrong->remedy);
}

struct stat facts_of(const segment_request& wanted, const std::string& path, int file) {
  struct stat found{};
  if (::fstat(file, &found) != 0) throw_os_error(errno, wanted.name, path, "cannot be looked at");
  return found;
}

// Somebody may have removed it, and somebody else made a new one.
bool is_still_there(const std::string& path, const struct stat& opened) noexcept {
  struct stat now{};
  return ::lstat(path.c_str(), &now) == 0 && now.st_dev == opened.st_dev &&
         now.st_ino == opened.st_ino;
}

// Waits for somebody who is just removing it.
void begin_use(const segment_request& wanted, const std::string& path, int file) {
  if (const int refused = wait_for_byte(file, users_byte, byte_use::read, deadline::never()))
    throw_os_error(refused, wanted.name, path, "cannot be marked as used");
}

[[noreturn]] void throw_comes_and_goes(const segment_request& wanted, const std::string& path) {
  throw_error(cause::failed, wanted.name, path, "comes and goes",
              "Somebody removes it all the time");
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
      reopen(*s);
      if (s->attachment_ != nullptr) s->forked_(s->attachment_);
    }
  }

  // Its name leads to another one by now: it will not be used again.
  static void retire(segment& removed) noexcept {
    if (removed.file_ >= 0) ::close(std::exchange(removed.file_, -1));
    removed.inode_ = 0;  // which the system may give to another one
  }

  // Puts a file of this process's own at the number, in use before the parent's is let go. If it cannot
  // be had: without the parent's where it is what locks, else with it, which still says that it is used.
  static void reopen(segment& of) noexcept {
    if (of.file_ < 0) return;
    char self[40];
    std::snprintf(self, sizeof self, "/proc/self/fd/%d", of.file_);
    const int own = ::open(self, O_RDWR | O_CLOEXEC);
    const bool is_used = of.uses_ != 0;
    const bool done = own >= 0 && (!is_used || try_byte(own, users_byte, byte_use::read) == 0) &&
                      ::dup3(own, of.file_, O_CLOEXEC) == of.file_;
    if (own >= 0) ::close(own);
    if (!done && of.is_locked_by_file_) ::close(std::exchange(of.file_, -1));
  }

  // The file is checked and marked as used. Mapping it is what can still fail.
  segment& add(const segment_request& wanted, std::string path, file_handle file,
               const struct stat& found) {
    const std::lock_guard<std::mutex> hold(access);
    segment* const before = first.load(platform::order::relaxed);
    for (segment* s = before; s != nullptr; s = s->next_) {
      if (s->device_ == found.st_dev && s->inode_ == found.st_ino) {
        if (s->uses_ == 0 && s->file_ >= 0)
          begin_use(wanted, path, s->file_);  // at once: `file` keeps others from removing it
        ++s->uses_;
        return *s;
      }
      if (s->uses_ == 0 && s->path_ == path) retire(*s);
    }
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
    made->file_ = file.release();
    made->uses_ = 1;
    made->is_locked_by_file_ = !has_robust_locks(data.engine);
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
    found = facts_of(wanted, path, file.number());
    if (was_there) {
      check_writers(wanted, path, found);
      check_header(wanted, path, file.number(), static_cast<std::uint64_t>(found.st_size));
    }
    return file;
  }
  throw_comes_and_goes(wanted, path);
}

segment& segment::open(const segment_request& wanted) {
  std::string path = path_of(wanted.name, wanted.wanted.kind, wanted.directory);
  for (int attempt = 0; attempt < attempts; ++attempt) {
    struct stat found{};
    file_handle file = open_file(wanted, path, found);
    begin_use(wanted, path, file.number());
    if (is_still_there(path, found))
      return segment_registry::get().add(wanted, std::move(path), std::move(file), found);
  }
  throw_comes_and_goes(wanted, path);
}

void segment::end_use() noexcept {
  const std::lock_guard<std::mutex> hold(segment_registry::get().access);
  // Explicitly: closing the file would not release it, as it is mapped.
  if (--uses_ == 0 && file_ >= 0) release_byte(file_, users_byte);
}

expectation segment::look(const segment_request& wanted, fixed_header& found) {
  const std::string path = path_of(wanted.name, wanted.wanted.kind, wanted.directory);
  const file_handle file = open_existing(wanted, path);
  if (!file) throw_error(cause::missing, wanted.name, path, "is not there", "");
  const struct stat facts = facts_of(wanted, path, file.number());
  check_writers(wanted, path, facts);
  const first_bytes first(wanted, path, file.number());
  if (const auto wrong =
          examine(first.bytes, first.length, static_cast<std::uint64_t>(facts.st_size)))
    throw_error(wrong->why, wanted.name, path, wrong->what, wrong->remedy);
  std::memcpy(&found, first.bytes, sizeof found);
  return expectation_in(found);
}

bool segment::remove(const segment_request& wanted) {
  const std::string path = path_of(wanted.name, wanted.wanted.kind, wanted.directory);
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const file_handle file = open_existing(wanted, path);
    if (!file) return false;
    const struct stat facts = facts_of(wanted, path, file.number());
    check_writers(wanted, path, facts);
    const first_bytes first(wanted, path, file.number());
    const auto wrong =
        examine(first.bytes, first.length, static_cast<std::uint64_t>(facts.st_size));
    if (wrong && wrong->forbids_removal())
      throw_error(wrong->why, wanted.name, path, wrong->what, wrong->remedy);
    const int refused = try_byte(file.number(), users_byte, byte_use::write);
    if (refused == EAGAIN)
      throw_error(cause::busy, wanted.name, path, "is in use",
                  "Close it first in all processes, this one among them, or end them");
    if (refused != 0) throw_os_error(refused, wanted.name, path, "cannot be locked");
    if (!is_still_there(path, facts)) continue;
    if (::unlink(path.c_str()) == 0) return true;
    throw_os_error(errno, wanted.name, path, "cannot be removed");
  }
  throw_comes_and_goes(wanted, path);
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
