// SPDX-License-Identifier: BSL-1.0
// Our own contenders.
#pragma once

#include <holdfast/lock/native_lock.hpp>
#include <holdfast/lock/parking_lock.hpp>
#include <holdfast/poisoning.hpp>
#include <holdfast/spin/mcs_lock.hpp>
#include <holdfast/spin/spin_lock.hpp>
#include <holdfast/spin/ticket_lock.hpp>

#include "contenders/cell.hpp"
#include "contenders/queues.hpp"
#include "contenders/rw_locks.hpp"

namespace bench {

struct spin_lock : with_lock<holdfast::spin_lock> {
  static constexpr const char* name = "spin_lock";
};
struct ticket_lock : with_lock<holdfast::ticket_lock> {
  static constexpr const char* name = "ticket_lock";
};
struct mcs_lock : with_lock<holdfast::mcs_lock> {
  static constexpr const char* name = "mcs_lock";
};
struct parking_lock : with_lock<holdfast::parking_lock> {
  static constexpr const char* name = "parking_lock";
};
struct parking_lock_cas : with_lock<holdfast::parking_lock_cas> {
  static constexpr const char* name = "parking_lock_cas";
};
struct native_lock : with_lock<holdfast::native_lock> {
  static constexpr const char* name = "native_lock";
};

struct mutex_of_long : with_mutex<holdfast::parking_lock, holdfast::poison_on_exception> {
  static constexpr const char* name = "mutex<long>";
};
struct mutex_with_spin_lock : with_mutex<holdfast::spin_lock, holdfast::poison_on_exception> {
  static constexpr const char* name = "mutex<long, spin_lock>";
};
struct mutex_without_poisoning : with_mutex<holdfast::parking_lock, holdfast::no_poisoning> {
  static constexpr const char* name = "mutex<long, parking_lock, no_poisoning>";
};

// These have a cell, and no lock() that returns nothing.
using mutexes_with_data = contenders<mutex_of_long, mutex_with_spin_lock, mutex_without_poisoning>;

struct our_library : library {
  using mutexes = contenders<parking_lock, parking_lock_cas, native_lock>;
  using spin_locks = contenders<spin_lock>;
  using queue_locks = contenders<ticket_lock, mcs_lock>;
  using rw_locks = contenders<parking_rw_lock>;
  using rw_readers = contenders<parking_rw_lock_read>;
  using conditions = contenders<our_condition>;
  using queues = contenders<our_queue>;
};

}  // namespace bench
