// SPDX-License-Identifier: BSL-1.0
// Who runs when.
#include "simulator/machine.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "holdfast/platform/process_root.hpp"

#include "base/address_hash.hpp"

namespace simulator {
namespace {

using holdfast::model::detail::fiber;

constexpr std::uintptr_t wished_address = 0x1000'0000'0000;
constexpr std::size_t memory_size = std::size_t{256} * 1024 * 1024;
constexpr std::size_t stack_size = std::size_t{64} * 1024;
constexpr ns begin_within = 10'000;

machine* current_machine = nullptr;

}  // namespace

machine::machine(const topology& where, const costs& what, std::uint64_t seed)
    : where_(where), cost_(what), lines_(where, what), random_(seed), idle_(where.cpus, true) {
  if (where.cpus == 0 || where.cpus > most_cpus || where.sockets == 0 || where.sockets > where.cpus)
    throw std::invalid_argument("1 to 256 CPUs on 1 or more sockets can be simulated");
  memory_ = static_cast<std::byte*>(fiber::memory(wished_address, memory_size));
  if (memory_ == nullptr) throw std::runtime_error("no memory for the simulated machine");
  root_ = static_cast<std::byte*>(allocate(holdfast::platform::process_root_size));
  current_machine = this;
}

machine::~machine() {
  current_machine = nullptr;
  fiber::give_back(memory_, memory_size);
}

machine& machine::current() { return *current_machine; }

void* machine::allocate(std::size_t bytes) {
  constexpr std::size_t page = 4096;
  const std::size_t at = used_;
  used_ += (bytes + page - 1) / page * page;
  if (used_ > memory_size) throw std::runtime_error("too much memory for the simulated machine");
  return memory_ + at;
}

void machine::run_body(void* self) {
  auto& me = *static_cast<thread*>(self);
  me.body();
  me.is = state::ended;
  current_machine->leave_cpu();
}

void machine::add_thread(std::function<void()> body) {
  thread& added = *threads_.emplace_back(std::make_unique<thread>());
  added.number = static_cast<unsigned>(threads_.size() - 1);
  added.body = std::move(body);
  added.runs.prepare(allocate(stack_size), stack_size, &machine::run_body, &added);
}

unsigned machine::run() {
  const auto count = static_cast<unsigned>(threads_.size());
  for (auto& each : threads_) {
    // Where the kernel would put them: as far apart as there is room.
    each->cpu = each->number * std::max(where_.cpus / count, 1U) % where_.cpus;
    schedule(*each, random_.below(begin_within));
  }
  while (!events_.empty()) {
    const event next = events_.top();
    events_.pop();
    thread& who = *next.who;
    if (who.events != next.number) continue;
    if (who.is == state::running) {
      running_ = &who;
      who.runs.resume();
      continue;
    }
    if (who.is == state::asleep) {
      std::erase(asleep_, &who);
      who.timed_out = true;
      ++count_.timeouts;
    }
    find_cpu(who, next.at);
  }
  return static_cast<unsigned>(
      std::ranges::count_if(threads_, [](auto& each) { return each->is != state::ended; }));
}

void machine::schedule(thread& who, ns at) { events_.push({at, ++order_, &who, ++who.events}); }

void machine::find_cpu(thread& who, ns at) {
  for (unsigned i = 0; i < where_.cpus; ++i) {
    const unsigned cpu = (who.cpu + i) % where_.cpus;
    if (idle_[cpu]) return take_cpu(who, cpu, at);
  }
  who.is = state::ready;
  ready_.push_front(&who);
}

void machine::take_cpu(thread& who, unsigned cpu, ns at) {
  idle_[cpu] = false;
  who.is = state::running;
  who.cpu = cpu;
  who.interrupted = 0;
  who.next_tick = at + random_.below(static_cast<std::uint32_t>(cost_.tick));
  who.on_cpu_since = at;
  who.time = at + cost_.swap;
  who.slice_ends = who.time + cost_.slice;
  schedule(who, who.time);
}

// The running thread has said why it does not run on. Its CPU goes to the first that is ready.
void machine::leave_cpu() {
  thread& me = *running_;
  count_.busy += me.time - me.on_cpu_since;
  idle_[me.cpu] = true;
  if (!ready_.empty()) {
    thread& next = *ready_.front();
    ready_.pop_front();
    take_cpu(next, me.cpu, me.time);
  }
  me.runs.suspend();
}

void machine::let_earlier_ones_run() {
  thread& me = *running_;
  if (events_.empty() || me.time <= events_.top().at) return;
  schedule(me, me.time);
  me.runs.suspend();
}

// Takes what the kernel takes of its time, its CPU perhaps, and lets earlier ones run.
void machine::wait_for_earlier() {
  thread& me = *running_;
  me.time += std::exchange(me.interrupted, 0);
  if (me.time >= me.next_tick) {
    me.time += cost_.tick_work;
    me.next_tick = me.time + some(cost_.tick);
  }
  if (me.time >= me.slice_ends && !ready_.empty()) {
    me.is = state::ready;
    ready_.push_back(&me);
    return leave_cpu();
  }
  let_earlier_ones_run();
}

void machine::use(const void* address, access how) {
  wait_for_earlier();
  thread& me = *running_;
  if (lines_.has(me.cpu, address, how)) return spend(lines_.work(how));
  const auto more = random_.below(static_cast<std::uint32_t>(cost_.spread) + 1);
  const auto [leaves, arrives] = lines_.ask(me.cpu, address, how, me.time, more);
  me.time = leaves;
  let_earlier_ones_run();  // keeps its CPU meanwhile
  lines_.take(me.cpu, address, how);
  me.time = arrives;
  wait_for_earlier();
}

ns machine::some(ns about) {
  const auto spread = static_cast<std::uint32_t>(about / 2);
  return about - spread / 2 + (spread > 0 ? random_.below(spread) : 0);
}

void machine::yield() {
  spend(cost_.syscall);
  wait_for_earlier();
  if (ready_.empty()) return;
  running_->is = state::ready;
  ready_.push_back(running_);
  leave_cpu();
}

bool machine::sleep(const void* key, ns until) {
  thread& me = *running_;
  me.is = state::asleep;
  me.sleeps_on = key;
  me.timed_out = false;
  ++count_.sleeps;
  asleep_.push_back(&me);
  if (until != never) schedule(me, std::max(me.time, until) + cost_.slack);
  leave_cpu();
  return !me.timed_out;
}

void machine::wake(const void* key, int count) {
  spend(cost_.syscall);
  wait_for_earlier();
  for (std::size_t i = 0; i < asleep_.size() && count > 0;) {
    thread& who = *asleep_[i];
    if (who.sleeps_on != key) {
      ++i;
      continue;
    }
    asleep_.erase(asleep_.begin() + static_cast<std::ptrdiff_t>(i));
    --count;
    ++count_.wakes;
    spend(cost_.wake_call);
    who.is = state::waking;
    schedule(who, now() + cost_.wake - cost_.swap);
  }
}

void machine::fence() {
  spend(cost_.fence);
  wait_for_earlier();
  for (auto& each : threads_)
    if (each->is == state::running && each.get() != running_) each->interrupted += cost_.interrupt;
}

holdfast::platform::crowd_memory& machine::my_crowd_memory(const void* lock) {
  return running_->crowds[holdfast::detail::place_of_address(lock, bits_of_crowds)];
}

machine::counters machine::count() const {
  counters all = count_;
  for (const auto& each : threads_)
    if (each->is == state::running) all.busy += each->time - each->on_cpu_since;
  return all;
}

}  // namespace simulator
