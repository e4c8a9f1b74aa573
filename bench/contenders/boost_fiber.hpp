// SPDX-License-Identifier: BSL-1.0
// The mutex of Boost.Fiber, here between threads: each runs one fiber, and its scheduler puts the
// thread to sleep when that one waits.
#pragma once

#include <boost/fiber/mutex.hpp>

#include "contenders/cell.hpp"

namespace bench {

struct boost_fiber_mutex : with_lock<boost::fibers::mutex> {
  static constexpr const char* name = "boost::fibers::mutex";
};

struct boost_fiber_library : library {
  using mutexes = contenders<boost_fiber_mutex>;
};

}  // namespace bench
