// SPDX-License-Identifier: BSL-1.0
// The locks of Rust's standard library and of its crate parking_lot, through the functions of
// bench/rust/lib.rs: each use is a call, which the floor `two calls` shows alone.
#pragma once

#include <cstddef>

#include "contenders/cell.hpp"
#include "contenders/queues.hpp"
#include "contenders/rw_locks.hpp"

// The functions of one library, and a type that stands for them.
#define HOLDFAST_BENCH_RUST(library)                                               \
  extern "C" {                                                                     \
  void library##_mutex_init(void*) noexcept;                                       \
  std::size_t library##_mutex_bytes() noexcept;                                    \
  void library##_mutex_lock(void*) noexcept;                                       \
  void library##_mutex_unlock(void*) noexcept;                                     \
  void library##_rw_lock_init(void*) noexcept;                                     \
  std::size_t library##_rw_lock_bytes() noexcept;                                  \
  void library##_rw_lock_lock(void*) noexcept;                                     \
  void library##_rw_lock_unlock(void*) noexcept;                                   \
  void library##_rw_lock_lock_shared(void*) noexcept;                              \
  void library##_rw_lock_unlock_shared(void*) noexcept;                            \
  void library##_condition_init(void*) noexcept;                                   \
  void library##_condition_wait(void*, void*) noexcept;                            \
  void library##_condition_notify_one(void*) noexcept;                             \
  void library##_condition_notify_all(void*) noexcept;                             \
  }                                                                                \
  namespace bench::detail {                                                        \
  struct library {                                                                 \
    static constexpr auto mutex_init = library##_mutex_init;                       \
    static constexpr auto mutex_bytes = library##_mutex_bytes;                     \
    static constexpr auto mutex_lock = library##_mutex_lock;                       \
    static constexpr auto mutex_unlock = library##_mutex_unlock;                   \
    static constexpr auto rw_lock_init = library##_rw_lock_init;                   \
    static constexpr auto rw_lock_bytes = library##_rw_lock_bytes;                 \
    static constexpr auto rw_lock_lock = library##_rw_lock_lock;                   \
    static constexpr auto rw_lock_unlock = library##_rw_lock_unlock;               \
    static constexpr auto rw_lock_lock_shared = library##_rw_lock_lock_shared;     \
    static constexpr auto rw_lock_unlock_shared = library##_rw_lock_unlock_shared; \
    static constexpr auto condition_init = library##_condition_init;               \
    static constexpr auto condition_wait = library##_condition_wait;               \
    static constexpr auto condition_notify_one = library##_condition_notify_one;   \
    static constexpr auto condition_notify_all = library##_condition_notify_all;   \
  };                                                                               \
  }
HOLDFAST_BENCH_RUST(rust_std)
HOLDFAST_BENCH_RUST(rust_parking_lot)
#undef HOLDFAST_BENCH_RUST

namespace bench {

namespace detail {

// The memory of a Rust object, and its address for Rust. The object itself has fewer bytes: lib.rs
// keeps a guard beside it.
template <std::size_t Bytes, auto Init>
class rust_place {
 public:
  rust_place() noexcept { Init(bytes_); }
  rust_place(const rust_place&) = delete;
  rust_place& operator=(const rust_place&) = delete;

  void* address() noexcept { return bytes_; }

 private:
  alignas(8) std::byte bytes_[Bytes];
};

template <class Rust>
class rust_mutex : public rust_place<32, Rust::mutex_init> {
 public:
  void lock() noexcept { Rust::mutex_lock(this->address()); }
  void unlock() noexcept { Rust::mutex_unlock(this->address()); }
  static std::size_t bytes() noexcept { return Rust::mutex_bytes(); }
};

template <class Rust>
class rust_rw_lock : public rust_place<64, Rust::rw_lock_init> {
 public:
  void lock() noexcept { Rust::rw_lock_lock(this->address()); }
  void unlock() noexcept { Rust::rw_lock_unlock(this->address()); }
  void lock_shared() noexcept { Rust::rw_lock_lock_shared(this->address()); }
  void unlock_shared() noexcept { Rust::rw_lock_unlock_shared(this->address()); }
  static std::size_t bytes() noexcept { return Rust::rw_lock_bytes(); }
};

template <class Rust>
class rust_condition : public rust_place<32, Rust::condition_init> {
 public:
  void wait(rust_mutex<Rust>& lock) noexcept {
    Rust::condition_wait(this->address(), lock.address());
  }
  void notify_one() noexcept { Rust::condition_notify_one(this->address()); }
  void notify_all() noexcept { Rust::condition_notify_all(this->address()); }
};

template <class Rust>
struct rust_condition_with_mutex {
  using lock_type = rust_mutex<Rust>;
  using condition_type = with_predicate<rust_condition<Rust>>;
};

}  // namespace detail

struct rust_std_mutex : with_lock<detail::rust_mutex<detail::rust_std>> {
  static constexpr const char* name = "Rust std Mutex";
};
struct rust_std_rw_lock : writing<detail::rust_rw_lock<detail::rust_std>> {
  static constexpr const char* name = "Rust std RwLock";
};
struct rust_std_rw_lock_read : reading<detail::rust_rw_lock<detail::rust_std>> {
  static constexpr const char* name = "Rust std RwLock, read";
};
struct rust_std_condition : detail::rust_condition_with_mutex<detail::rust_std> {
  static constexpr const char* name = "Rust std Condvar";
  static constexpr const char* queue_name = "Rust std Mutex and two Condvars";
};

struct parking_lot_mutex : with_lock<detail::rust_mutex<detail::rust_parking_lot>> {
  static constexpr const char* name = "Rust parking_lot Mutex";
};
struct parking_lot_rw_lock : writing<detail::rust_rw_lock<detail::rust_parking_lot>> {
  static constexpr const char* name = "Rust parking_lot RwLock";
};
struct parking_lot_rw_lock_read : reading<detail::rust_rw_lock<detail::rust_parking_lot>> {
  static constexpr const char* name = "Rust parking_lot RwLock, read";
};
struct parking_lot_condition : detail::rust_condition_with_mutex<detail::rust_parking_lot> {
  static constexpr const char* name = "Rust parking_lot Condvar";
  static constexpr const char* queue_name = "Rust parking_lot Mutex and two Condvars";
};

struct rust_std_library : library {
  using mutexes = contenders<rust_std_mutex>;
  using rw_locks = contenders<rust_std_rw_lock>;
  using rw_readers = contenders<rust_std_rw_lock_read>;
  using conditions = contenders<rust_std_condition>;
  using queues = contenders<textbook<rust_std_condition>>;
};
struct rust_parking_lot_library : library {
  using mutexes = contenders<parking_lot_mutex>;
  using rw_locks = contenders<parking_lot_rw_lock>;
  using rw_readers = contenders<parking_lot_rw_lock_read>;
  using conditions = contenders<parking_lot_condition>;
  using queues = contenders<textbook<parking_lot_condition>>;
};

}  // namespace bench
