// SPDX-License-Identifier: BSL-1.0
// What the conformance programs share: each requirement is one case, run in a process of its own, so that
// one that hangs or crashes is one failure.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

namespace suite {

struct test {
  const char* name;
  void (*body)();
};
inline std::vector<test>& tests() {
  static std::vector<test> all;
  return all;
}
inline bool add(const char* name, void (*body)()) {
  tests().push_back({name, body});
  return true;
}

// Rounds of what is repeated.
inline int rounds(int usual) {
  const char* const scale = std::getenv("HOLDFAST_TEST_SCALE");
  return usual * (scale == nullptr ? 1 : std::max(1, std::atoi(scale)));
}

#define CASE(name)                                           \
  static void name();                                        \
  static const bool name##_added = suite::add(#name, &name); \
  static void name()

// Ends the case.
#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE_NAME__, __LINE__, #condition); \
      std::_Exit(1);                                                            \
    }                                                                           \
  } while (false)

class thread {
 public:
  explicit thread(std::function<void()> body) : body_(std::move(body)) {
    CHECK(pthread_create(&id_, nullptr, &run, this) == 0);
  }
  thread(const thread&) = delete;
  thread& operator=(const thread&) = delete;
  ~thread() {
    if (!joined_) join();
  }
  void* join() {
    void* result = nullptr;
    CHECK(pthread_join(id_, &result) == 0);
    joined_ = true;
    return result;
  }
  pthread_t id() const { return id_; }

  // Waits until it sleeps in the kernel, with nothing else to do there than to wait for a lock.
  void wait_until_asleep() const {
    while (!is_asleep()) sched_yield();
  }
  bool is_asleep() const {
    if (number_.load() == 0) return false;
    char path[64];
    std::snprintf(path, sizeof path, "/proc/self/task/%d/stat", number_.load());
    std::FILE* const file = std::fopen(path, "r");
    CHECK(file != nullptr);
    char line[256] = {};
    const bool read = std::fgets(line, sizeof line, file) != nullptr;
    std::fclose(file);
    CHECK(read);
    const char* const state = std::strrchr(line, ')');
    CHECK(state != nullptr);
    return state[2] == 'S';
  }

 private:
  static void* run(void* self) {
    auto& me = *static_cast<thread*>(self);
    me.number_.store(gettid());
    me.body_();
    return nullptr;
  }

  std::function<void()> body_;
  std::atomic<int> number_{0};
  pthread_t id_{};
  bool joined_ = false;
};

// What `body` returns in another thread.
template <class Body>
int in_another_thread(Body body) {
  int result = -1;
  thread([&] { result = body(); }).join();
  return result;
}

// What `body` returns in the child of a fork.
template <class Body>
int in_a_child(Body body) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) std::_Exit(body());
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

inline struct timespec from_now(clockid_t clock, long milliseconds) {
  struct timespec when{};
  clock_gettime(clock, &when);
  const long nanoseconds = when.tv_nsec + milliseconds % 1000 * 1'000'000;
  when.tv_sec += milliseconds / 1000 + nanoseconds / 1'000'000'000;
  when.tv_nsec = nanoseconds % 1'000'000'000;
  return when;
}
inline constexpr struct timespec past{1, 0};
inline constexpr struct timespec far_future{0x7fff'ffff'ffff'ffff, 999'999'999};
inline constexpr struct timespec invalid{1, 1'000'000'000};

inline pthread_mutex_t make_mutex(int type, int robust = PTHREAD_MUTEX_STALLED,
                                  int protocol = PTHREAD_PRIO_NONE,
                                  int shared = PTHREAD_PROCESS_PRIVATE) {
  pthread_mutexattr_t attributes;
  CHECK(pthread_mutexattr_init(&attributes) == 0);
  CHECK(pthread_mutexattr_settype(&attributes, type) == 0);
  CHECK(pthread_mutexattr_setrobust(&attributes, robust) == 0);
  CHECK(pthread_mutexattr_setprotocol(&attributes, protocol) == 0);
  CHECK(pthread_mutexattr_setpshared(&attributes, shared) == 0);
  pthread_mutex_t mutex;
  CHECK(pthread_mutex_init(&mutex, &attributes) == 0);
  CHECK(pthread_mutexattr_destroy(&attributes) == 0);
  return mutex;
}

inline constexpr int all_types[] = {PTHREAD_MUTEX_DEFAULT, PTHREAD_MUTEX_RECURSIVE,
                                    PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP};

}  // namespace suite
