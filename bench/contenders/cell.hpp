// SPDX-License-Identifier: BSL-1.0
// What every workload on a mutual exclusion lock works with: one lock and one counter, a known
// distance apart.
#pragma once

#include <cstddef>
#include <type_traits>

#include <holdfast/mutex.hpp>

namespace bench {

inline constexpr std::size_t cache_line = 64;

// From the lock's first byte to the counter; `beside`: right behind the lock, as in a struct or a
// mutex<T>.
inline constexpr std::size_t beside = 0;

namespace detail {

template <std::size_t Bytes>
struct gap {
  std::byte bytes[Bytes];
};
template <>
struct gap<0> {};

}  // namespace detail

// A lock that knows nothing of the counter. Behind one that is longer than the distance, the counter
// follows at once.
template <class Lock, std::size_t Distance>
class alignas(cache_line) bare_cell {
 public:
  template <class Section>
  void with(Section section) {
    lock_.lock();
    section(counter_);
    lock_.unlock();
  }

 private:
  Lock lock_{};
  [[no_unique_address]] detail::gap<(Distance <= sizeof(Lock) ? 0 : Distance - sizeof(Lock))> gap_;
  long counter_ = 0;
};

// A mutex that owns the counter.
template <class Lock, class Poisoning, std::size_t Distance>
class alignas(cache_line) owning_cell {
 public:
  template <class Section>
  void with(Section section) {
    const auto owner = mutex_.lock();
    section(owner->counter);
  }

 private:
  static constexpr std::size_t first_byte_of_data =
      sizeof(holdfast::mutex<long, Lock, Poisoning>) - sizeof(long);
  struct data {
    [[no_unique_address]] detail::gap<(Distance == beside ? 0 : Distance - first_byte_of_data)> gap;
    alignas(8) long counter = 0;
  };
  using mutex = holdfast::mutex<data, Lock, Poisoning>;
  static_assert(Distance == beside || sizeof(mutex) == Distance + sizeof(long));
  mutex mutex_;
};

// A contender is a type with a `name` and a template `cell`; these bring the cell.
template <class Lock>
struct with_lock {
  using lock_type = Lock;
  template <std::size_t Distance>
  using cell = bare_cell<Lock, Distance>;
};

template <class Lock, class Poisoning>
struct with_mutex {
  using lock_type = holdfast::mutex<long, Lock, Poisoning>;
  template <std::size_t Distance>
  using cell = owning_cell<Lock, Poisoning, Distance>;
};

// Which contenders take part in a workload.
template <class... Contenders>
struct contenders {
  template <class Each>
  static void for_each(Each each) {
    (each.template operator()<Contenders>(), ...);
  }
};

namespace detail {

template <class... Lists>
struct joined {
  using type = contenders<>;
};
template <class... All>
struct joined<contenders<All...>> {
  using type = contenders<All...>;
};
template <class... Some, class... More, class... Lists>
struct joined<contenders<Some...>, contenders<More...>, Lists...>
    : joined<contenders<Some..., More...>, Lists...> {};

}  // namespace detail

template <class... Lists>
using join = typename detail::joined<Lists...>::type;

namespace detail {

template <class List, class... Others>
struct left_of;
template <class... All, class... Others>
struct left_of<contenders<All...>, Others...> {
  template <class One>
  using unless_named =
      std::conditional_t<(std::is_same_v<One, Others> || ...), contenders<>, contenders<One>>;
  using type = join<unless_named<All>...>;
};

}  // namespace detail

// A list without some.
template <class List, class... Others>
using without = typename detail::left_of<List, Others...>::type;

// What a library offers, by kind; one that has nothing of a kind says nothing of it.
struct library {
  using mutexes = contenders<>;      // that sleep
  using spin_locks = contenders<>;   // that whoever comes at the right moment gets
  using queue_locks = contenders<>;  // spin locks that are handed out in order
  using rw_locks = contenders<>;
  using rw_readers = contenders<>;  // the same, read
  using conditions = contenders<>;
  using queues = contenders<>;
  using fibers = contenders<>;  // user-level threads
  static void prepare() {}      // before anything is measured
};

// Several libraries as one.
template <class... Libraries>
struct libraries {
  using mutexes = join<typename Libraries::mutexes...>;
  using spin_locks = join<typename Libraries::spin_locks...>;
  using queue_locks = join<typename Libraries::queue_locks...>;
  using rw_locks = join<typename Libraries::rw_locks...>;
  using rw_readers = join<typename Libraries::rw_readers...>;
  using conditions = join<typename Libraries::conditions...>;
  using queues = join<typename Libraries::queues...>;
  using fibers = join<typename Libraries::fibers...>;
  static void prepare() { (Libraries::prepare(), ...); }
};

}  // namespace bench
