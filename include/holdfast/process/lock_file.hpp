// SPDX-License-Identifier: BSL-1.0
// The file behind `holdfast lock NAME`: a lock without data that commands hold as long as they or
// what they leave behind have it open, and that tells who has it and who did not finish.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/process/identity.hpp"

namespace holdfast::process {

// How it is held: by one alone; by many who come for that; by one of so many who come for a slot.
enum class hold_kind : std::uint8_t { exclusive, shared, slot };

struct hold_wish {
  hold_kind how = hold_kind::exclusive;
  unsigned slots = 0;  // for hold_kind::slot: 1 to lock_file::slots_at_most
  std::string_view label;
};

// Who holds or waits, as it wrote itself down.
struct lock_file_party {
  owner_record who;
  hold_kind how = hold_kind::exclusive;
  unsigned slot = 0;
  bool has_finished = false;  // its work is done; what it left running keeps the lock
};

// What a look at the file says; all of it may have changed meanwhile.
struct lock_file_view {
  std::string path;
  bool is_held = false;
  hold_kind how = hold_kind::exclusive;
  std::uint64_t token = 0;              // of the newest owner
  std::optional<owner_record> culprit;  // who did not finish: the lock is poisoned
  std::vector<lock_file_party> holders;
  std::vector<lock_file_party> waiters;  // the longest first
};

// An open lock file. Kernel locks on bytes of the open file (F_OFD_SETLK) do the excluding: they
// belong to the descriptor, so that a child that inherits it keeps the lock, and end with the last
// process that has it. One object is for one thread at a time. On Windows they are by LockFileEx, which
// no child inherits.
class HOLDFAST_EXPORT lock_file {
 public:
  static constexpr unsigned slots_at_most = 256;
  // What owners have locked, as /proc/locks and /proc/PID/fdinfo name it.
  static constexpr std::uint64_t owners_byte = std::uint64_t{2} << 40;

  // Opens it, and makes it first if it is missing. `directory` as path_of has it. Throws error.
  explicit lock_file(std::string_view name, std::string_view directory = {});
  // Nothing if there is none.
  static std::optional<lock_file> find(std::string_view name, std::string_view directory = {});

  lock_file(lock_file&& other) noexcept;
  lock_file& operator=(lock_file&&) = delete;
  // Closes. What begin() marked stays marked, as if the process had been killed.
  ~lock_file();

  // False: it was not to be had until the deadline. A deadline is noticed when a signal handler
  // (without SA_RESTART) has interrupted the wait: whoever gives one has a timer for it.
  bool lock(const hold_wish& wish, const deadline& until);

  // The one who did not finish, as found by lock().
  const std::optional<owner_record>& culprit() const noexcept { return culprit_; }

  // Marks the file dirty and gives the token: from here on, who dies leaves it poisoned. A shared
  // holder leaves no mark, and has the token of the newest owner.
  std::uint64_t begin();

  // The work is done, or was cut off and the next one is told. Closes the descriptor: those who
  // have inherited it keep the lock.
  enum class work : bool { finished, cut_off };
  void finish(work how);

  // Lets go of what lock() took, without a trace; not after begin().
  void unlock();

  // The next owner is not told any more. By an owner that is exclusive or has a slot.
  void clear_poison();
  // The same for a process that works on behalf of the owner with this token, as its command does.
  // False: that is not the owner.
  bool clear_poison_for(std::uint64_t token);

  // Takes the file away; by an exclusive owner. Who waits for it finds out and makes a new one,
  // whose tokens are greater.
  void remove();

  lock_file_view look() const;

  int descriptor() const noexcept { return file_; }
  const std::string& path() const noexcept { return path_; }
  std::optional<unsigned> slot() const noexcept { return slot_; }

 private:
  lock_file() = default;
  void open(bool make);
  bool is_current() const;
  bool try_lock(const hold_wish& wish);
  bool wait_for_lock(const hold_wish& wish, const deadline& until);
  bool wait_in_queue(const hold_wish& wish, const deadline& until);
  bool lock_this_file(const hold_wish& wish, const deadline& until);
  bool take_slot(unsigned slots);
  void settle();
  void settle_slots();
  void enter_visitor(const hold_wish& wish, bool holds);
  void leave_visitor();
  void set_culprit(const owner_record& who, std::uint64_t token);

  std::string name_;
  std::string directory_;
  std::string path_;
  int file_ = -1;
  hold_kind how_ = hold_kind::exclusive;
  std::string label_;
  std::optional<unsigned> slot_;
  std::optional<unsigned> visitor_;
  std::uint64_t token_ = 0;
  std::optional<owner_record> culprit_;
};

}  // namespace holdfast::process
