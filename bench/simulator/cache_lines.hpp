// SPDX-License-Identifier: BSL-1.0
// Which CPU has which cache line, and what it takes to get it.
#pragma once

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <unordered_map>

#include "simulator/costs.hpp"

namespace simulator {

inline constexpr unsigned most_cpus = 256;

struct topology {
  unsigned cpus = 2;
  unsigned sockets = 1;

  unsigned socket_of(unsigned cpu) const { return cpu * sockets / cpus; }
};

enum class access : std::uint8_t { read, write, atomic };

struct transfers {
  std::uint64_t all = 0;
  std::uint64_t far = 0;  // of them, between sockets
};

// MESI with unbounded caches: a line is held by one CPU, which may write, or by several, which may
// read. Whoever has not what it needs waits for a transfer: a read takes the line from the nearest
// CPU that has it, a write takes it away from all, which takes as long as for the farthest. A line
// makes one transfer at a time, in the order in which they were asked for. (So do the home agents
// of real machines: S. Boyd-Wickizer et al., "Non-scalable locks are dangerous", 2012.)
class cache_lines {
 public:
  cache_lines(const topology& where, const costs& what) : where_(where), cost_(what) {}

  // When the access of `cpu` that begins at `now` is through; a transfer takes `more` than usual.
  ns use(unsigned cpu, const void* address, access how, ns now, ns more = 0) {
    line& used = lines_[reinterpret_cast<std::uintptr_t>(address) / line_size];
    const ns work = how == access::atomic ? cost_.atomic : cost_.hit;
    const bool had = used.holders[cpu];
    if (had && (how == access::read || used.holders.count() == 1)) return now + work;

    const ns way = way_to(used, cpu, how);
    const bool is_far = way == cost_.far && way != cost_.near;
    for (transfers* each : {&used.count, &total_}) {
      ++each->all;
      each->far += is_far ? 1U : 0U;
    }
    if (how != access::read) used.holders.reset();
    used.holders.set(cpu);
    used.busy_until = std::max(used.busy_until, now) + way + more + work;
    return used.busy_until;
  }

  const transfers& total() const { return total_; }
  transfers of(const void* address) const {
    const auto found = lines_.find(reinterpret_cast<std::uintptr_t>(address) / line_size);
    return found == lines_.end() ? transfers{} : found->second.count;
  }

 private:
  static constexpr std::uintptr_t line_size = 64;

  struct line {
    std::bitset<most_cpus> holders;
    ns busy_until = 0;
    transfers count;
  };

  // A line that nobody has comes from the memory of this socket.
  ns way_to(const line& used, unsigned cpu, access how) const {
    const unsigned home = where_.socket_of(cpu);
    bool any_here = used.holders.none();
    bool any_elsewhere = false;
    for (unsigned other = 0; other < where_.cpus; ++other)
      if (other != cpu && used.holders[other])
        (where_.socket_of(other) == home ? any_here : any_elsewhere) = true;
    return (how == access::read ? !any_here : any_elsewhere) ? cost_.far : cost_.near;
  }

  topology where_;
  costs cost_;
  std::unordered_map<std::uintptr_t, line> lines_;
  transfers total_;
};

}  // namespace simulator
