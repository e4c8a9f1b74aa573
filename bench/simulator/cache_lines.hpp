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
// read. Whoever has not what it needs asks for a transfer: a read takes the line from the nearest
// CPU that has it, a write takes it away from all, which takes as long as for the farthest. A line
// makes one transfer at a time, in the order in which they were asked for. (So do the home agents
// of real machines: S. Boyd-Wickizer et al., "Non-scalable locks are dangerous", 2012.) Whoever has
// the line keeps it until the request has come to it, which is half of the way.
class cache_lines {
 public:
  cache_lines(const topology& where, const costs& what) : where_(where), cost_(what) {}

  bool has(unsigned cpu, const void* address, access how) {
    const line& used = line_at(address);
    return used.holders[cpu] && (how == access::read || used.holders.count() == 1);
  }

  struct transfer {
    ns leaves;   // those who had the line
    ns arrives;  // and has been used
  };
  // Of one that has not what it needs: take() is to follow when the line leaves the others. It
  // takes `more` than usual.
  transfer ask(unsigned cpu, const void* address, access how, ns now, ns more = 0) {
    line& used = line_at(address);
    const ns way = way_to(used, cpu, how);
    for (transfers* each : {&used.count, &total_}) {
      ++each->all;
      each->far += way == cost_.far ? 1U : 0U;
    }
    change(used.promised, cpu, how);
    const ns begins = std::max(used.busy_until, now);
    used.busy_until = begins + way + more + work(how);
    return {begins + (way + more) / 2, used.busy_until};
  }
  void take(unsigned cpu, const void* address, access how) {
    change(line_at(address).holders, cpu, how);
  }

  ns work(access how) const { return how == access::atomic ? cost_.atomic : cost_.hit; }

  const transfers& total() const { return total_; }
  transfers of(const void* address) const {
    const auto found = lines_.find(reinterpret_cast<std::uintptr_t>(address) / line_size);
    return found == lines_.end() ? transfers{} : found->second.count;
  }

 private:
  static constexpr std::uintptr_t line_size = 64;

  using set_of_cpus = std::bitset<most_cpus>;
  struct line {
    set_of_cpus holders;
    set_of_cpus promised;  // the holders when all transfers that were asked for are through
    ns busy_until = 0;
    transfers count;
  };

  line& line_at(const void* address) {
    return lines_[reinterpret_cast<std::uintptr_t>(address) / line_size];
  }

  static void change(set_of_cpus& holders, unsigned cpu, access how) {
    if (how != access::read) holders.reset();
    holders.set(cpu);
  }

  // A line that nobody has comes from the memory of this socket.
  ns way_to(const line& used, unsigned cpu, access how) const {
    const unsigned home = where_.socket_of(cpu);
    bool any_here = used.promised.none();
    bool any_elsewhere = false;
    for (unsigned other = 0; other < where_.cpus; ++other)
      if (used.promised[other] && other != cpu)
        (where_.socket_of(other) == home ? any_here : any_elsewhere) = true;
    return (how == access::read ? any_elsewhere && !any_here : any_elsewhere) ? cost_.far
                                                                              : cost_.near;
  }

  topology where_;
  costs cost_;
  std::unordered_map<std::uintptr_t, line> lines_;
  transfers total_;
};

}  // namespace simulator
