// SPDX-License-Identifier: BSL-1.0
// What things take on the simulated machine, and where each figure comes from.
#pragma once

#include <cstdint>

namespace simulator {

using ns = std::int64_t;

// Nanoseconds. "Here" is the machine of docs/performance.md: 2 CPUs of a Sapphire Rapids, measured
// 2026-11-22. Published: github.com/nviennot/core-to-core-latency, compare-and-swap between two
// CPUs, one way.
struct costs {
  ns hit = 1;        // a load or store of a line that this CPU has
  ns atomic = 10;    // the same with a locked instruction; here: 20 ns for two of them
  ns near = 26;      // moving a line within a socket, with half of `spread`; here: 226 for four,
                     // published: 44 to 115
  ns far = 100;      // moving it to another socket, likewise; published: 108 to 136 for two Xeons
  ns spread = 60;    // a transfer takes up to so much longer, at random; here: 61 to 430 for four
  ns pause = 45;     // here; 5 on other CPUs
  ns clock = 20;     // looking at the clock; here
  ns syscall = 300;  // a system call that finds nothing to do; here
  ns wake_call = 1'000;  // waking one thread, for the one that wakes; here, together with `syscall`
  ns wake = 5'000;       // from the wake until the thread runs on an idle CPU; 4 to 25 us here
  ns swap = 1'500;       // of that and of every change of threads: the CPU's part
  ns slack = 50'000;     // a sleep ends this much late: the timer slack of Linux
  ns slice = 3'000'000;  // after that a thread makes room for others; Linux: base_slice_ns
  ns tick = 4'000'000;   // the timer interrupts each CPU that runs this often; Linux: 1 to 10 ms
  ns tick_work = 2'000;  // for so long: a guess
  ns fence = 1'000;    // membarrier, for its caller; 400 alone and up to 8,000 here, a guess beyond
  ns interrupt = 500;  // and for each other CPU that runs a thread of the process: a guess
};

// One of them by its name, for the command.
struct cost_name {
  const char* name;
  ns costs::* value;
};
inline constexpr cost_name all_costs[] = {
    {"hit", &costs::hit},     {"atomic", &costs::atomic},       {"near", &costs::near},
    {"far", &costs::far},     {"spread", &costs::spread},       {"pause", &costs::pause},
    {"clock", &costs::clock}, {"syscall", &costs::syscall},     {"wake_call", &costs::wake_call},
    {"wake", &costs::wake},   {"swap", &costs::swap},           {"slack", &costs::slack},
    {"slice", &costs::slice}, {"tick", &costs::tick},           {"tick_work", &costs::tick_work},
    {"fence", &costs::fence}, {"interrupt", &costs::interrupt},
};

}  // namespace simulator
