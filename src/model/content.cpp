// SPDX-License-Identifier: BSL-1.0
// States by what is there: memory and stacks, whatever happened before. Many ways lead to the same,
// so that much more is known already when it is met; but see options::compares_stacks.
#include <algorithm>
#include <cstring>
#include <limits>

#include "model/explorer.hpp"

namespace holdfast::model::detail {

namespace {

std::uint64_t hash_of(const void* begin, const void* end) noexcept {
  constexpr std::uint64_t factor = 0x9E3779B97F4A7C15U;
  std::uint64_t all = 0;
  const auto* at = static_cast<const std::byte*>(begin);
  for (; at < end; at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    all = ((all << 7 | all >> 57) ^ word) * factor;
  }
  return mixed(all, 0);
}

}  // namespace

// What of the memory can still matter, as numbers that do not depend on how it came to be: messages
// that nobody can read any more and ticks that everybody knows of are left out, and the others are
// counted from there.
class memory::remains {
 public:
  remains(const memory& of, unsigned live) noexcept : of_(of), live_(live) {
    for (unsigned l = 0; l < of.count_; ++l) lowest_[l] = lowest_that_is_readable(l);
    collect_events();
  }

  std::uint64_t number() const noexcept {
    std::uint64_t all = 0;
    for (unsigned l = 0; l < of_.count_; ++l) all += number_of(l);
    for (unsigned p = 0; p < of_.plain_count_; ++p) all += number_of(of_.plain_[p]);
    for (unsigned t = 1; t < threads_at_most; ++t) all += mixed(t, number_of_thread(t));
    return mixed(mixed(all, locations_of(of_.seq_cst_)), locations_of(of_.heavy_));
  }

 private:
  template <class See>
  void for_each_live(See see) const noexcept {
    for (unsigned t = 1; t < threads_at_most; ++t)
      if ((live_ >> t & 1U) != 0) see(t);
  }

  std::int16_t lowest_that_is_readable(unsigned l) const noexcept {
    unsigned lowest = of_.newest(l);
    if (!of_.locations_[l].gone)
      for_each_live([&](unsigned t) { lowest = std::min(lowest, of_.visible_from(t, l)); });
    return static_cast<std::int16_t>(lowest);
  }

  // Ticks that somebody's knowledge of may be asked for, in order.
  void collect_events() noexcept {
    known_.fill(std::numeric_limits<std::int16_t>::max());
    for (unsigned u = 1; u < threads_at_most; ++u)
      for_each_live([&](unsigned t) {
        if (t != u) known_[u] = std::min(known_[u], of_.threads_[t].current.clock[u]);
      });
    const auto add = [this](unsigned u, std::int16_t when) {
      if (when > known_[u]) events_[u][counts_[u]++] = when;
    };
    for (unsigned l = 0; l < of_.count_; ++l) {
      const location& at = of_.locations_[l];
      if (at.gone) continue;
      add(at.born_by, at.born_when);
      for (unsigned u = 1; u < threads_at_most; ++u) add(u, at.touched[u]);
    }
    for (unsigned p = 0; p < of_.plain_count_; ++p) {
      add(of_.plain_[p].written_by, of_.plain_[p].written_at);
      for (unsigned u = 1; u < threads_at_most; ++u) add(u, of_.plain_[p].read_at[u]);
    }
    for (unsigned u = 1; u < threads_at_most; ++u) {
      const auto begin = events_[u].begin();
      std::sort(begin, begin + counts_[u]);
      counts_[u] = static_cast<unsigned>(std::unique(begin, begin + counts_[u]) - begin);
    }
  }

  // How many of the events of `u` come no later.
  unsigned rank(unsigned u, std::int16_t when) const noexcept {
    const auto begin = events_[u].begin();
    return static_cast<unsigned>(std::upper_bound(begin, begin + counts_[u], when) - begin);
  }
  std::uint64_t ticks_of(const std::array<std::int16_t, threads_at_most>& clock) const noexcept {
    std::uint64_t all = 0;
    for (unsigned u = 1; u < threads_at_most; ++u)
      if (const unsigned r = rank(u, clock[u]); r != 0) all += mixed(u, r);
    return all;
  }
  std::uint64_t locations_of(const view& seen) const noexcept {
    std::uint64_t all = 0;
    for (unsigned l = 0; l < of_.count_; ++l)
      if (!of_.locations_[l].gone && seen.at[l] > lowest_[l])
        all += mixed(name_of(l), static_cast<unsigned>(seen.at[l] - lowest_[l]));
    return all;
  }
  std::uint64_t number_of(const view& seen) const noexcept {
    return mixed(locations_of(seen), ticks_of(seen.clock));
  }

  std::uint64_t number_of(unsigned l) const noexcept {
    const location& at = of_.locations_[l];
    if (at.gone) return mixed(name_of(l), 1);
    std::uint64_t all = mixed(ticks_of(at.touched), rank(at.born_by, at.born_when));
    if (at.messages.size() > 1)
      for (unsigned i = static_cast<unsigned>(lowest_[l]); i < at.messages.size(); ++i)
        all = mixed(mixed(all, at.messages[i].written), number_of(at.messages[i].seen));
    return mixed(name_of(l), all);
  }
  std::uint64_t number_of(const plain& data) const noexcept {
    const std::uint64_t written = rank(data.written_by, data.written_at);
    return mixed(reinterpret_cast<std::uintptr_t>(data.address),
                 mixed(ticks_of(data.read_at), written == 0 ? 0 : written << 8 | data.written_by));
  }
  std::uint64_t number_of_thread(unsigned t) const noexcept {
    const thread_views& each = of_.threads_[t];
    std::uint64_t all = mixed(number_of(each.current), locations_of(each.light));
    if ((live_ >> t & 1U) == 0) return all;
    view acquired = each.acquired;
    acquired.join(each.current);  // an acquire fence would add no less
    // An atomic that began anew is something new to see.
    for (unsigned l = 0; l < of_.count_; ++l)
      if (const location& at = of_.locations_[l];
          !at.gone && static_cast<unsigned>(each.current.at[l]) < at.born_at)
        all += mixed(name_of(l), t);
    return mixed(mixed(all, number_of(acquired)), number_of(each.released));
  }
  std::uint64_t name_of(unsigned l) const noexcept {
    return reinterpret_cast<std::uintptr_t>(of_.locations_[l].address);
  }

  // A location is born and touched, plain data is written and read.
  static constexpr unsigned events_at_most = 2 * locations_at_most + 2 * plain_at_most;

  const memory& of_;
  unsigned live_;
  std::array<std::int16_t, locations_at_most> lowest_{};
  std::array<std::int16_t, threads_at_most> known_{};  // by all others
  std::array<std::array<std::int16_t, events_at_most>, threads_at_most> events_;
  std::array<unsigned, threads_at_most> counts_{};
};

std::uint64_t memory::content(unsigned live) const noexcept {
  return remains(*this, live).number();
}

std::uint64_t explorer::content() const noexcept {
  unsigned live = 0;
  std::uint64_t all = hash_of(arena_, arena_ + (used_ + 7) / 8 * 8);
  for (unsigned t = 1; t <= count_; ++t) {
    const thread_state& thread = threads_[t];
    if (thread.next.what == operation::kind::ended) continue;
    live |= 1U << t;
    all = mixed(mixed(all, t), hash_of(thread.stack.top(), stacks_ + (t + 1) * stack_size));
    all = mixed(all, thread.stack.exceptions());
  }
  // Whether a step is quiet depends on who has used the location.
  for (unsigned l = 0; l < used_locations_; ++l)
    if (const use& of = uses_[l]; !of.shared && of.users != 0)
      all += mixed(reinterpret_cast<std::uintptr_t>(memory_.address_of(l)),
                   of.users * 2U + (of.written ? 1 : 0));
  return mixed(all, memory_.content(live));
}

// The same locations have the same numbers in every execution, as numbers lie on the stacks.
void explorer::remember_locations() {
  for (unsigned l = 0; l < memory_.locations(); ++l) {
    const void* const at = memory_.address_of(l);
    const auto known = std::ranges::find(met_, at, &met::address);
    if (known == met_.end() && met_.size() < locations_at_most - 8)
      met_.push_back({at, memory_.size_of(l)});
    else if (known != met_.end())
      known->size = std::max(known->size, memory_.size_of(l));
  }
}

void explorer::prepare_comparison() {
  for (unsigned t = 1; t <= count_; ++t)
    std::memset(stacks_ + (t + 1) * stack_size - used_stack, 0, used_stack);
  for (const met& each : met_) memory_.location_of(each.address, each.size);
}

// What an operation left there is nobody's, but it would differ.
void settle() noexcept {
  if (explorer::current != nullptr && explorer::current->compares_stacks()) fiber::clear_below();
}

}  // namespace holdfast::model::detail
