// SPDX-License-Identifier: BSL-1.0
// Workload `sizes`: bytes of each lock.
#include <mutex>
#include <shared_mutex>

#include <fmt/core.h>

#include "contenders/holdfast.hpp"
#include "contenders/rivals.hpp"
#include "harness/table.hpp"
#include "workloads/workload.hpp"

namespace bench {
namespace {

struct std_shared_mutex : with_lock<std::shared_mutex> {
  static constexpr const char* name = "std::shared_mutex";
};

using measured = contenders<std_mutex, std_shared_mutex, pthread_spin, spin_lock, ticket_lock,
                            mcs_lock, parking_lock, parking_lock_cas, native_lock, mutex_of_long,
                            mutex_with_spin_lock, mutex_without_poisoning>;

}  // namespace

outcome run_sizes(const settings&, random_source&) {
  outcome result;
  table shown({"sizes", "bytes"});
  measured::for_each([&]<class Contender> {
    constexpr std::size_t bytes = sizeof(typename Contender::lock_type);
    shown.add({Contender::name, fmt::format("{}", bytes)});
    result.results[Contender::name] = bytes;
  });
  shown.print();
  fmt::print("mutex<long> counts its 8 bytes of data\n");
  return result;
}

}  // namespace bench
