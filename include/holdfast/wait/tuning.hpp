// SPDX-License-Identifier: BSL-1.0
// Every tunable of waiting, each with its unit, its origin and the date it was chosen.
#pragma once

#include <cstdint>

namespace holdfast::detail::tuning {

// Looks with a pause each before a waiter turns to yielding. A pause is 5 ns to 45 ns: 2 us on
// Sapphire Rapids, as long as the section of another that is worth waiting for awake. With 3 rounds
// of 2, 4 and 8 pauses (as in parking_lot) two threads that are 1 us inside and 1 us outside passed
// the lock 0.60 to 0.69 times a microsecond, with these 0.73. 2026-11-22.
inline constexpr unsigned pause_rounds = 40;

// Rounds in all, pauses and yields, before a waiter parks. Yielding leaves the owner its cache line
// and its CPU. Seven yields are from parking_lot, 2026-11-21.
inline constexpr unsigned rounds_before_park = 47;

// The same for a waiter who had better be patient: its last timed wait was shorter than short_wait_ns,
// so that such a spin mostly ends with the lock, and the thread takes the lock no more often than once
// in long_round_ns, so that the spin costs little beside its work. Two threads 40 us inside and 40 us
// outside make 0.023 M/s instead of 0.018 on Zen 3, 2 CPUs: a sleep and its wake-up cost more than the
// yields. For all locks, whatever they are used for, it would cost those with short sections a tenth
// of their throughput and fairness. 2026-11-30.
struct patience {
  unsigned rounds;
  std::int64_t long_round_ns;
  bool keeps_cpu;
};
inline constexpr std::int64_t short_wait_ns = 40'000;
inline constexpr patience of_who_yields{.rounds = 80, .long_round_ns = 8'000, .keeps_cpu = false};

// Where a yield is no more than a pause, so many of them as take about as long. `stress-ng --mutex`,
// with 7 us inside and 2 us outside, runs 4.5 times as fast as without on Zen 3, 2 CPUs, and as with
// a third or twice as many; from rounds of 8 us on it found no patience there. 2026-11-30.
inline constexpr patience of_who_keeps_its_cpu{
    .rounds = 700, .long_round_ns = 4'000, .keeps_cpu = true};

// Waits at most that do without, after patience in vain. Two threads that pass a turn on one CPU, each
// of which spun for the other that had no CPU, took 2.8 times as long without a bound. 2026-11-30.
inline constexpr unsigned impatient_at_most = 127;

// The longest row of pauses of a lock that never parks, before it yields. With the shorter rows
// before it 0.8 us on Zen 4, 1.4 us on Sapphire Rapids: about the price of a yield. 2026-11-21.
inline constexpr unsigned spin_pauses_at_most = 16;

// Yields of a fiber that spins before its thread yields, too: a yield of the thread costs as much as
// some ten of those. 2026-11-30.
inline constexpr unsigned yields_of_fibers = 16;

// Nanoseconds that the first waiter of a condition watches for its signal before it sleeps. A signal
// that comes meanwhile costs 0.2 us instead of some 10 us; `vain_hopes` bounds the CPU time that the
// watching costs where none comes. Zen 4, 2026-11-21.
inline constexpr std::int64_t hope_ns = 8'000;

// Of a condition's waits in a row that were watched in vain, as many make the next ones sleep at
// once; after so many of those one is watched again. With an event each millisecond watching every
// time cost 1.7 times the CPU time of std::condition_variable. Sapphire Rapids, 2026-11-22.
inline constexpr unsigned vain_hopes = 2;
inline constexpr unsigned waits_without_hope = 8;

// Waiters that a broadcast wakes at once, and does not move to the lock's queue: as many wake-ups
// are under way at a time from then on. One less while the lock is held. Of 64 waiters, the lock
// released: 0.85 of the time that 4 take, 12 to 20 are as good and slower with the lock held. Zen 3,
// 2 CPUs, 2026-11-30.
inline constexpr unsigned woken_by_broadcast = 8;

// Nanoseconds of that before it begins to give its CPU away between looks.
inline constexpr std::int64_t hope_before_yields_ns = 1'000;

// Looks, with a pause each, between two looks at the clock, which costs as much as some of them.
inline constexpr unsigned looks_between_clocks = 8;

// Switches from fiber to fiber before the thread that runs them looks whether a deadline has passed:
// a look at the clock costs as much as three of them. 2026-11-30.
inline constexpr unsigned switches_a_look = 64;

// Nanoseconds that a thread without a fiber to run watches for one before it sleeps: a wake that it
// sees costs 0.2 us, one by the kernel some 10 us to 50 us. 2026-11-30.
inline constexpr std::int64_t idle_watch_ns = 5'000;

// Times that a thread takes a favouring lock, with no other in between, before it becomes its
// favourite, at first and at most. To end a favour costs about 12 us, as much as some thousand pairs
// gain by it. 2026-11-21.
inline constexpr std::uint32_t favour_after = 1024;
inline constexpr std::uint32_t favour_after_at_most = 1024 * 1024;

// Nanoseconds that a thread which ends a favour sleeps, after some spinning, between two looks at a
// favourite that stays inside: it was preempted there. 2026-11-21.
inline constexpr std::int64_t favourite_nap_ns = 100'000;

// Pauses at most before a side of a bounded queue that has used up all there was looks at the other
// again, so that what it finds is worth the passing of the cache lines: 1 us on Zen 4, 4.5 us on
// Sapphire Rapids. One producer and one consumer there: 20 M/s with 1, 37 with 16, 48 with 64, 56
// with 256. 2026-11-21.
inline constexpr unsigned queue_pauses_at_most = 64;

// Nanoseconds after which an unlock hands over instead of letting newcomers barge: a random time up
// to this one, so that it cannot fall into step with the program. From WebKit and parking_lot,
// 2026-11-21.
inline constexpr std::uint32_t barging_ns_at_most = 1'000'000;

// Nanoseconds for which a thread that meets another at a reader-writer lock leaves the lock's cache
// line to it: if it met somebody less than `meets_often_ns` ago, and else. The first is long against
// moving some lines (0.1 us to 0.3 us each), short against a sleep. Sapphire Rapids, 2026-11-22.
inline constexpr std::int64_t give_way_ns = 10'000;
inline constexpr std::int64_t give_way_once_ns = 500;
inline constexpr std::int64_t meets_often_ns = 100'000;

// Nanoseconds a section, on average of a run, below which threads of a reader-writer lock had better
// take turns: two thirds of what one cache line takes. How long a turn is respected by the one that
// has it, which leaves the last one time to meet it; and after how long a meeting is none of a crowd.
// Sapphire Rapids, 2 CPUs, 2026-11-22.
inline constexpr std::int64_t crowded_round_ns = 150;
inline constexpr std::int64_t young_turn_ns = 30'000;
inline constexpr std::int64_t meets_seldom_ns = 1'000'000;

// Counted reads undisturbed by others that make that worth while, how often in a row it may be in
// vain, and after how many meetings it is tried again. 2026-11-22.
inline constexpr std::uint32_t reads_worth_a_way = 8;
inline constexpr std::int32_t patience_at_most = 4;
inline constexpr std::int32_t meetings_without_patience = 256;

// Every so many counted reads of a thread are one sample of the lock's reads. 2026-11-22.
inline constexpr std::uint32_t reads_a_sample = 8;

// Samples without a write before readers of a lock use slots, however cheap the last revocation was.
// 2026-11-22.
inline constexpr std::uint32_t samples_at_least = 4;

// Nanoseconds that a read by a slot is cheaper than a counted one: 4 on Zen 4 and 25 on Sapphire
// Rapids when nobody else is there, more when somebody is. Less makes slots rarer. 2026-11-22.
inline constexpr std::int64_t slot_gain_ns = 8;

// How wary a lock is after a release that looked for waiters, at most 63: for that many releases by
// compare-and-swap, times platform::releases_that_count_one, before restartable ones are begun again.
// All together cost 10 us more, about one heavy fence, which the next waiter is spared. With 127
// releases in all a lock on which threads parked now and then made a fence each 100 us, and lost a
// tenth to them. 2026-11-22.
inline constexpr unsigned wary_releases = 63;

// Nanoseconds for which a waiter that was woken, or whose turn it is, asks the owner awake to hand
// the lock over: long against a hand-over, short against the preemption of the owner, which may be
// waiting for this very CPU. Sapphire Rapids, 2 CPUs, 2026-11-22, as all that follows on turns.
inline constexpr std::int64_t ask_ns = 20'000;

// Nanoseconds from one turn of a crowded lock to the next: the longest, the shortest, and how much
// shorter a turn is for each nanosecond of turns before it. Long turns keep waits rare, short ones
// keep them short: with 1 us inside less than one in a hundred of 4 threads' sections waits, and
// each of 64 threads has its turn within 4 ms. Linux adds up to 50 us of slack to a sleep, which
// makes the first turn longer, and no other. A hand-over with all that belongs to it costs 2 us.
inline constexpr std::int64_t longest_turn_ns = 240'000;
inline constexpr std::int64_t shortest_turn_ns = 60'000;
inline constexpr std::int64_t turns_ahead_per_ns = 8;

// Looks, with a pause each, of a waiter at its turn: all must find the lock free, which an owner that
// has it a tenth of the time will not let happen. 3 us.
inline constexpr unsigned looks_at_turn = 64;

// What threads that alternate pay for it, in fetches of a cache line from another CPU: for a round
// (the lock and the data, to read and to write, and some that overlap with work), for a hand-over,
// and how much of a wait counts. What one line may cost at most (more is a preemption), in
// nanoseconds, and how many waits are one sample.
inline constexpr std::int64_t lines_of_a_round = 14;
inline constexpr std::int64_t lines_of_a_hand_over = 10;
inline constexpr std::int64_t lines_of_a_wait = 2;
inline constexpr std::int64_t transfer_ns_at_most = 1'000;
inline constexpr unsigned waits_a_sample = 4;

// Evidence: a sample counts one for or against, a return after a hand-over as much as the first; a
// lock found free at a turn counts so many against. From so much on a lock is crowded; more than
// the last is not counted.
inline constexpr std::int32_t evidence_of_a_return = 2;
inline constexpr std::int32_t evidence_of_a_free_lock = 4;
inline constexpr std::int32_t evidence_of_a_crowd = 8;
inline constexpr std::int32_t evidence_at_most = 24;

// Nanoseconds that a waiter sleeps before it looks again by itself, first and at most, once the
// kernel refuses the restart fence in mid-run. A stale store is visible within microseconds; the
// rest is caution. 2026-11-21.
inline constexpr std::int64_t refused_nap_ns = 1'000'000;
inline constexpr std::int64_t refused_nap_ns_at_most = 64'000'000;

// Nanoseconds between two looks at a stop_token by a lock of the operating system, which cannot be
// interrupted.
inline constexpr std::int64_t native_stop_poll_ns = 5'000'000;

// log2 of the buckets of the first parking lot table, and of the largest.
inline constexpr unsigned first_table_bits = 6;
inline constexpr unsigned largest_table_bits = 18;

// A bucket with this many waiters of other keys before a newcomer makes the table grow. 2026-11-21.
inline constexpr unsigned strangers_at_most = 4;

}  // namespace holdfast::detail::tuning
