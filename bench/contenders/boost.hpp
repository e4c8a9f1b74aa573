// SPDX-License-Identifier: BSL-1.0
// The locks of Boost.Thread.
#pragma once

#include <boost/thread/condition_variable.hpp>
#include <boost/thread/lock_types.hpp>
#include <boost/thread/mutex.hpp>
#include <boost/thread/shared_mutex.hpp>

#include "contenders/cell.hpp"
#include "contenders/queues.hpp"
#include "contenders/rw_locks.hpp"

namespace bench {

namespace detail {

class boost_condition {
 public:
  void wait(boost::mutex& lock) {
    boost::unique_lock hold(lock, boost::adopt_lock);
    changed_.wait(hold);
    hold.release();
  }
  void notify_one() noexcept { changed_.notify_one(); }
  void notify_all() noexcept { changed_.notify_all(); }

 private:
  boost::condition_variable changed_;
};

}  // namespace detail

struct boost_mutex : with_lock<boost::mutex> {
  static constexpr const char* name = "boost::mutex";
};
struct boost_shared_mutex : writing<boost::shared_mutex> {
  static constexpr const char* name = "boost::shared_mutex";
};
struct boost_shared_mutex_read : reading<boost::shared_mutex> {
  static constexpr const char* name = "boost::shared_mutex, read";
};
struct boost_condition {
  static constexpr const char* name = "boost::condition_variable";
  static constexpr const char* queue_name = "boost::mutex and two condition_variables";
  using lock_type = boost::mutex;
  using condition_type = detail::with_predicate<detail::boost_condition>;
};

struct boost_library : library {
  using mutexes = contenders<boost_mutex>;
  using rw_locks = contenders<boost_shared_mutex>;
  using rw_readers = contenders<boost_shared_mutex_read>;
  using conditions = contenders<boost_condition>;
  using queues = contenders<textbook<boost_condition>>;
};

}  // namespace bench
