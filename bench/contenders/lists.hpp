// SPDX-License-Identifier: BSL-1.0
// Who takes part: the lists of contenders for the workloads. The first of each is its yardstick, the
// standard library's; then come ours, then those of the libraries that this build has.
#pragma once

#include "contenders/holdfast.hpp"
#include "contenders/pthread.hpp"
#include "contenders/queues.hpp"
#include "contenders/rivals_found.hpp"
#include "contenders/rw_locks.hpp"

namespace bench {

using everybody = libraries<standard_library, our_library, rivals_found>;

// Mutual exclusion. All but mutexes_with_data have a `lock_type` with lock() and unlock(); a thread
// may hold one lock of a kind at a time.
using every_mutex =
    join<everybody::mutexes, everybody::spin_locks, everybody::queue_locks, mutexes_with_data>;

// Where threads wait, these wait as std::mutex does.
using blocking_mutexes =
    without<everybody::mutexes, native_lock, pthread_error_checking, pthread_robust>;

// What may have more threads than CPUs: not the spin locks that keep a line, where all wait whenever
// the next in line does not run.
using contended_mutexes = join<blocking_mutexes, everybody::spin_locks>;

// Reader-writer locks; `every_reader` is their reading side, in the same order.
using every_rw_lock = everybody::rw_locks;
using every_reader = everybody::rw_readers;

// Conditions with their mutex, and bounded queues made of them.
using every_condition = everybody::conditions;
using every_queue = everybody::queues;

}  // namespace bench
