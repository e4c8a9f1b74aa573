// SPDX-License-Identifier: BSL-1.0
// What the calls cost, for tools/bench_preload.sh: linked with the C library alone.
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace {

using clock_type = std::chrono::steady_clock;

// Of one thread alone, processor time: what others run meanwhile does not count.
double own_nanoseconds() {
  struct timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
int turn = 0;

constexpr int pairs = 1'000'000;
constexpr int passes = 20'000;
constexpr int tries = 10;
constexpr int contended_pairs = 200'000;

double nanoseconds_since(clock_type::time_point start) {
  return std::chrono::duration<double, std::nano>(clock_type::now() - start).count();
}

double best_pair() {
  double best = 1e9;
  for (int i = 0; i < tries; ++i) {
    const double start = own_nanoseconds();
    for (int j = 0; j < pairs; ++j) {
      pthread_mutex_lock(&mutex);
      pthread_mutex_unlock(&mutex);
    }
    best = std::min(best, (own_nanoseconds() - start) / pairs);
  }
  return best;
}

void* play(void* other) {
  const int me = other == nullptr ? 0 : 1;
  for (int i = 0; i < passes; ++i) {
    pthread_mutex_lock(&mutex);
    while (turn != me) pthread_cond_wait(&changed, &mutex);
    turn = 1 - me;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
  }
  return nullptr;
}

double best_pass() {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const auto start = clock_type::now();
    pthread_t other{};
    if (pthread_create(&other, nullptr, &play, &turn) != 0) return 0;
    play(nullptr);
    pthread_join(other, nullptr);
    best = std::min(best, nanoseconds_since(start) / (2 * passes));
  }
  return best;
}

long shared_count = 0;

void* contend(void* rounds) {
  for (int i = *static_cast<int*>(rounds); i > 0; --i) {
    pthread_mutex_lock(&mutex);
    for (int j = 0; j < 10; ++j) {
      volatile long& count = shared_count;
      count = count + 1;
    }
    pthread_mutex_unlock(&mutex);
  }
  return nullptr;
}

double contended_pair(int threads) {
  int rounds = contended_pairs / threads;
  pthread_t all[8];
  const auto start = clock_type::now();
  for (int i = 0; i < threads; ++i)
    if (pthread_create(&all[i], nullptr, &contend, &rounds) != 0) return 0;
  for (int i = 0; i < threads; ++i) pthread_join(all[i], nullptr);
  return nanoseconds_since(start) / (rounds * threads);
}

void* rest(void*) {
  pause();
  return nullptr;
}

}  // namespace

// A line each: what, tab, nanoseconds.
int main() {
  std::printf("lock and unlock, one thread\t%.2f\n", best_pair());
  pthread_t other{};
  if (pthread_create(&other, nullptr, &rest, nullptr) != 0) return 1;
  std::printf("lock and unlock, another sleeps\t%.2f\n", best_pair());
  for (const int threads : {2, 4, 8})
    std::printf("lock and unlock, %d threads at once\t%.2f\n", threads, contended_pair(threads));
  std::printf("a turn passed by a condition\t%.0f\n", best_pass());
  std::fflush(stdout);
  _exit(0);
}
