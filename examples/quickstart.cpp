// SPDX-License-Identifier: BSL-1.0
// The first program: data inside a mutex, and the ways to lock it.
#include <array>
#include <chrono>
#include <cstdio>
#include <thread>

#include <holdfast/mutex.hpp>

// [mutex]
constinit holdfast::mutex<std::array<int, 8>> seats;

void book(std::size_t seat, int passenger) {
  auto s = seats.lock();
  (*s)[seat] = passenger;
}  // released here; poisoned if an exception had left the scope

int passenger_at(std::size_t seat) {
  return seats.with([seat](auto& s) { return s[seat]; });
}

bool try_to_book(std::size_t seat, int passenger) {
  using namespace std::chrono_literals;
  if (auto s = seats.try_lock_for(100ms)) {
    (*s)[seat] = passenger;
    return true;
  }
  return false;  // busy all the time
}
// [/mutex]

int main() {
  {
    std::jthread first(book, 3, 1);
    std::jthread second(book, 4, 2);
  }
  const bool booked = try_to_book(5, 3);
  std::printf("seats 3, 4, 5: %d %d %d\n", passenger_at(3), passenger_at(4), passenger_at(5));
  return booked && passenger_at(3) == 1 && passenger_at(4) == 2 && passenger_at(5) == 3 ? 0 : 1;
}
