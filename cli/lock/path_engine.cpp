// SPDX-License-Identifier: BSL-1.0
// A path: flock(2) on that file or directory and nothing else, as flock(1) does, which it excludes
// and is excluded by.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "engine.hpp"
#include "file_descriptor.hpp"
#include "file_users.hpp"
#include "output.hpp"
#include "wait_alarm.hpp"

namespace cli {
namespace {

[[noreturn]] void refuse(const std::string& path, std::string_view what, int error) {
  const bool forbidden = error == EACCES || error == EPERM || error == EROFS;
  throw lock_error(
      forbidden ? lock_forbidden : lock_unreachable,
      fmt::format("{}: {}: {}", shown(path), what, std::generic_category().message(error)));
}

// Made if it is missing, but not before: in a directory that all may write, the kernel refuses
// O_CREAT for a file of somebody else (fs.protected_regular), and for a directory it always does.
file_descriptor open_path(const std::string& path, int access) {
  constexpr int flags =
      O_NOCTTY | O_CLOEXEC | O_NONBLOCK;  // a pipe without a writer is no reason to wait
  constexpr mode_t mode = 0666;           // less the umask, as flock(1) has it
  int file = ::open(path.c_str(), access | flags);
  if (file < 0 && errno == ENOENT)
    file = ::open(path.c_str(), access | O_CREAT | flags, mode);
  else if (file < 0 && errno == EACCES && access == O_RDONLY)
    file = ::open(path.c_str(), O_WRONLY | flags);  // may be written and not read: as good
  if (file < 0) refuse(path, "cannot open", errno);
  return not_a_standard_stream(file_descriptor(file));
}

// Somebody may have replaced the file while we waited: then what we have locked is no longer what
// others lock.
bool is_still_there(const file_descriptor& file, const std::string& path) {
  struct stat ours{};
  struct stat theirs{};
  return ::fstat(file.get(), &ours) == 0 && ::stat(path.c_str(), &theirs) == 0 &&
         ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

class held_path final : public held_lock {
 public:
  explicit held_path(file_descriptor file) : file_(std::move(file)) {}
  std::uint64_t token() const noexcept override { return 0; }
  int descriptor() const noexcept override { return file_.get(); }
  void begin() override {}
  // By closing and not by LOCK_UN, which would take it from those who have inherited it.
  void finish(work /*how*/) override { file_.close(); }

 private:
  file_descriptor file_;
};

// The error of flock, or 0.
int lock_now(const file_descriptor& file, int how) noexcept {
  return ::flock(file.get(), how | LOCK_NB) == 0 ? 0 : errno;
}

class flock_engine final : public engine {
 public:
  std::string_view name() const noexcept override { return "flock"; }
  bool has_header() const noexcept override { return false; }
  attempt acquire(const lock_request& request) const override;
  lock_state look(const std::string& lock) const override;
};

attempt flock_engine::acquire(const lock_request& request) const {
  const int how = request.how == sharing::shared ? LOCK_SH : LOCK_EX;
  int access = O_RDONLY;
  for (;;) {
    file_descriptor file = open_path(request.name, access);
    int error = lock_now(file, how);
    if (error == EWOULDBLOCK) {
      const wait_alarm alarm(request.until);
      do {
        if (request.until.has_passed()) return {};
        error = ::flock(file.get(), how) == 0 ? 0 : errno;
      } while (error == EINTR);
    }
    // NFS wants a descriptor for writing to lock exclusively.
    if ((error == EBADF || error == EIO) && how == LOCK_EX && access == O_RDONLY) {
      access = O_RDWR;
      continue;
    }
    if (error != 0) refuse(request.name, "cannot lock", error);
    if (!is_still_there(file, request.name)) continue;
    attempt got;
    got.what = attempt::result::acquired;
    got.lock = std::make_unique<held_path>(std::move(file));
    return got;
  }
}

bool holds_flock(const file_user& user) {
  return std::any_of(user.holds.begin(), user.holds.end(),
                     [](const kernel_lock& lock) { return lock.kind == kernel_lock::form::flock; });
}

bool is_among(const std::vector<party>& parties, pid_t pid) {
  return std::any_of(parties.begin(), parties.end(), [pid](const party& each) {
    return !each.has_ended && each.pid == static_cast<std::uint32_t>(pid);
  });
}

// The kernel names who took a lock, also when it is gone and its descriptor lives on in others; the
// pid may be somebody else's by now.
void find_the_gone(const file_users& found, std::vector<party>& holders) {
  for (party& each : holders) {
    const auto is_it = [&](const file_user& user) {
      return static_cast<std::uint32_t>(user.pid) == each.pid && holds_flock(user);
    };
    const bool has_it = std::any_of(found.users.begin(), found.users.end(), is_it);
    each.has_ended = !has_it && (!found.some_unseen || each.since == 0);
    if (!each.has_ended) continue;
    each.command.clear();
    each.since = 0;
  }
}

lock_state flock_engine::look(const std::string& lock) const {
  lock_state state;
  state.name = state.path = lock;
  state.engine = name();
  struct stat file{};
  if (::stat(lock.c_str(), &file) != 0) {
    if (errno != ENOENT) refuse(lock, "cannot be looked at", errno);
    return state;
  }
  state.how = lock_state::use::free;
  for (const kernel_lock& each : locks_on(file)) {
    if (each.kind != kernel_lock::form::flock) continue;
    party who = party_of(each.pid);
    who.shared = !each.writes;
    (each.waits ? state.waiters : state.holders).push_back(std::move(who));
    if (!each.waits) state.how = each.writes ? lock_state::use::exclusive : lock_state::use::shared;
  }
  const file_users found = users_of(file);
  state.some_unseen = found.some_unseen;
  find_the_gone(found, state.holders);
  for (const file_user& user : found.users) {
    if (!holds_flock(user) || is_among(state.holders, user.pid)) continue;
    state.keepers.push_back(party_of(user.pid));
    if (state.how != lock_state::use::free) continue;
    // Taken in another pid namespace: /proc/locks leaves it out.
    state.how = user.holds.front().writes ? lock_state::use::exclusive : lock_state::use::shared;
  }
  return state;
}

}  // namespace

const engine& path_engine() {
  static const flock_engine the_engine;
  return the_engine;
}

}  // namespace cli
