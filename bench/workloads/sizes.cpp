// SPDX-License-Identifier: BSL-1.0
// Workload `sizes`: bytes of each lock.
#include <fmt/core.h>

#include "contenders/lists.hpp"
#include "harness/table.hpp"
#include "workloads/workload.hpp"

namespace bench {
namespace {

// A lock of another language knows its own.
template <class Lock>
std::size_t bytes_of() {
  if constexpr (requires { Lock::bytes(); })
    return Lock::bytes();
  else
    return sizeof(Lock);
}

}  // namespace

outcome run_sizes(const settings&, random_source&) {
  outcome result;
  table shown({"sizes", "bytes"});
  join<every_mutex, every_rw_lock>::for_each([&]<class Contender> {
    if (result.results.contains(Contender::name)) return;  // a mutex that can be shared
    const std::size_t bytes = bytes_of<typename Contender::lock_type>();
    shown.add({Contender::name, fmt::format("{}", bytes)});
    result.results[Contender::name] = bytes;
  });
  shown.print();
  fmt::print("mutex<long> counts its 8 bytes of data\n");
  return result;
}

}  // namespace bench
