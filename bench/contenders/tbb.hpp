// SPDX-License-Identifier: BSL-1.0
// oneTBB's locks.
#pragma once

#include <oneapi/tbb/mutex.h>
#include <oneapi/tbb/queuing_mutex.h>
#include <oneapi/tbb/rw_mutex.h>
#include <oneapi/tbb/spin_mutex.h>
#include <oneapi/tbb/spin_rw_mutex.h>

#include <new>

#include "contenders/cell.hpp"
#include "contenders/rw_locks.hpp"

namespace bench {

namespace detail {

// Its guard is the owner's place in the line, so lock() and unlock() have nowhere to put it but
// with the thread: which may hold one such lock at a time.
class tbb_queuing_lock {
 public:
  void lock() { (new (place_) guard)->acquire(lock_); }
  void unlock() { std::launder(reinterpret_cast<guard*>(place_))->release(); }

 private:
  using guard = tbb::queuing_mutex::scoped_lock;
  alignas(guard) static inline thread_local std::byte place_[sizeof(guard)];
  tbb::queuing_mutex lock_;
};

}  // namespace detail

struct tbb_mutex : with_lock<tbb::mutex> {
  static constexpr const char* name = "tbb::mutex";
};
struct tbb_spin_mutex : with_lock<tbb::spin_mutex> {
  static constexpr const char* name = "tbb::spin_mutex";
};
struct tbb_queuing_mutex : with_lock<detail::tbb_queuing_lock> {
  static constexpr const char* name = "tbb::queuing_mutex";
};
struct tbb_rw_mutex : writing<tbb::rw_mutex> {
  static constexpr const char* name = "tbb::rw_mutex";
};
struct tbb_rw_mutex_read : reading<tbb::rw_mutex> {
  static constexpr const char* name = "tbb::rw_mutex, read";
};
struct tbb_spin_rw_mutex : writing<tbb::spin_rw_mutex> {
  static constexpr const char* name = "tbb::spin_rw_mutex";
};
struct tbb_spin_rw_mutex_read : reading<tbb::spin_rw_mutex> {
  static constexpr const char* name = "tbb::spin_rw_mutex, read";
};

struct tbb_library : library {
  using mutexes = contenders<tbb_mutex>;
  using spin_locks = contenders<tbb_spin_mutex>;
  using queue_locks = contenders<tbb_queuing_mutex>;
  using rw_locks = contenders<tbb_rw_mutex, tbb_spin_rw_mutex>;
  using rw_readers = contenders<tbb_rw_mutex_read, tbb_spin_rw_mutex_read>;
};

}  // namespace bench
