// SPDX-License-Identifier: BSL-1.0
// What a mutex between processes does, without its type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "holdfast/base/config.hpp"
#include "holdfast/process/error.hpp"
#include "holdfast/process/identity.hpp"
#include "holdfast/process/options.hpp"
#include "holdfast/process/poisoned.hpp"
#include "holdfast/process/wait_limits.hpp"

namespace holdfast::process::detail {

class lock_engine;
struct marks;
struct segment_request;

// How an attempt ended. With a token the caller is the owner.
struct taken {
  std::uint64_t token = 0;
  std::uint64_t poisoned_by = 0;  // the token of the owner that did not finish; 0: all have
  explicit operator bool() const noexcept { return token != 0; }
};

// The data, for who opens.
struct type_facts {
  std::size_t size;
  std::size_t align;
  const char* compiler_name;  // the text of holdfast::detail::name_of
  const char* name;           // of the user, or null
  bool copied_by_bytes;
  void (*make)(void* context, void* place);  // puts the first value into a new segment
  void* context;
  bool for_readers = false;  // it is the data of a shared_mutex
};

// How an attempt to read ended.
struct reading {
  bool entered = false;
  bool was_poisoned = false;
  unsigned seat = 0;
  explicit operator bool() const noexcept { return entered; }
};

// One opening of a mutex. Its members throw error and nothing else, and then nothing is held.
class HOLDFAST_EXPORT access {
 public:
  static access* open(std::string_view name, const options& how, const type_facts& type);
  // Without knowing the type of its data: whatever there is. Its data are not to be touched.
  static access* open_whatever(std::string_view name, const options& how);
  static void close(access* opened) noexcept;
  access(const access&) = delete;
  access& operator=(const access&) = delete;

  taken lock();
  taken try_lock();
  taken lock(const wait_limits& limits);

  // For the readers of a shared_mutex; the others are its writers'.
  reading lock_shared(const wait_limits& limits);
  reading try_lock_shared();
  void unlock_shared(const reading& mine) noexcept;
  [[noreturn]] void refuse_shared(const reading& mine);
  [[noreturn]] void report_poison_to_reader() const;

  // By the owner of `token`; what does not own it, as a guard in the child of a fork, does nothing.
  // Clean, or with the mark left for the next.
  void unlock(std::uint64_t token) noexcept;
  void abandon(std::uint64_t token) noexcept;

  // By an owner: no longer poisoned.
  void forgive() noexcept;

  // The same by somebody who waits for the lock and touches nothing else. Gives who did not finish.
  // Throws error (busy) if a limit was reached.
  std::optional<owner_record> heal(const wait_limits& limits);

  // By an owner who was told and does not want it: releases, leaves it poisoned and throws poisoned.
  [[noreturn]] void refuse(std::uint64_t token);
  [[noreturn]] void report_poison() const;  // the same without releasing

  // By an owner: releases, and sleeps until another owner has released, or for a while.
  void await_change(std::uint64_t token, const wait_limits& limits) noexcept;

  bool is_poisoned();
  void clear_poison();

  // Throws error (unsupported) if the data are not kept twice.
  void require_committed() const;

  // The data of the owner.
  void* value() const noexcept { return value_; }

 private:
  static access* open_as(const segment_request& wanted, const options& how);
  access(lock_engine& engine, const options& how) noexcept;
  ~access() = default;

  enum class ending : unsigned char;

  taken enter(std::uint64_t now);
  taken enter_short(std::uint64_t now);
  HOLDFAST_COLD taken enter_slow(std::uint64_t now);
  HOLDFAST_COLD taken lock_slow();
  HOLDFAST_COLD taken lock_after(int result, std::uint64_t now);
  void note_poison() noexcept;
  HOLDFAST_COLD void leave(std::uint64_t token, ending how) noexcept;
  bool owns(std::uint64_t token) const noexcept;
  bool is_held_by_caller() const noexcept;
  std::uint64_t id() const noexcept;
  void refuse_to_wait_for_itself() const;
  reading enter_shared(unsigned seat) const noexcept;
  owner_record culprit_for_reader() const noexcept;
  [[noreturn]] void throw_here(cause why, const char* what, const char* remedy) const;

  // Fixed after construction; beside each other, as a pair needs them before the lock.
  lock_engine& engine_;
  void* robust_;  // a pthread_mutex_t; null where the engine is another, or the data are kept twice
  marks* marks_;
  void* value_ = nullptr;  // by the owner
  std::uint64_t opening_id_;
  bool twice_;
  char label_[64];
};

// "T" out of the text of holdfast::detail::name_of.
HOLDFAST_EXPORT std::string_view type_in(const char* compiler_name) noexcept;

}  // namespace holdfast::process::detail
