// SPDX-License-Identifier: BSL-1.0
// Two plugins, each with a hidden holdfast of its own, queue for one lock in one table; a plugin may
// be closed while its last unlock is still fresh.
//
// This program has no holdfast itself. HOLDFAST_TEST_PLUGINS names the plugins, separated by '|'.
#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#endif

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "unit/park/plugins/plugin.hpp"

namespace {

// What a parking_lock needs: two bytes of zero. The host knows no more of it.
struct alignas(8) lock_memory {
  unsigned char bytes[8]{};
};

#if defined(_WIN32)
void* load(const std::string& path) {
  void* const handle = ::LoadLibraryA(path.c_str());
  if (handle == nullptr) ADD_FAILURE() << path << ": error " << ::GetLastError();
  return handle;
}
const void* find(void* handle, const char* name) {
  return reinterpret_cast<const void*>(::GetProcAddress(static_cast<HMODULE>(handle), name));
}
void unload(void* handle) { ::FreeLibrary(static_cast<HMODULE>(handle)); }
#else
void* load(const std::string& path) {
  void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) ADD_FAILURE() << ::dlerror();
  return handle;
}
const void* find(void* handle, const char* name) { return ::dlsym(handle, name); }
void unload(void* handle) { ::dlclose(handle); }
#endif

class plugin {
 public:
  explicit plugin(const std::string& path) : handle_(load(path)) {
    if (handle_ != nullptr)
      calls_ = static_cast<const holdfast_plugin*>(find(handle_, "holdfast_plugin_calls"));
  }
  plugin(plugin&& other) noexcept : handle_(other.handle_), calls_(other.calls_) {
    other.handle_ = nullptr;
  }
  plugin(const plugin&) = delete;
  plugin& operator=(const plugin&) = delete;
  ~plugin() { close(); }

  void close() {
    if (handle_ != nullptr) unload(handle_);
    handle_ = nullptr;
  }
  bool works() const { return calls_ != nullptr; }
  const holdfast_plugin* operator->() const { return calls_; }

 private:
  void* handle_;
  const holdfast_plugin* calls_ = nullptr;
};

std::vector<std::string> paths() {
  std::vector<std::string> found;
  const char* const text = std::getenv("HOLDFAST_TEST_PLUGINS");
  std::istringstream all(text != nullptr ? text : "");
  for (std::string each; std::getline(all, each, '|');) found.push_back(each);
  return found;
}

template <class Predicate>
void await(Predicate predicate) {
  while (!predicate()) std::this_thread::yield();
}

class plugins : public ::testing::Test {
 protected:
  void SetUp() override {
    if (paths().size() < 2) GTEST_SKIP() << "HOLDFAST_TEST_PLUGINS names no two plugins";
    for (const std::string& each : paths()) {
      loaded_.emplace_back(each);
      ASSERT_TRUE(loaded_.back().works()) << each;
    }
  }
  // The last one first: on aarch64 glibc 2.36 takes back thread-local memory in that order alone.
  void TearDown() override {
    while (!loaded_.empty()) loaded_.pop_back();
  }

  std::vector<plugin> loaded_;
};

TEST_F(plugins, find_one_lot_for_the_whole_process) {
  for (const plugin& each : loaded_) EXPECT_EQ(each->lot(), loaded_[0]->lot());
}

// Else the test above would say nothing. Plugins that share a library share its code.
TEST_F(plugins, have_a_copy_each_if_they_were_built_so) {
  if (std::getenv("HOLDFAST_TEST_PLUGINS_SHARE") != nullptr) GTEST_SKIP() << "they share one";
  for (std::size_t i = 1; i < loaded_.size(); ++i)
    EXPECT_NE(loaded_[i]->code(), loaded_[0]->code());
}

TEST_F(plugins, wake_the_waiters_of_each_other) {
  for (const plugin& holds : loaded_) {
    for (const plugin& waits : loaded_) {
      lock_memory lock;
      holds->lock(&lock);
      bool served = false;
      std::thread waiter([&] {
        waits->lock(&lock);
        served = true;
        waits->unlock(&lock);
      });
      await([&] { return holds->waiters(&lock) == 1; });
      EXPECT_EQ(waits->waiters(&lock), 1U);
      holds->unlock(&lock);
      waiter.join();
      EXPECT_TRUE(served);
    }
  }
}

TEST_F(plugins, lose_no_increment_between_them) {
  lock_memory lock;
  constexpr std::size_t rounds = 20'000;
  std::size_t counter = 0;
  std::vector<std::thread> threads;
  for (const plugin& each : loaded_)
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([&] {
        for (std::size_t round = 0; round < rounds; ++round) {
          each->lock(&lock);
          ++counter;
          if (round % 64 == 0) std::this_thread::yield();
          each->unlock(&lock);
        }
      });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(counter, threads.size() * rounds);
  EXPECT_EQ(loaded_[0]->waiters(&lock), 0U);
}

#if !defined(_WIN32)

// The kernel looks at the place of a thread's last sequence when it delivers a signal. If that was
// unmapped by then, the thread would die.
TEST_F(plugins, may_be_closed_right_after_an_unlock_although_a_signal_comes) {
  struct sigaction ignore{};
  ignore.sa_handler = [](int) {};
  ASSERT_EQ(::sigaction(SIGUSR1, &ignore, nullptr), 0);
  const std::vector<std::string> all = paths();
  loaded_.clear();  // whoever pins itself stays mapped; the others must not be needed any more
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> step{0};
    std::thread user([&] {
      lock_memory lock;
      plugin mine(all[static_cast<std::size_t>(round) % all.size()]);
      mine->lock(&lock);
      mine->unlock(&lock);
      mine.close();
      ASSERT_EQ(::raise(SIGUSR1), 0);
      step.store(1);
      await([&] { return step.load() == 2; });
    });
    await([&] { return step.load() == 1; });
    ::pthread_kill(user.native_handle(), SIGUSR1);  // from outside too
    step.store(2);
    user.join();
  }
}

#endif

}  // namespace
