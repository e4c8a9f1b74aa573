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
constexpr int passes = 50'000;
constexpr int tries = 30;

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
  for (int i = 0; i < 5; ++i) {
    const auto start = clock_type::now();
    pthread_t other{};
    if (pthread_create(&other, nullptr, &play, &turn) != 0) return 0;
    play(nullptr);
    pthread_join(other, nullptr);
    best = std::min(best, nanoseconds_since(start) / (2 * passes));
  }
  return best;
}

void* rest(void*) {
  pause();
  return nullptr;
}

}  // namespace

int main() {
  std::printf("  lock and unlock, one thread      %8.2f ns\n", best_pair());
  pthread_t other{};
  if (pthread_create(&other, nullptr, &rest, nullptr) != 0) return 1;
  std::printf("  lock and unlock, another sleeps  %8.2f ns\n", best_pair());
  std::printf("  a turn passed by a condition     %8.0f ns\n", best_pass());
  std::fflush(stdout);
  _exit(0);
}
