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

}  // namespace bench
